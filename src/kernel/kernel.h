/* kernel.h: the language kernels are written in. Included by src/kernel/<operator>.c only.
 *
 * Every kernel is written once over the scalar type `real` and compiled twice:
 *
 *   values     real = float           computes values
 *   tangents   real = float complex   value + i * tangent with a tiny tangent: complex arithmetic
 *              then carries the exact first derivative in the imaginary part (complex-step
 *              differentiation, Squire & Trapp 1998); only that part is stored, the values are
 *              there already from the value run. Forward and backward kernels run so along a
 *              parameter direction v give the exact Hessian-vector product H v.
 *
 * Rules that make one text serve both (tests/kernel checks each operator against them):
 *   - a stored value is final: never store something and overwrite it later with something else
 *     (exp_first/exp_again exist for the softmax);
 *   - no input is overwritten that the product rule still needs;
 *   - no |x|, max, or comparison on `real`: decide on value_of(x) or on indices;
 *   - masked elements are selected away, never multiplied by 0 or given -inf;
 *   - every loop over elements is LANES, so that it vectorises (see LANES);
 *   - sums over a row end in team_sum: a row is worked by a team of lanes (one on the host). */
#ifndef KERNEL_KERNEL_H
#define KERNEL_KERNEL_H

#include <complex.h>
#include <math.h>
#include <string.h>

#include "kernel/gemm.h"
#include "kernel/op.h"

/* Runs the body for every row 0 .. rows-1, as kernel `name`. */
#define ROWS(name, call, i, rows)                                                                  \
    static inline void name##_row(const call_t *call, long i);                                     \
    static void name(const call_t *call) {                                                         \
        long name##_rows = (rows);                                                                 \
        for (long i = 0; i < name##_rows; i++) name##_row(call, i);                                \
    }                                                                                              \
    static inline void name##_row(const call_t *call, long i)

/* The lanes of a team share the elements j = 0 .. n-1. Elements are independent: without ivdep the
 * planar value and tangent arrays exceed the compiler's alias checks and the loop stays scalar. */
#define LANES(j, n) _Pragma("GCC ivdep") for (long j = 0; j < (n); j++)
#define team_sum(x) (x)
#define team_max(x) (x)

#ifdef REAL64
typedef double complex dual_t;
#define DUAL(value, tangent) CMPLX(value, tangent)
#else
typedef float complex dual_t;
#define DUAL(value, tangent) CMPLXF(value, tangent)
#endif

#ifndef TANGENT

typedef flt real;
#define IN_VALUES(...)   __VA_ARGS__ /* text for the value build only   */
#define IN_TANGENTS(...)             /* text for the tangent build only */

static inline real load(span_t a, long i) { return a.v[i]; }
static inline real load_linear(span_t a, long i) { return a.v[i]; }
static inline void store(span_t a, long i, real x) { a.v[i] = x; }
static inline void store_both(span_t a, long i, real x) { a.v[i] = x; }
static inline void accumulate(span_t a, long i, real x) { a.v[i] += x; }
static inline flt value_of(real x) { return x; }
static inline flt result_of(real x) { return x; }

#else

typedef dual_t real;
#define IN_VALUES(...)
#define IN_TANGENTS(...) __VA_ARGS__

static inline flt value_of(real x) { return (flt) __real__ x; }
static inline flt result_of(real x) { return (flt) __imag__ x; }
static inline real load(span_t a, long i) { return DUAL(a.v[i], a.t[i]); }
static inline void store(span_t a, long i, real x) { a.t[i] = result_of(x); }
static inline void accumulate(span_t a, long i, real x) { a.t[i] += result_of(x); }

/* For operands whose value part cannot matter, the operation being linear: saves the load. */
static inline real load_linear(span_t a, long i) { return DUAL(0, a.t[i]); }

/* For scratch memory, whose values of the value run are gone: store value and tangent. */
static inline void store_both(span_t a, long i, real x) {
    a.v[i] = value_of(x);
    a.t[i] = result_of(x);
}

#endif

static inline span_t row(matrix_t m, long i) { return matrix_row(m, i); }
static inline int wanted(matrix_t gradient) { return gradient.at.v != NULL; }

/* add[k][i] where there is one. Use inside a loop: the test is loop-invariant. */
static inline real load_add(span_t add, long i) { return add.v ? load_linear(add, i) : 0; }

/* The largest of x[0..n), n > 0, in sixteen lanes: a plain maximum does not vectorise unless the
 * compiler may forget NaN. A NaN may go unseen here; it shows in the sum that follows. */
static inline __attribute__((unused)) flt largest_of(const flt *x, long n) {
    enum { WIDE = 16 };
    flt lane[WIDE];
    for (int k = 0; k < WIDE; k++) lane[k] = x[0];
    long whole = n - n % WIDE;
    for (long j = 0; j < whole; j += WIDE)
        for (int k = 0; k < WIDE; k++) lane[k] = x[j + k] > lane[k] ? x[j + k] : lane[k];
    for (long j = whole; j < n; j++) lane[0] = x[j] > lane[0] ? x[j] : lane[0];
    for (int k = 1; k < WIDE; k++) lane[0] = lane[k] > lane[0] ? lane[k] : lane[0];
    return lane[0];
}

#include "kernel/product.h"
#include "kernel/scalar.h"

/* Ends an operator's file: its row in the value build, its two kernels' entry points in the tangent
 * build. What only the row needs (shape, scratch, flops) is DESCRIPTION. */
#define OPERATOR_ENTRIES(id)                                                                       \
    void id##_forward_tangents(const call_t *call);                                                \
    void id##_backward_tangents(const call_t *call);
#ifndef TANGENT
#define DESCRIPTION static
#define OPERATOR(id, forward_kernel, backward_kernel, ...)                                         \
    OPERATOR_ENTRIES(id)                                                                           \
    static kernel_t *const id##_forward[] = {forward_kernel, id##_forward_tangents};               \
    static kernel_t *const id##_backward[] = {backward_kernel, id##_backward_tangents};            \
    const op_t op_##id = {                                                                         \
        .name = #id, .forward = id##_forward, .backward = id##_backward, __VA_ARGS__};
#else
#define DESCRIPTION static __attribute__((unused))
#define OPERATOR(id, forward_kernel, backward_kernel, ...)                                         \
    OPERATOR_ENTRIES(id)                                                                           \
    void id##_forward_tangents(const call_t *call) { forward_kernel(call); }                       \
    void id##_backward_tangents(const call_t *call) { backward_kernel(call); }
#endif

#endif
