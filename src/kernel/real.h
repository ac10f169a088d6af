/* real.h: the scalar type of kernels, and how it is loaded and stored. Part of kernel.h. */
#ifndef KERNEL_REAL_H
#define KERNEL_REAL_H

#ifdef TANGENT
#define IN_VALUES(...)               /* text for the value build only   */
#define IN_TANGENTS(...) __VA_ARGS__ /* text for the tangent build only */
#else
#define IN_VALUES(...) __VA_ARGS__
#define IN_TANGENTS(...)
#endif

/* --- the type --- */

#ifndef TANGENT
typedef flt real;
INLINE flt value_of(real x) { return x; }
INLINE flt result_of(real x) { return x; }

#elif !defined DEVICE
#include <complex.h>
#ifdef REAL64
typedef double complex real;
#define DUAL(value, tangent) CMPLX(value, tangent)
#else
typedef float complex real;
#define DUAL(value, tangent) CMPLXF(value, tangent)
#endif
INLINE flt value_of(real x) { return (flt) __real__ x; }
INLINE flt result_of(real x) { return (flt) __imag__ x; }

#else
#include "kernel/device/dual.h"
#endif

/* --- loading and storing --- */

#ifndef TANGENT

INLINE real load(span_t a, long i) { return a.v[i]; }
INLINE real load_linear(span_t a, long i) { return a.v[i]; }
INLINE void store(span_t a, long i, real x) { a.v[i] = x; }
INLINE void store_both(span_t a, long i, real x) { a.v[i] = x; }
INLINE void accumulate(span_t a, long i, real x) { a.v[i] += x; }

/* For values that have no tangent: in the tangent build they are there already. */
INLINE void note(span_t a, long i, flt x) { a.v[i] = x; }

#else

INLINE real load(span_t a, long i) { return DUAL(a.v[i], a.t[i]); }
INLINE void store(span_t a, long i, real x) { a.t[i] = result_of(x); }
INLINE void accumulate(span_t a, long i, real x) { a.t[i] += result_of(x); }

/* For operands whose value part cannot matter, the operation being linear: saves the load. */
INLINE real load_linear(span_t a, long i) { return DUAL(0, a.t[i]); }

/* For scratch memory, whose values of the value run are gone: store value and tangent. */
INLINE void store_both(span_t a, long i, real x) {
    a.v[i] = value_of(x);
    a.t[i] = result_of(x);
}

INLINE void note(span_t a, long i, flt x) { (void)a, (void)i, (void)x; }

#endif

#endif
