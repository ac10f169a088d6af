/* flt.h: the engine's scalar type and how tensors are stored. */
#ifndef KERNEL_FLT_H
#define KERNEL_FLT_H

/* float everywhere; double in the f64 build of the same sources, which the tests use where finite
 * differences need it. */
#ifdef REAL64
typedef double flt;
#else
typedef float flt;
#endif

/* Planar storage: values, and beside them the tangents of the same elements (NULL where no tangent
 * is ever asked for). Views: neither pointer is owned. */
typedef struct span {
    flt *v; /* values   */
    flt *t; /* tangents */
} span_t;

typedef struct matrix {
    span_t at; /* row-major, dense */
    long rows, cols;
} matrix_t;

static inline span_t span_at(span_t a, long offset) {
    return (span_t){a.v + offset, a.t ? a.t + offset : a.t};
}

static inline span_t matrix_row(matrix_t m, long i) { return span_at(m.at, i * m.cols); }

#endif
