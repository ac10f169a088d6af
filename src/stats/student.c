#include "stats/student.h"

#include <math.h>

enum { TERMS_MAX = 1000, HALVINGS = 100 };

/* Coefficient number m of the continued fraction of I_x(a, b):
 *   even, m = 2k:      k (b - k) x / ((a + 2k - 1)(a + 2k))
 *   odd,  m = 2k + 1:  -(a + k)(a + b + k) x / ((a + 2k)(a + 2k + 1)) */
static double coefficient(int m, double a, double b, double x) {
    double k = m / 2;
    if (m % 2) return -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1));
    return k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k));
}

/* 1 + c1/(1 + c2/(1 + ...)) from its front: C and D are the ratios of neighbouring numerators and
 * of denominators. Some tens of terms do for x < (a + 1)/(a + b + 2). */
static double fraction(double a, double b, double x) {
    double value = 1, c = 1, d = 0;
    for (int m = 1; m < TERMS_MAX; m++) {
        double next = coefficient(m, a, b, x);
        d = 1 / (1 + next * d);
        c = 1 + next / c;
        value *= c * d;
        if (fabs(c * d - 1) < 1e-15) break;
    }
    return value;
}

/* I_x(a, b) = x^a (1-x)^b / (a B(a, b)) / fraction; from the other end where that converges. */
static double incomplete_beta(double a, double b, double x) {
    int sign;
    if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
    if (x > (a + 1) / (a + b + 2)) return 1 - incomplete_beta(b, a, 1 - x);
    double log_front = a * log(x) + b * log1p(-x) - log(a) - lgamma_r(a, &sign) -
                       lgamma_r(b, &sign) + lgamma_r(a + b, &sign);
    return exp(log_front) / fraction(a, b, x);
}

double student_p(double t, double freedom) {
    if (isnan(t) || !(freedom > 0)) return NAN;
    return incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t));
}

double student_95(double freedom) {
    double low = 0, high = 1;
    if (!(freedom > 0)) return NAN;
    while (student_p(high, freedom) > 0.05) high *= 2;
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;
        *(student_p(middle, freedom) > 0.05 ? &low : &high) = middle;
    }
    return high;
}
