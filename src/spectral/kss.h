/* kss.h: the loss of Koopman Spectral Shaping for one layer, and its exact gradient with respect to
 * the snapshots. Kim et al., arXiv 2602.22988, section 4.
 *
 *   L = w sum_j sigmoid(T (a_j - tau_u)) softplus(a_j - tau_u)^2 + beta (m_soft - gamma)^2
 *   m_soft = (1/m) sum_j sigmoid(T (a_j - tau_l)) sigmoid(T (tau_u - a_j)),   a_j = |lambda_j|
 *
 * over the m eigenvalues of (P^T Yw)(P^T Xw)^+ (projection.h). Gradient: d lambda = u^* dA v/(u^*
 * v) for simple eigenvalues, so dL/dA = Re sum_j conj(c_j) u_j v_j^*, c_j = L'(a_j) conj(lambda_j)
 * / (a_j u_j^* v_j); then through the pseudo-inverse, the whitening (Daleckii-Krein, or held
 * constant) and the centring. Where X lacks full rank the range of X is held constant.
 *
 * Deviation: a mode whose left and right eigenvectors are nearly orthogonal has no usable
 * derivative; it counts in the loss and is left out of the gradient (`skipped` tells how many). */
#ifndef SPECTRAL_KSS_H
#define SPECTRAL_KSS_H

#include "base/status.h"

typedef struct kss_options {
    double epsilon;              /* added to the covariance                                 1e-5 */
    double rank_tolerance;       /* variances above this share of the largest               1e-10 */
    double steepness;            /* T                                                       20 */
    double upper;                /* tau_u                                                   1.05 */
    double lower;                /* tau_l                                                   0.90 */
    double target;               /* gamma: near-unit mass asked for                         0.4 */
    double weight;               /* beta                                                    1 */
    double unstable_weight;      /* of the first sum; 0 leaves the near-unit term alone     1 */
    double overlap_min;          /* modes with |u^* v| below this give no gradient          1e-8 */
    int differentiate_whitening; /* 0: W is a constant of the step (recommended)      0 */
} kss_options_t;

extern const kss_options_t kss_defaults;

typedef struct kss_result {
    double loss, m_soft;
    int modes;   /* m: the rank of the projected snapshots               */
    int skipped; /* modes left out of the gradient as nearly defective   */
} kss_result_t;

typedef struct kss_workspace kss_workspace_t;

/* For layers of `features` = d and `samples` = N, through the orthonormal `basis` P, row-major
 * [rank,d], copied; NULL: no projection (rank is not read). STATUS_SPEC when the numbers do not
 * fit together. A random basis: projection_random_basis. */
status_t kss_create(int features, int samples, const double *basis, int rank,
                    const kss_options_t *options, kss_workspace_t **workspace);
void kss_destroy(kss_workspace_t **workspace);

/* Loss and gradient. x, y, gx, gy: row-major [N,d], `stride` >= d numbers from row to row; gx and
 * gy are overwritten, or NULL together: loss only. STATUS_FAILED when a snapshot or the gradient is
 * not finite. One thread at a time per workspace. */
status_t kss_evaluate(kss_workspace_t *workspace, const float *x, const float *y, int stride,
                      kss_result_t *result, float *gx, float *gy);
status_t kss_evaluate_f64(kss_workspace_t *workspace, const double *x, const double *y, int stride,
                          kss_result_t *result, double *gx, double *gy);

#endif
