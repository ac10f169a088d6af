/* layer.h: artificial layers for the spectral tests. */
#ifndef TESTS_SPECTRAL_LAYER_H
#define TESTS_SPECTRAL_LAYER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "spectral/rksp.h"

static inline double *normals(const char *purpose, size_t count) {
    rng_t rng = rng_open(7, 0, purpose, 0);
    double *x = calloc(count, sizeof *x);
    for (size_t i = 0; i < count; i++) x[i] = rng_normal(&rng);
    return x;
}

/* y [N,d] = x K^T + noise * normals, K [d,d] row-major. Malloc'd. */
static inline double *image(int d, int samples, const double *x, const double *k, double noise) {
    double *y = normals("noise", (size_t)(samples * d));
    for (int s = 0; s < samples; s++)
        for (int i = 0; i < d; i++) {
            double sum = noise * y[s * d + i];
            for (int j = 0; j < d; j++) sum += k[i * d + j] * x[s * d + j];
            y[s * d + i] = sum;
        }
    return y;
}

/* I + spread * normals / sqrt(d): eigenvalues fill a disc of radius `spread` around 1. Malloc'd. */
static inline double *disc(int d, double spread) {
    double *k = normals("disc", (size_t)(d * d));
    for (int i = 0; i < d * d; i++) k[i] *= spread / sqrt(d);
    for (int i = 0; i < d; i++) k[i * d + i] += 1;
    return k;
}

/* Profiles [N,d] snapshots with the given options; the caller destroys the workspace. */
static inline rksp_result_t profile_of(int d, int samples, const double *x, const double *y,
                                       const rksp_options_t *options,
                                       rksp_workspace_t **workspace) {
    rksp_result_t result = {0};
    assert_int_equal(rksp_create(d, samples, options, workspace), STATUS_OK);
    assert_int_equal(rksp_profile_f64(*workspace, x, y, d, &result), STATUS_OK);
    return result;
}

static inline double modulus_of(const rksp_result_t *result, int j) {
    return hypot(result->lambda[2 * j], result->lambda[2 * j + 1]);
}

#define assert_close(a, b, tolerance)                                                              \
    do {                                                                                           \
        double close_a_ = (a), close_b_ = (b);                                                     \
        if (!(fabs(close_a_ - close_b_) <= (tolerance)))                                           \
            fail_msg("%s = %.17g, %s = %.17g, apart by more than %g", #a, close_a_, #b, close_b_,  \
                     (double)(tolerance));                                                         \
    } while (0)

#endif
