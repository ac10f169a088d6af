#include "spectral/whitening.h"

#include <lapacke.h>
#include <math.h>

/* dsyevd's own formula for eigenvectors. */
static int float_work(int d) { return 1 + 6 * d + 2 * d * d; }

static int integer_work(int d) { return 3 + 5 * d; }

size_t whitening_bytes(int d) {
    size_t vector = arena_round(sizeof(double) * (size_t)d);
    return 2 * dense_bytes(d, d) + 2 * vector +
           arena_round(sizeof(double) * (size_t)float_work(d)) +
           arena_round(sizeof(int) * (size_t)integer_work(d));
}

whitening_t whitening_take(arena_t *arena, int d) {
    return (whitening_t){
        .features = d,
        .u = dense_take(arena, d, d),
        .variance = arena_take(arena, sizeof(double) * (size_t)d),
        .scale = arena_take(arena, sizeof(double) * (size_t)d),
        .rotated = dense_take(arena, d, d),
        .work = arena_take(arena, sizeof(double) * (size_t)float_work(d)),
        .work_int = arena_take(arena, sizeof(int) * (size_t)integer_work(d)),
        .work_size = float_work(d),
        .work_int_size = integer_work(d),
    };
}

static status_t diagonalise(dense_t x, double rank_tolerance, whitening_t *whitening) {
    int d = whitening->features;
    double *variance = whitening->variance;
    dense_gram(1.0 / (x.cols - 1), x, whitening->u);
    CHECK(isfinite(dense_norm_frobenius(whitening->u)), STATUS_FAILED,
          "spectral: the covariance of X overflows; the activations are too large for a spectrum");
    int info = LAPACKE_dsyevd_work(LAPACK_COL_MAJOR, 'V', 'L', d, whitening->u.at, whitening->u.ld,
                                   variance, whitening->work, whitening->work_size,
                                   whitening->work_int, whitening->work_int_size);
    CHECK(info == 0, STATUS_FAILED,
          "spectral: the eigenvalues of the %d x %d covariance did not converge (dsyevd: %d)", d, d,
          info);
    CHECK(variance[d - 1] > 0, STATUS_FAILED,
          "spectral: all samples are equal, the covariance is zero; nothing to profile");
    whitening->rank = 0;
    for (int i = 0; i < d; i++) whitening->rank += variance[i] > rank_tolerance * variance[d - 1];
    return STATUS_OK;
}

status_t whitening_fit(dense_t x, double epsilon, double rank_tolerance, whitening_t *whitening) {
    TRY(diagonalise(x, rank_tolerance, whitening));
    for (int i = 0; i < whitening->features; i++)
        whitening->scale[i] = sqrt(fmax(whitening->variance[i], 0) + epsilon);
    return STATUS_OK;
}

status_t whitening_fit_unit(dense_t x, double rank_tolerance, whitening_t *whitening) {
    TRY(diagonalise(x, rank_tolerance, whitening));
    for (int i = 0; i < whitening->features; i++) whitening->scale[i] = 1;
    return STATUS_OK;
}

dense_t whitening_kept(const whitening_t *whitening) {
    int d = whitening->features, rank = whitening->rank;
    return dense_view(whitening->u, 0, d - rank, d, rank);
}

void whitening_apply(const whitening_t *whitening, dense_t p, dense_t wp) {
    dense_t rotated = dense_view(whitening->rotated, 0, 0, p.rows, p.cols);
    dense_multiply_tn(1, whitening->u, p, 0, rotated);
    for (int j = 0; j < p.cols; j++)
        for (int i = 0; i < p.rows; i++) dense_column(rotated, j)[i] /= whitening->scale[i];
    dense_multiply_nn(1, whitening->u, rotated, 0, wp);
}
