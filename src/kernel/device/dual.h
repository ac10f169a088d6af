/* dual.h: `real` of the tangent build on devices: value + i * tangent, i^2 = 0. Part of kernel.h.
 *
 * The host's complex arithmetic keeps i^2 = -1, which no tangent as small as kernel.h asks for can
 * show in the value's precision. */
#ifndef KERNEL_DEVICE_DUAL_H
#define KERNEL_DEVICE_DUAL_H

#ifdef __CUDACC__
#define MEMBER __host__ __device__
#else
#define MEMBER
#endif

struct real {
    flt v, t;
    real() = default;
    MEMBER real(flt value, flt tangent = 0) : v(value), t(tangent) {}
};
#undef MEMBER

#define DUAL(value, tangent) real(value, tangent)
INLINE flt value_of(real x) { return x.v; }
INLINE flt result_of(real x) { return x.t; }

INLINE real operator+(real a, real b) { return real(a.v + b.v, a.t + b.t); }
INLINE real operator-(real a, real b) { return real(a.v - b.v, a.t - b.t); }
INLINE real operator*(real a, real b) { return real(a.v * b.v, a.t * b.v + a.v * b.t); }
INLINE real operator/(real a, real b) {
    flt quotient = a.v / b.v;
    return real(quotient, (a.t - quotient * b.t) / b.v);
}
INLINE real operator-(real a) { return real(-a.v, -a.t); }
INLINE real &operator+=(real &a, real b) { return a = a + b; }
INLINE real &operator-=(real &a, real b) { return a = a - b; }

#endif
