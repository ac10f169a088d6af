/* axis.h: from numbers to places along a line, and the ticks that let people read them back. */
#ifndef PLOT_AXIS_H
#define PLOT_AXIS_H

#include <stddef.h>

enum { AXIS_TICKS_MAX = 24, AXIS_TEXT_MAX = 24 };

typedef struct axis {
    const char *label;        /* borrowed; NULL = none                                        */
    double from, to;          /* what the ends mean; from < to                                */
    int is_log;               /* both are > 0 then                                            */
    int is_whole;             /* linear, and nothing lies between whole numbers               */
    const char *const *names; /* borrowed: categories at 0, 1, ..; NULL = numbers            */
    size_t name_count;
} axis_t;

/* An axis over all finite numbers of x (those above 0 where it is logarithmic), with a little room
 * at its ends; from 0 to 1 when there are none. */
axis_t axis_over(size_t count, const double *x, int is_log, const char *label);

/* From `from` to `to` as they are. */
axis_t axis_between(double from, double to, const char *label);

/* A place for every name, half of one free at the ends. */
axis_t axis_of_names(const char *const *names, size_t count, const char *label);

/* Where x lies: 0 at `from`, 1 at `to`, beyond either where it is beyond; NaN when it has no place.
 */
double axis_place(const axis_t *axis, double x);

typedef struct tick {
    double at; /* a number of the axis */
    char text[AXIS_TEXT_MAX];
} tick_t;

/* About `wanted` round numbers within the axis, or its names. Returns how many. */
size_t axis_ticks(const axis_t *axis, size_t wanted, tick_t ticks[AXIS_TICKS_MAX]);

#endif
