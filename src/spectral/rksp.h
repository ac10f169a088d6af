/* rksp.h: the Residual Koopman Spectral Profile of one layer transition, from snapshots before (X)
 * and after (Y) the layer. Kim et al., arXiv 2602.22988, section 3; float64 throughout.
 *
 *   centre, whiten with X's covariance (whitening.h); A = Yw Xw^+ (dmd.h); eigenvalues and left and
 *   right eigenvectors of A (schur.h); masses, conditioning, residuals and bounds of them (below).
 *
 * For snapshots of full rank the eigenvalues, masses and rho are those of plain least squares:
 * whitening and epsilon do not change them. kappa_v, eta_nl, residuals, Kreiss and Henrici do
 * depend on the whitening. For rank-deficient X only the `rank` eigenvalues of the compression to
 * X's range count; the others are structural zeros. With a basis the profile is that of the
 * projected operator (P^T Yw)(P^T Xw)^+: whitened snapshots have a flat spectrum, so its radius
 * shrinks by about sqrt(r/d) and its masses must not be compared with full ones.
 *
 * Cost: O(d^2 N + d^3); at d = 768, N = 2048 the QR iteration takes 40 %, the eigenvectors of the
 * covariance 11 %, the Kreiss constants 9 % (options.kreiss = 0 leaves them out); bench_rksp
 * measures.
 *
 * Deviations from the paper: epsilon is added to the covariance; eigenvalues used = numerical rank;
 * kreiss is infinite beyond rho = 1, so the constant of A / max(1, rho) stands beside it. */
#ifndef SPECTRAL_RKSP_H
#define SPECTRAL_RKSP_H

#include "base/status.h"

typedef struct rksp_options {
    double epsilon;           /* added to the covariance                     1e-5 */
    double rank_tolerance;    /* variances above this share of the largest   1e-10 */
    double expansive_above;   /* m_expansive: |lambda| > this                1.05 */
    double near_unit_from;    /* m_near_unit: |lambda| in [from, to]         0.90 */
    double near_unit_to;      /*                                             1.05 */
    double contractive_below; /* m_contractive: |lambda| < this              0.80 */
    double reliable_residual; /* a mode is reliable when its r <= this       0.1  */
    double degenerate_change; /* degenerate: |Yw - Xw| <= this |Xw|          1e-3 */
    int kreiss;               /* compute the Kreiss constants                1    */
    int values_only;          /* masses, rho, eta_nl and change alone, of the eigenvalues, without
                                 eigenvectors: the rest is NaN               0    */
    int samples_min;          /* fewest samples accepted; 0: one more than the modes (features, or
                                 basis_rank). Fewer make the regression interpolate: eta_nl = 0 */
    const double *basis;      /* orthonormal P, row-major [basis_rank, d] (one basis vector after
                                 the other), borrowed; NULL: the full operator */
    int basis_rank;
} rksp_options_t;

extern const rksp_options_t rksp_defaults;

/* Shares of the eigenvalues; they add up to 1. NaN when there are none. */
typedef struct rksp_masses {
    double expansive, near_unit, contractive, mid;
} rksp_masses_t;

typedef struct rksp_result {
    int rank;               /* numerical rank of X = eigenvalues used                          */
    int degenerate;         /* 1: the layer is nearly the identity; the spectrum says nothing  */
    rksp_masses_t all;      /* masses over all `rank` modes: the published numbers             */
    rksp_masses_t reliable; /* over the reliable ones only; NaN when there are none            */
    double reliable_share;  /* of modes with residual <= reliable_residual                     */
    double rho;             /* spectral radius                                                 */
    double kappa_v;         /* |V|_2 |V^-1|_2 of unit eigenvectors; heavy-tailed, use its log  */
    double eta_nl;          /* |Yw - A Xw|_F / |Yw - Xw|_F; 0 when Y = X exactly               */
    double change;          /* |Yw - Xw|_F / |Xw|_F                                            */
    double henrici;         /* sqrt(|A|_F^2 - sum |lambda|^2) / |A|_F of the compression, 0..1 */
    double kreiss;          /* sup_{|z|>1} (|z|-1) |(zI-A)^-1|_2; inf when rho > 1             */
    double kreiss_scaled;   /* the same of A / max(1, rho). Both NaN when not asked for        */
    const double *lambda;   /* [rank,2] (re, im), ascending by re, then im                     */
    const double *residual; /* [rank] ResDMD r_j = |u_j^*(Yw - lambda_j Xw)| / |u_j^* Xw|      */
} rksp_result_t;            /* both arrays are borrowed from the workspace until the next call */

/* Shares of the n eigenvalues lambda [n,2] whose residual [n] is at most residual_max (NULL: all);
 * *counted of them. Ends of the bands as in the options: > strict, [from, to] closed, < strict. */
rksp_masses_t rksp_count_masses(const rksp_options_t *options, int n, const double *lambda,
                                const double *residual, double residual_max, int *counted);

/* All memory for layers of one shape; reused from layer to layer, no allocation in a profile. */
typedef struct rksp_workspace rksp_workspace_t;

/* For layers of `features` = d and `samples` = N; copies the options. STATUS_SPEC when the numbers
 * do not fit together (too few samples, empty or overlapping bands, a basis that is not
 * orthonormal). */
status_t rksp_create(int features, int samples, const rksp_options_t *options,
                     rksp_workspace_t **workspace);
void rksp_destroy(rksp_workspace_t **workspace);

/* Profiles one layer. x and y: row-major [N,d], one row per sample, `stride` >= d numbers from row
 * to row. STATUS_FAILED when they hold a number that is not finite or no variance at all. One
 * thread at a time per workspace. */
status_t rksp_profile(rksp_workspace_t *workspace, const float *x, const float *y, int stride,
                      rksp_result_t *result);
status_t rksp_profile_f64(rksp_workspace_t *workspace, const double *x, const double *y, int stride,
                          rksp_result_t *result);

/* The operator A of the last profile, row-major [m,m], and (full operator only) the whitening W,
 * row-major [d,d]; m = d, or basis_rank with a basis. Not after values_only. For tests and
 * inspection. */
void rksp_operator(rksp_workspace_t *workspace, double *a);
void rksp_whitening(rksp_workspace_t *workspace, double *w);

#endif
