#include "spectral/dense.h"

#include <cblas.h>
#include <float.h>
#include <math.h>
#include <string.h>

/* A multiple of 8 (one cache line) that is no multiple of 32 (four lines: set conflicts). */
static int leading_dimension(int rows) {
    int ld = (rows + 7) & ~7;
    return ld % 32 == 0 ? ld + 8 : ld;
}

size_t dense_bytes(int rows, int cols) {
    return arena_round(sizeof(double) * (size_t)leading_dimension(rows) * (size_t)cols);
}

dense_t dense_take(arena_t *arena, int rows, int cols) {
    double *at = arena_take(arena, dense_bytes(rows, cols));
    return (dense_t){rows, cols, leading_dimension(rows), at};
}

dense_t dense_view(dense_t m, int row, int col, int rows, int cols) {
    return (dense_t){rows, cols, m.ld, dense_column(m, col) + row};
}

void dense_copy(dense_t from, dense_t to) {
    for (int j = 0; j < from.cols; j++)
        memcpy(dense_column(to, j), dense_column(from, j), sizeof(double) * (size_t)from.rows);
}

void dense_multiply_nn(double alpha, dense_t a, dense_t b, double beta, dense_t c) {
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, c.rows, c.cols, a.cols, alpha, a.at,
                a.ld, b.at, b.ld, beta, c.at, c.ld);
}

void dense_multiply_tn(double alpha, dense_t a, dense_t b, double beta, dense_t c) {
    cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, c.rows, c.cols, a.rows, alpha, a.at, a.ld,
                b.at, b.ld, beta, c.at, c.ld);
}

void dense_multiply_nt(double alpha, dense_t a, dense_t b, double beta, dense_t c) {
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, c.rows, c.cols, a.cols, alpha, a.at, a.ld,
                b.at, b.ld, beta, c.at, c.ld);
}

void dense_gram(double alpha, dense_t x, dense_t c) {
    cblas_dsyrk(CblasColMajor, CblasLower, CblasNoTrans, c.rows, x.cols, alpha, x.at, x.ld, 0, c.at,
                c.ld);
    for (int j = 0; j < c.cols; j++)
        for (int i = 0; i < j; i++) dense_column(c, j)[i] = dense_column(c, i)[j];
}

double dense_norm_frobenius(dense_t m) {
    double norm = 0;
    for (int j = 0; j < m.cols; j++) norm = hypot(norm, cblas_dnrm2(m.rows, dense_column(m, j), 1));
    return norm;
}

/* Number of eigenvalues above x: signs of the pivots of T - x I (Golub and Van Loan, 8.4). */
static int count_above(int n, const double *diagonal, const double *beside, double x) {
    int above = 0;
    double pivot = 1;
    for (int i = 0; i < n; i++) {
        double square = i ? beside[i - 1] * beside[i - 1] : 0;
        pivot = diagonal[i] - x - square / pivot;
        if (pivot == 0) pivot = DBL_MIN;
        above += pivot > 0;
    }
    return above;
}

double tridiagonal_largest(int n, const double *diagonal, const double *beside) {
    double low = diagonal[0], high = diagonal[0];
    for (int i = 0; i < n; i++) { /* some diagonal entry <= largest <= Gershgorin's bound */
        double radius = (i ? fabs(beside[i - 1]) : 0) + (i + 1 < n ? fabs(beside[i]) : 0);
        low = fmax(low, diagonal[i]);
        high = fmax(high, diagonal[i] + radius);
    }
    while (high - low > 2 * DBL_EPSILON * (fabs(low) + fabs(high))) {
        double middle = 0.5 * (low + high);
        if (middle <= low || middle >= high) break;
        if (count_above(n, diagonal, beside, middle) > 0)
            low = middle;
        else
            high = middle;
    }
    return high;
}

enum { NORM_STEPS = 60 };

/* Lanczos on m^T m from a start vector that no structure of m can be orthogonal to in practice. */
double dense_norm2(dense_t m, double *work) {
    double *v = work, *before = v + m.cols, *image = before + m.cols;
    double diagonal[NORM_STEPS], beside[NORM_STEPS], largest = 0, beta = 0;
    for (int i = 0; i < m.cols; i++) v[i] = 1 + 0.5 * sin(i * i + 1.0);
    cblas_dscal(m.cols, 1 / cblas_dnrm2(m.cols, v, 1), v, 1);
    memset(before, 0, sizeof(double) * (size_t)m.cols);
    for (int step = 0; step < NORM_STEPS; step++) {
        cblas_dgemv(CblasColMajor, CblasNoTrans, m.rows, m.cols, 1, m.at, m.ld, v, 1, 0, image, 1);
        cblas_dscal(m.cols, -beta, before, 1);
        cblas_dgemv(CblasColMajor, CblasTrans, m.rows, m.cols, 1, m.at, m.ld, image, 1, 1, before,
                    1);
        diagonal[step] = cblas_ddot(m.cols, v, 1, before, 1);
        if (!isfinite(diagonal[step])) return diagonal[step];
        cblas_daxpy(m.cols, -diagonal[step], v, 1, before, 1);
        beta = beside[step] = cblas_dnrm2(m.cols, before, 1);
        double next = tridiagonal_largest(step + 1, diagonal, beside);
        int settled = step > 0 && next - largest <= 1e-13 * next;
        largest = next;
        if (settled || beta <= DBL_EPSILON * largest) break;
        cblas_dscal(m.cols, 1 / beta, before, 1);
        double *swap = v;
        v = before, before = swap;
    }
    return sqrt(fmax(largest, 0));
}
