#include "spectral/dmd.h"

#include <math.h>

size_t dmd_bytes(int d) { return 5 * dense_bytes(d, d); }

dmd_t dmd_take(arena_t *arena, int d) {
    return (dmd_t){
        .op = dense_take(arena, d, d),
        .e = dense_take(arena, d, d),
        .r = dense_take(arena, d, d),
        .step = dense_take(arena, d, d),
        .product = dense_take(arena, d, d),
    };
}

static dense_t columns(dense_t m, int count) { return dense_view(m, 0, 0, m.rows, count); }

/* R += y X^T/(N-1) U_kept and y -= (its part of K) X. Repeated, it refines. */
static void regress(const whitening_t *whitening, dense_t x, dense_t y, dmd_t *dmd) {
    int d = whitening->features, rank = whitening->rank;
    dense_t kept = whitening_kept(whitening);
    dense_t part = columns(dmd->step, rank), slope = dmd->product;
    dense_multiply_nt(1.0 / (x.cols - 1), y, x, 0, dmd->product);
    dense_multiply_nn(1, dmd->product, kept, 0, part);
    for (int j = 0; j < rank; j++) {
        double *sum = dense_column(dmd->r, j), *new = dense_column(part, j);
        for (int i = 0; i < d; i++) {
            sum[i] += new[i];
            new[i] /= whitening->variance[d - rank + j];
        }
    }
    dense_multiply_nt(1, part, kept, 0, slope);
    dense_multiply_nn(-1, slope, x, 1, y);
}

/* op = diag(1/scale) U^T R diag(scale/variance) */
static void whiten_operator(const whitening_t *whitening, dmd_t *dmd) {
    int d = whitening->features, rank = whitening->rank;
    dmd->op = columns((dense_t){d, d, dmd->op.ld, dmd->op.at}, rank);
    dense_multiply_tn(1, whitening->u, columns(dmd->r, rank), 0, dmd->op);
    for (int j = 0; j < rank; j++) {
        int k = d - rank + j;
        double factor = whitening->scale[k] / whitening->variance[k];
        for (int i = 0; i < d; i++) dense_column(dmd->op, j)[i] *= factor / whitening->scale[i];
    }
}

/* e = diag(1/scale) U^T (E E^T/(N-1)) U diag(1/scale) */
static void whiten_residual(const whitening_t *whitening, dense_t residual, dmd_t *dmd) {
    int d = whitening->features;
    dense_gram(1.0 / (residual.cols - 1), residual, dmd->product);
    dense_multiply_nn(1, dmd->product, whitening->u, 0, dmd->step);
    dense_multiply_tn(1, whitening->u, dmd->step, 0, dmd->e);
    for (int j = 0; j < d; j++)
        for (int i = 0; i < d; i++)
            dense_column(dmd->e, j)[i] /= whitening->scale[i] * whitening->scale[j];
}

void dmd_fit(const whitening_t *whitening, dense_t x, dense_t y, dmd_t *dmd) {
    int d = whitening->features, rank = whitening->rank;
    double spread = whitening->variance[d - 1] / whitening->variance[d - rank];
    dmd->rank = rank;
    for (int j = 0; j < rank; j++)
        for (int i = 0; i < d; i++) dense_column(dmd->r, j)[i] = 0;
    for (int pass = 0; pass < (spread > DMD_WELL_CONDITIONED ? 2 : 1); pass++)
        regress(whitening, x, y, dmd);
    whiten_operator(whitening, dmd);
    whiten_residual(whitening, y, dmd);
}

dense_t dmd_compression(const dmd_t *dmd) {
    return dense_view(dmd->op, dmd->op.rows - dmd->rank, 0, dmd->rank, dmd->rank);
}

void dmd_operator(const whitening_t *whitening, const dmd_t *dmd, dense_t a) {
    dense_t rotated = columns(dmd->product, dmd->rank);
    dense_multiply_nn(1, whitening->u, dmd->op, 0, rotated);
    dense_multiply_nt(1, rotated, whitening_kept(whitening), 0, a);
}

/* Column k of A - I in eigenvector coordinates, squared; A is zero off the kept directions. */
static double change_of_direction(const dmd_t *dmd, int d, int k) {
    int j = k - (d - dmd->rank);
    if (j < 0) return 1;
    double sum = 0;
    for (int i = 0; i < d; i++) {
        double entry = dense_column(dmd->op, j)[i] - (i == k);
        sum += entry * entry;
    }
    return sum;
}

dmd_norms_t dmd_norms(const whitening_t *whitening, const dmd_t *dmd) {
    int d = whitening->features;
    double left = 0, moved = 0, total = 0;
    for (int k = 0; k < d; k++) {
        double scale = whitening->scale[k];
        double share = fmax(whitening->variance[k], 0) / (scale * scale);
        left += dense_column(dmd->e, k)[k];
        moved += share * change_of_direction(dmd, d, k);
        total += share;
    }
    return (dmd_norms_t){sqrt(left), sqrt(moved + left), sqrt(total)};
}
