/* curve.h: a series, thinned out to what a page can show. */
#ifndef FIGURE_CURVE_H
#define FIGURE_CURVE_H

#include "base/record.h"

typedef struct curve {
    size_t count;
    double *x, *y; /* owned [count]; NULL = there is none */
} curve_t;

/* The record's series `y` over `x` (paths of numbers [n]) in at most `points` points; {0} when the
 * record lacks one of them. Of every stretch of a longer series its smallest and its largest number
 * stay, in their order, so that no spike is lost; so do its first and its last. */
curve_t curve_take(const record_t *record, const char *x, const char *y, size_t points);
void curve_free(curve_t *curve); /* {0} is fine */

/* Numbers of an item of floats or integers, as float64; NULL when there is none. The caller frees.
 */
double *curve_numbers(const record_item_t *item);

#endif
