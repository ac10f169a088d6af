/* matrices.h: kinds of matrices whose eigenvalues are hard to find, each of any order n. */
#ifndef TESTS_SPECTRAL_MATRICES_H
#define TESTS_SPECTRAL_MATRICES_H

#include <cblas.h>
#include <math.h>
#include <stdlib.h>

#include "base/rng.h"

__attribute__((noinline)) static double *draw_normals(const char *stream, size_t count) {
    rng_t rng = rng_open(5, 0, stream, 0);
    double *x = calloc(count, sizeof *x);
    for (size_t i = 0; i < count; i++) x[i] = rng_normal(&rng);
    return x;
}

static inline void fill_full(int n, double *m) {
    double *x = draw_normals("m", (size_t)n * (size_t)n);
    for (int i = 0; i < n * n; i++) m[i] = x[i] / sqrt(n);
    free(x);
}

/* m = H m H with a Householder matrix H = I - 2 v v^T / |v|^2 */
static inline void reflect(int n, const char *stream, double *m) {
    double *v = draw_normals(stream, (size_t)n), size = 0;
    for (int i = 0; i < n; i++) size += v[i] * v[i];
    for (int j = 0; j < n; j++) {
        double *column = m + (size_t)j * (size_t)n, sum = 0;
        for (int i = 0; i < n; i++) sum += v[i] * column[i];
        for (int i = 0; i < n; i++) column[i] -= 2 * sum / size * v[i];
    }
    double *product = calloc((size_t)n, sizeof *product);
    for (int j = 0; j < n; j++)
        for (int i = 0; i < n; i++) product[i] += m[(size_t)j * (size_t)n + (size_t)i] * v[j];
    for (int j = 0; j < n; j++)
        for (int i = 0; i < n; i++)
            m[(size_t)j * (size_t)n + (size_t)i] -= 2 * product[i] / size * v[j];
    free(product);
    free(v);
}

static inline void hide(int n, double *m) {
    reflect(n, "first", m);
    reflect(n, "second", m);
    reflect(n, "third", m);
}

static inline double non_normal_value(int n, int k) {
    double value = 0.2 + 0.8 * k / n;
    return k < n / 2 ? value : -value;
}

/* Eigenvalues in two bands, each of one coupled to one of the other ten times as strongly as they
 * are apart: their condition numbers are some 30. */
static inline void fill_non_normal(int n, double *m) {
    double *coupling = draw_normals("coupling", (size_t)n);
    for (int k = 0; k < n; k++) {
        m[(size_t)k * (size_t)(n + 1)] = non_normal_value(n, k);
        if (k >= n / 2) m[(size_t)k * (size_t)n + (size_t)(k - n / 2)] = 10 * coupling[k];
    }
    free(coupling);
    hide(n, m);
}

/* Half of them 1, and the rest near it. */
static inline void fill_clustered(int n, double *m) {
    for (int k = 0; k < n; k++) m[(size_t)k * (size_t)(n + 1)] = k < n / 2 ? 1 : 1 + 0.1 * k / n;
    hide(n, m);
}

/* Of rank n/2: a product. */
static inline void fill_deficient(int n, double *m) {
    double *left = draw_normals("left", (size_t)n * (size_t)n),
           *right = draw_normals("right", (size_t)n * (size_t)n);
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, n, n, n / 2, 1.0 / n, left, n, right, n,
                0, m, n);
    free(left);
    free(right);
}

static const struct kind {
    const char *name;
    void (*fill)(int n, double *m);
} kinds[] = {{"full", fill_full},
             {"non-normal", fill_non_normal},
             {"clustered", fill_clustered},
             {"rank-deficient", fill_deficient}};
enum { KINDS = sizeof kinds / sizeof *kinds };

#endif
