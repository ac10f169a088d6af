/* matrix.h: dense float64 matrices for LAPACK, and the few products the spectral methods need.
 *
 * Storage is column-major with a leading dimension that is padded: at widths 512, 768 and 1024 a
 * leading dimension equal to the width maps whole rows to the same cache sets, and LAPACK's QR
 * iteration then takes up to twice as long. A row-major [N,d] array of snapshots (one row per
 * sample) is the same memory as a column-major d x N matrix: one column per sample. */
#ifndef SPECTRAL_MATRIX_H
#define SPECTRAL_MATRIX_H

#include "base/arena.h"

typedef struct matrix {
    int rows, cols;
    int ld;     /* element (i,j) is at[i + j * ld]; ld >= rows */
    double *at; /* borrowed, from an arena                     */
} matrix_t;

typedef enum { PLAIN, TRANSPOSED } matrix_op_t;

/* What matrix_take will use of an arena. */
size_t matrix_bytes(int rows, int cols);

/* A matrix out of the arena, zeroed on first use; at = NULL when the arena is full. */
matrix_t matrix_take(arena_t *arena, int rows, int cols);

/* The block of `rows` x `cols` that starts at (row, col): a view, nothing is copied. */
matrix_t matrix_view(matrix_t m, int row, int col, int rows, int cols);

static inline double *matrix_column(matrix_t m, int j) { return m.at + (size_t)j * (size_t)m.ld; }

void matrix_copy(matrix_t from, matrix_t to);

/* c = alpha op(a) op(b) + beta c. c overlaps neither a nor b. */
void matrix_multiply(double alpha, matrix_op_t op_a, matrix_t a, matrix_op_t op_b, matrix_t b,
                     double beta, matrix_t c);

/* c = alpha x x^T, both triangles. */
void matrix_gram(double alpha, matrix_t x, matrix_t c);

/* m = diag(f) m, m = m diag(f). */
void matrix_scale_rows(matrix_t m, const double *f);
void matrix_scale_columns(matrix_t m, const double *f);

double matrix_norm_frobenius(matrix_t m);

/* Largest singular value by Golub-Kahan-Lanczos, to a relative 1e-10 or better. `work` holds
 * 2 (rows + cols) numbers. Inf or NaN when m is not finite. */
double matrix_norm2(matrix_t m, double *work);

/* Largest eigenvalue of the symmetric tridiagonal matrix with diagonal[n] and beside[n-1], by
 * bisection on Sturm counts; to about 2 ulp. */
double tridiagonal_largest(int n, const double *diagonal, const double *beside);

#endif
