#include "spectral/dmd.h"

#include <math.h>

/* Above this spread of variances one step of iterative refinement is worth its time. */
static const double WELL_CONDITIONED = 1e4;

size_t dmd_bytes(int d) { return 5 * matrix_bytes(d, d); }

dmd_t dmd_take(arena_t *arena, int d) {
    return (dmd_t){
        .op = matrix_take(arena, d, d),
        .e = matrix_take(arena, d, d),
        .r = matrix_take(arena, d, d),
        .step = matrix_take(arena, d, d),
        .product = matrix_take(arena, d, d),
    };
}

static matrix_t columns(matrix_t m, int count) { return matrix_view(m, 0, 0, m.rows, count); }

/* R += y X^T/(N-1) U_kept and y -= (its part of K) X. Repeated, it refines. */
static void regress(const whitening_t *whitening, matrix_t x, matrix_t y, dmd_t *dmd) {
    int d = whitening->features, rank = whitening->rank;
    matrix_t kept = whitening_kept(whitening);
    matrix_t part = columns(dmd->step, rank), slope = dmd->product;
    matrix_multiply(1.0 / (x.cols - 1), PLAIN, y, TRANSPOSED, x, 0, dmd->product);
    matrix_multiply(1, PLAIN, dmd->product, PLAIN, kept, 0, part);
    for (int j = 0; j < rank; j++) {
        double *sum = matrix_column(dmd->r, j), *new = matrix_column(part, j);
        for (int i = 0; i < d; i++) {
            sum[i] += new[i];
            new[i] /= whitening->variance[d - rank + j];
        }
    }
    matrix_multiply(1, PLAIN, part, TRANSPOSED, kept, 0, slope);
    matrix_multiply(-1, PLAIN, slope, PLAIN, x, 1, y);
}

/* op = diag(1/scale) U^T R diag(scale/variance) */
static void whiten_operator(const whitening_t *whitening, dmd_t *dmd) {
    int d = whitening->features, rank = whitening->rank;
    dmd->op = columns((matrix_t){d, d, dmd->op.ld, dmd->op.at}, rank);
    matrix_multiply(1, TRANSPOSED, whitening->u, PLAIN, columns(dmd->r, rank), 0, dmd->op);
    for (int j = 0; j < rank; j++) {
        int k = d - rank + j;
        double factor = whitening->scale[k] / whitening->variance[k];
        for (int i = 0; i < d; i++) matrix_column(dmd->op, j)[i] *= factor / whitening->scale[i];
    }
}

/* e = diag(1/scale) U^T (E E^T/(N-1)) U diag(1/scale) */
static void whiten_residual(const whitening_t *whitening, matrix_t residual, dmd_t *dmd) {
    int d = whitening->features;
    matrix_gram(1.0 / (residual.cols - 1), residual, dmd->product);
    matrix_multiply(1, PLAIN, dmd->product, PLAIN, whitening->u, 0, dmd->step);
    matrix_multiply(1, TRANSPOSED, whitening->u, PLAIN, dmd->step, 0, dmd->e);
    for (int j = 0; j < d; j++)
        for (int i = 0; i < d; i++)
            matrix_column(dmd->e, j)[i] /= whitening->scale[i] * whitening->scale[j];
}

void dmd_fit(const whitening_t *whitening, matrix_t x, matrix_t y, dmd_t *dmd) {
    int d = whitening->features, rank = whitening->rank;
    double spread = whitening->variance[d - 1] / whitening->variance[d - rank];
    dmd->rank = rank;
    for (int j = 0; j < rank; j++)
        for (int i = 0; i < d; i++) matrix_column(dmd->r, j)[i] = 0;
    for (int pass = 0; pass < (spread > WELL_CONDITIONED ? 2 : 1); pass++)
        regress(whitening, x, y, dmd);
    whiten_operator(whitening, dmd);
    whiten_residual(whitening, y, dmd);
}

matrix_t dmd_compression(const dmd_t *dmd) {
    return matrix_view(dmd->op, dmd->op.rows - dmd->rank, 0, dmd->rank, dmd->rank);
}

void dmd_operator(const whitening_t *whitening, const dmd_t *dmd, matrix_t a) {
    matrix_t rotated = columns(dmd->product, dmd->rank);
    matrix_multiply(1, PLAIN, whitening->u, PLAIN, dmd->op, 0, rotated);
    matrix_multiply(1, PLAIN, rotated, TRANSPOSED, whitening_kept(whitening), 0, a);
}

/* Column k of A - I in eigenvector coordinates, squared; A is zero off the kept directions. */
static double change_of_direction(const dmd_t *dmd, int d, int k) {
    int j = k - (d - dmd->rank);
    if (j < 0) return 1;
    double sum = 0;
    for (int i = 0; i < d; i++) {
        double entry = matrix_column(dmd->op, j)[i] - (i == k);
        sum += entry * entry;
    }
    return sum;
}

void dmd_norms(const whitening_t *whitening, const dmd_t *dmd, double *residual, double *change,
               double *size) {
    int d = whitening->features;
    double left = 0, moved = 0, total = 0;
    for (int k = 0; k < d; k++) {
        double scale = whitening->scale[k];
        double share = fmax(whitening->variance[k], 0) / (scale * scale);
        left += matrix_column(dmd->e, k)[k];
        moved += share * change_of_direction(dmd, d, k);
        total += share;
    }
    *residual = sqrt(left);
    *change = sqrt(moved + left);
    *size = sqrt(total);
}
