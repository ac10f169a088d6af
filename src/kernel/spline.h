/* spline.h: options of the B-spline bases. */
#ifndef KERNEL_SPLINE_H
#define KERNEL_SPLINE_H

#include "kernel/flt.h"

enum { SPLINE_ORDER_MAX = 15 };

struct spline_options {
    long intervals; /* G: of the grid on low .. high                     */
    long order;     /* k: degree of the polynomials; 1 .. SPLINE_ORDER_MAX */
    flt low, high;
};

#endif
