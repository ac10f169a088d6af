#include "spectral/matrix.h"

#include <cblas.h>
#include <float.h>
#include <math.h>
#include <string.h>

/* A multiple of 8 (one cache line) that is no multiple of 32 (four lines: set conflicts). */
static int leading_dimension(int rows) {
    int ld = (rows + 7) & ~7;
    return ld % 32 == 0 ? ld + 8 : ld;
}

size_t matrix_bytes(int rows, int cols) {
    return arena_round(sizeof(double) * (size_t)leading_dimension(rows) * (size_t)cols);
}

matrix_t matrix_take(arena_t *arena, int rows, int cols) {
    double *at = arena_take(arena, matrix_bytes(rows, cols));
    return (matrix_t){rows, cols, leading_dimension(rows), at};
}

matrix_t matrix_view(matrix_t m, int row, int col, int rows, int cols) {
    return (matrix_t){rows, cols, m.ld, matrix_column(m, col) + row};
}

void matrix_copy(matrix_t from, matrix_t to) {
    for (int j = 0; j < from.cols; j++)
        memcpy(matrix_column(to, j), matrix_column(from, j), sizeof(double) * (size_t)from.rows);
}

void matrix_multiply(double alpha, matrix_op_t op_a, matrix_t a, matrix_op_t op_b, matrix_t b,
                     double beta, matrix_t c) {
    int inner = op_a == PLAIN ? a.cols : a.rows;
    cblas_dgemm(CblasColMajor, op_a == PLAIN ? CblasNoTrans : CblasTrans,
                op_b == PLAIN ? CblasNoTrans : CblasTrans, c.rows, c.cols, inner, alpha, a.at, a.ld,
                b.at, b.ld, beta, c.at, c.ld);
}

void matrix_gram(double alpha, matrix_t x, matrix_t c) {
    cblas_dsyrk(CblasColMajor, CblasLower, CblasNoTrans, c.rows, x.cols, alpha, x.at, x.ld, 0, c.at,
                c.ld);
    for (int j = 0; j < c.cols; j++)
        for (int i = 0; i < j; i++) matrix_column(c, j)[i] = matrix_column(c, i)[j];
}

void matrix_scale_rows(matrix_t m, const double *f) {
    for (int j = 0; j < m.cols; j++) {
        double *column = matrix_column(m, j);
        for (int i = 0; i < m.rows; i++) column[i] *= f[i];
    }
}

void matrix_scale_columns(matrix_t m, const double *f) {
    for (int j = 0; j < m.cols; j++) cblas_dscal(m.rows, f[j], matrix_column(m, j), 1);
}

double matrix_norm_frobenius(matrix_t m) {
    double norm = 0;
    for (int j = 0; j < m.cols; j++)
        norm = hypot(norm, cblas_dnrm2(m.rows, matrix_column(m, j), 1));
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
double matrix_norm2(matrix_t m, double *work) {
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
