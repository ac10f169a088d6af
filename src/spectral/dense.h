/* dense.h: dense float64 matrices for LAPACK, and the few products the spectral methods need.
 *
 * Storage is column-major with a leading dimension that is padded: at widths 512, 768 and 1024 a
 * leading dimension equal to the width maps whole rows to the same cache sets, and LAPACK's QR
 * iteration then takes up to twice as long. A row-major [N,d] array of snapshots (one row per
 * sample) is the same memory as a column-major d x N matrix: one column per sample. */
#ifndef SPECTRAL_DENSE_H
#define SPECTRAL_DENSE_H

#include "base/arena.h"

typedef struct dense {
    int rows, cols;
    int ld;     /* element (i,j) is at[i + j * ld]; ld >= rows */
    double *at; /* borrowed, from an arena                     */
} dense_t;

/* What dense_take will use of an arena. */
size_t dense_bytes(int rows, int cols);

/* A matrix out of the arena, zeroed on first use; at = NULL when the arena is full. */
dense_t dense_take(arena_t *arena, int rows, int cols);

/* The block of `rows` x `cols` that starts at (row, col): a view, nothing is copied. */
dense_t dense_view(dense_t m, int row, int col, int rows, int cols);

static inline double *dense_column(dense_t m, int j) { return m.at + (size_t)j * (size_t)m.ld; }

void dense_copy(dense_t from, dense_t to);

/* c = alpha a b + beta c;  with a^T for a (tn), with b^T for b (nt). c overlaps neither. */
void dense_multiply_nn(double alpha, dense_t a, dense_t b, double beta, dense_t c);
void dense_multiply_tn(double alpha, dense_t a, dense_t b, double beta, dense_t c);
void dense_multiply_nt(double alpha, dense_t a, dense_t b, double beta, dense_t c);

/* c = alpha x x^T, both triangles. */
void dense_gram(double alpha, dense_t x, dense_t c);

double dense_norm_frobenius(dense_t m);

/* Largest singular value by Golub-Kahan-Lanczos, to a relative 1e-10 or better. `work` holds
 * 2 (rows + cols) numbers. Inf or NaN when m is not finite. */
double dense_norm2(dense_t m, double *work);

/* Largest eigenvalue of the symmetric tridiagonal matrix with diagonal[n] and beside[n-1], by
 * bisection on Sturm counts; to about 2 ulp. */
double tridiagonal_largest(int n, const double *diagonal, const double *beside);

#endif
