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

/* A small function of the header or file it stands in, for kernels too, wherever they run. */
#ifdef __CUDACC__
#define INLINE static inline __host__ __device__
#else
#define INLINE static inline __attribute__((unused))
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

INLINE span_t span_at(span_t a, long offset) {
    span_t there = {a.v + offset, a.t ? a.t + offset : a.t};
    return there;
}

/* NULL where `a` is. */
INLINE span_t span_at_if(span_t a, long offset) { return a.v ? span_at(a, offset) : a; }

INLINE span_t matrix_row(matrix_t m, long i) { return span_at(m.at, i * m.cols); }

#endif
