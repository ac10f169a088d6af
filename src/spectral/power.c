#include "spectral/power.h"

#include <math.h>

#include "kernel/vector.h"

/* What two consecutive iterates say about span{v, q}, q the direction of v's residual. */
typedef struct plane {
    double value, residual; /* of v: A's projection is [value residual; residual other] */
    double cosine, sine;    /* next iterate = cosine v + sine q                         */
} plane_t;

/* Projection on the plane from the next iterate's value: its lower and upper eigenvalue. */
static void plane_bounds(const plane_t *p, double next_value, double *low, double *high) {
    double c = p->cosine, s = p->sine;
    double other = (next_value - c * c * p->value - 2 * c * s * p->residual) / (s * s);
    double middle = (p->value + other) / 2, radius = hypot((p->value - other) / 2, p->residual);
    *low = middle - radius;
    *high = middle + radius;
}

/* Below this sine the plane is known to a hundredth only: rounding of float is 1e-7. */
static const double sine_least = 3e-3;

static void adapt(const plane_t *plane, double next_value, double *shift) {
    double low, high;
    if (!(plane->sine > sine_least)) return;
    plane_bounds(plane, next_value, &low, &high);
    *shift = fmax(*shift, -low / 2 - fmin(high, 0));
}

/* v <- (w + shift v) / |w + shift v|; what that means in the plane of v and its residual. */
static plane_t advance(const eigenpair_t *pair, double shift, const flt *w, flt *v, long n) {
    double along = pair->value + shift, length = hypot(along, pair->residual);
    plane_t plane = {pair->value, pair->residual, along / length, pair->residual / length};
    vector_scale(v, shift, v, n);
    vector_add(1, w, v, n);
    symmetric_normalise(v, n);
    return plane;
}

/* Rayleigh quotient and residual of v, whose length is 1 up to float's rounding only: divided out,
 * or no residual below 3e-4 of the value could be seen. Returns |A v|. */
static double judge(const flt *v, const flt *av, long n, eigenpair_t *pair) {
    double square = vector_dot(v, v, n), length = vector_norm(av, n);
    pair->value = vector_dot(v, av, n) / square;
    pair->residual = sqrt(fmax(length * length / square - pair->value * pair->value, 0));
    return length;
}

eigenpair_t power_iterate(const symmetric_t *a, int products, double tolerance, double *shift,
                          flt *v, flt *work) {
    eigenpair_t pair = {.value = NAN, .residual = NAN, .smallest = NAN};
    plane_t plane = {0};
    while (pair.products < products) {
        a->apply(a->context, v, work);
        pair.products++;
        double length = judge(v, work, a->size, &pair);
        if (!isfinite(length) || length == 0) break;
        adapt(&plane, pair.value, shift);
        plane = advance(&pair, *shift, work, v, a->size);
        if (pair.residual <= tolerance * fabs(pair.value)) break;
    }
    return pair;
}
