/* line.h: the straight line through points, by least squares. */
#ifndef STATS_LINE_H
#define STATS_LINE_H

#include <stddef.h>

#include "stats/interval.h"

typedef struct line {
    size_t n;          /* points used; those with a NaN or an infinity are left out            */
    double slope;      /* NaN when all x are alike, or fewer than two points are left           */
    interval_t slopes; /* 95 %, by Student's t with n - 2 degrees; INTERVAL_NONE below 3 points  */
} line_t;

line_t line_through(size_t n, const double *x, const double *y);

#endif
