/* scalar.h: elementary functions on `real`, vectorisable in both builds. Part of kernel.h.
 *
 * In the tangent build f(v + i t) = f(v) + i f'(v) t, written out: the library's complex functions
 * are scalar and slow. */
#ifndef KERNEL_SCALAR_H
#define KERNEL_SCALAR_H

/* a b + c, rounded once. Where the processor has no such instruction, the same in double: all but
 * always the same bits, and many times faster than the library's. Either way no compiler takes it
 * apart. */
INLINE float fused(float a, float b, float c) {
#if defined DEVICE || defined __FP_FAST_FMAF
    return fmaf(a, b, c);
#else
    return (float)((double)a * (double)b + (double)c);
#endif
}

#ifdef REAL64
INLINE flt flt_exp(flt x) { return exp(x); }
INLINE flt flt_log(flt x) { return log(x); }
INLINE flt flt_sqrt(flt x) { return sqrt(x); }
INLINE flt flt_fine_tanh(flt x) { return tanh(x); }
#else
/* exp(x) to 1 ulp on [-87, 88], clamped beyond: x = k ln 2 + r, 2^k from the exponent bits, exp(r)
 * by a degree-6 polynomial (Cephes coefficients). fused keeps the two-part reduction from being
 * reassociated. NaN goes through. */
INLINE flt flt_exp(flt x) {
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    float k = rintf(x * 1.44269504f);
    float r = fused(k, -0.693359375f, x);
    r = fused(k, 2.12194440e-4f, r);
    float p = 1.9875691500e-4f;
    p = fused(p, r, 1.3981999507e-3f);
    p = fused(p, r, 8.3334519073e-3f);
    p = fused(p, r, 4.1665795894e-2f);
    p = fused(p, r, 1.6666665459e-1f);
    p = fused(p, r, 5.0000001201e-1f);
    p = fused(p, r * r, r) + 1.0f;
    uint32_t bits = (uint32_t)((int)k + 127) << 23; /* of NaN: any; p is NaN then */
    float power;
    memcpy(&power, &bits, sizeof power);
    return p * power;
}
INLINE flt flt_log(flt x) { return logf(x); }
INLINE flt flt_sqrt(flt x) { return sqrtf(x); }
/* To 2 ulp also near 0, where the formula of flt_tanh cancels: a polynomial there (Cephes
 * coefficients). */
INLINE flt flt_fine_tanh(flt x) {
    float z = x * x, p = -5.70498872745e-3f;
    p = fused(p, z, 2.06390887954e-2f);
    p = fused(p, z, -5.37397155531e-2f);
    p = fused(p, z, 1.33314422036e-1f);
    p = fused(p, z, -3.33332819422e-1f);
    p = fused(p * z, x, x);
    float far = 1 - 2 / (flt_exp(2 * x) + 1);
    return z < 0.390625f ? p : far;
}
#endif
/* To 1e-7 of 1: enough beside 1, as in GELU. */
INLINE flt flt_tanh(flt x) { return 1 - 2 / (flt_exp(2 * x) + 1); }
INLINE flt flt_sigmoid(flt x) { return 1 / (1 + flt_exp(-x)); }

/* log(1 + z) for z on [0, 1]: 2 artanh(z / (2 + z)) as its series, whose argument is below 1/3. */
INLINE flt flt_log1p(flt z) {
#ifdef REAL64
    return log1p(z);
#else
    float s = z / (2 + z), square = s * s, sum = 1.0f / 17;
    sum = fused(sum, square, 1.0f / 15);
    sum = fused(sum, square, 1.0f / 13);
    sum = fused(sum, square, 1.0f / 11);
    sum = fused(sum, square, 1.0f / 9);
    sum = fused(sum, square, 1.0f / 7);
    sum = fused(sum, square, 1.0f / 5);
    sum = fused(sum, square, 1.0f / 3);
    return 2 * fused(sum * square, s, s);
#endif
}

/* log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|)): no overflow, and exact to rounding. */
INLINE flt flt_softplus(flt x) {
    flt size = x < 0 ? -x : x;
    return (x < 0 ? 0 : x) + flt_log1p(flt_exp(-size));
}

#ifndef TANGENT

INLINE real real_tanh(real x) { return flt_tanh(x); }
INLINE real real_fine_tanh(real x) { return flt_fine_tanh(x); }
INLINE real real_sigmoid(real x) { return flt_sigmoid(x); }
INLINE real real_softplus(real x) { return flt_softplus(x); }
INLINE real real_exp(real x) { return flt_exp(x); }
INLINE real real_sqrt(real x) { return flt_sqrt(x); }
INLINE real real_log(real x) { return flt_log(x); }

/* a[i] = exp(x), to be normalised by a later store to a[i]; exp_again gives it back. `keep` 0 makes
 * it 0 (masked). In the tangent build a[i] holds the final, normalised value p already, and d
 * exp(x) is proportional to p: the common factor cancels in the normalisation. */
INLINE real exp_first(span_t a, long i, real x, int keep) {
    flt e = keep ? flt_exp(x) : 0;
    a.v[i] = e;
    return e;
}
INLINE real exp_again(span_t a, long i, real x, int keep) {
    (void)x, (void)keep;
    return a.v[i];
}

/* The same for an a[i] in scratch memory, value and tangent; load(a, i) gives it back. */
INLINE real exp_both(span_t a, long i, real x, int keep) { return exp_first(a, i, x, keep); }

/* a[i] = tanh(factor a[i]), in place of what a product has just left in a[i]. In the tangent build
 * only the tangent is the product's: the value is the final one already. */
INLINE void tanh_in_place(span_t a, long i, flt factor) { a.v[i] = flt_fine_tanh(a.v[i] * factor); }

#else

INLINE real real_tanh(real x) {
    flt y = flt_tanh(value_of(x));
    return DUAL(y, (1 - y * y) * result_of(x));
}
INLINE real real_fine_tanh(real x) {
    flt y = flt_fine_tanh(value_of(x));
    return DUAL(y, (1 - y * y) * result_of(x));
}
INLINE real real_sigmoid(real x) {
    flt y = flt_sigmoid(value_of(x));
    return DUAL(y, y * (1 - y) * result_of(x));
}
INLINE real real_softplus(real x) {
    return DUAL(flt_softplus(value_of(x)), flt_sigmoid(value_of(x)) * result_of(x));
}
INLINE real real_exp(real x) {
    flt y = flt_exp(value_of(x));
    return DUAL(y, y * result_of(x));
}
INLINE real real_sqrt(real x) {
    flt y = flt_sqrt(value_of(x));
    return DUAL(y, result_of(x) / (2 * y));
}
INLINE real real_log(real x) { return DUAL(flt_log(value_of(x)), result_of(x) / value_of(x)); }
INLINE real exp_again(span_t a, long i, real x, int keep) {
    flt p = a.v[i];
    return DUAL(p, keep ? p * result_of(x) : 0);
}
INLINE real exp_first(span_t a, long i, real x, int keep) { return exp_again(a, i, x, keep); }

INLINE real exp_both(span_t a, long i, real x, int keep) {
    flt e = keep ? flt_exp(value_of(x)) : 0;
    a.v[i] = e;
    a.t[i] = keep ? e * result_of(x) : 0;
    return DUAL(a.v[i], a.t[i]);
}

INLINE void tanh_in_place(span_t a, long i, flt factor) {
    a.t[i] *= (1 - a.v[i] * a.v[i]) * factor;
}

#endif

#endif
