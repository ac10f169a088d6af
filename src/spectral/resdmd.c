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
    dense_t left = dense_view(dmd->step, 0, 0, n, n);
    dense_t image = dense_view(dmd->product, 0, 0, n, n);
    dense_multiply_nn(1, schur->q, schur->left, 0, left);
    dense_multiply_nn(1, dense_view(dmd->e, first, first, n, n), left, 0, image);
    for (int j = 0; j < n; j++) {
        int pair = schur->imaginary[j] != 0;
        double above = 0, below = 0;
        for (int k = j; k <= j + pair; k++) {
            above += cblas_ddot(n, dense_column(left, k), 1, dense_column(image, k), 1);
            below += weight(whitening, n, dense_column(left, k));
        }
        double r = sqrt(fmax(above, 0) / below);
        for (int k = j; k <= j + pair; k++) residual[k] = r;
        j += pair;
    }
}
