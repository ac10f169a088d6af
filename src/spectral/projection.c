#include "spectral/projection.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

size_t projection_bytes(int d, int r, int samples) {
    return 2 * dense_bytes(d, r) + 2 * dense_bytes(r, samples) + whitening_bytes(r);
}

projection_t projection_take(arena_t *arena, int d, int r, int samples) {
    return (projection_t){
        .basis = dense_take(arena, d, r),
        .whitened = dense_take(arena, d, r),
        .x = dense_take(arena, r, samples),
        .y = dense_take(arena, r, samples),
        .unit = whitening_take(arena, r),
    };
}

static void set_identity(dense_t m) {
    for (int j = 0; j < m.cols; j++)
        for (int i = 0; i < m.rows; i++) dense_column(m, j)[i] = i == j;
}

status_t projection_set_basis(const double *basis, projection_t *projection) {
    const double tolerance = 1e-8;
    dense_t p = projection->basis, gram = projection->unit.rotated;
    if (!basis) {
        set_identity(p);
        return STATUS_OK;
    }
    for (int j = 0; j < p.cols; j++)
        memcpy(dense_column(p, j), basis + (size_t)j * (size_t)p.rows,
               sizeof(double) * (size_t)p.rows);
    dense_multiply_tn(1, p, p, 0, gram);
    for (int j = 0; j < p.cols; j++)
        for (int i = 0; i < p.cols; i++)
            CHECK(fabs(dense_column(gram, j)[i] - (i == j)) <= tolerance, STATUS_SPEC,
                  "spectral: basis vectors %d and %d have the product %g; the basis must be "
                  "orthonormal to %g",
                  i, j, dense_column(gram, j)[i], tolerance);
    return STATUS_OK;
}

status_t projection_fit(const whitening_t *whitening, dense_t x, dense_t y, double rank_tolerance,
                        projection_t *projection, dmd_t *dmd) {
    whitening_apply(whitening, projection->basis, projection->whitened);
    dense_multiply_tn(1, projection->whitened, x, 0, projection->x);
    dense_multiply_tn(1, projection->whitened, y, 0, projection->y);
    TRY(whitening_fit_unit(projection->x, rank_tolerance, &projection->unit));
    dmd_fit(&projection->unit, projection->x, projection->y, dmd);
    return STATUS_OK;
}

void projection_random_basis(rng_t *rng, int d, int r, double *basis) {
    for (int j = 0; j < r; j++) {
        double *vector = basis + (size_t)j * (size_t)d;
        for (int i = 0; i < d; i++) vector[i] = rng_normal(rng);
        for (int k = 0; k < 2 * j; k++) {
            const double *other = basis + (size_t)(k % j) * (size_t)d;
            cblas_daxpy(d, -cblas_ddot(d, other, 1, vector, 1), other, 1, vector, 1);
        }
        cblas_dscal(d, 1 / cblas_dnrm2(d, vector, 1), vector, 1);
    }
}
