#include "spectral/resdmd.h"

#include <cblas.h>
#include <math.h>

/* u^T diag(share) u, share = variance / scale^2: the covariance of Xw. */
static double weight(const whitening_t *whitening, int rank, const double *u) {
    double sum = 0;
    for (int i = 0; i < rank; i++) {
        int k = whitening->features - rank + i;
        sum += u[i] * u[i] * whitening->variance[k] / (whitening->scale[k] * whitening->scale[k]);
    }
    return sum;
}

void resdmd_residuals(const whitening_t *whitening, const dmd_t *dmd, const schur_t *schur,
                      double *residual) {
    int n = schur->n, first = whitening->features - n;
    matrix_t left = matrix_view(dmd->step, 0, 0, n, n);
    matrix_t image = matrix_view(dmd->product, 0, 0, n, n);
    matrix_multiply(1, PLAIN, schur->q, PLAIN, schur->left, 0, left);
    matrix_multiply(1, PLAIN, matrix_view(dmd->e, first, first, n, n), PLAIN, left, 0, image);
    for (int j = 0; j < n; j++) {
        int pair = schur->imaginary[j] != 0;
        double above = 0, below = 0;
        for (int k = j; k <= j + pair; k++) {
            above += cblas_ddot(n, matrix_column(left, k), 1, matrix_column(image, k), 1);
            below += weight(whitening, n, matrix_column(left, k));
        }
        double r = sqrt(fmax(above, 0) / below);
        for (int k = j; k <= j + pair; k++) residual[k] = r;
        j += pair;
    }
}
