/* resdmd.h: how far each mode is from being an eigenfunction of the layer (residual DMD, Colbrook
 * and Townsend 2024; RKSP, step 5).
 *
 *   r_j = |u_j^* (Yw - lambda_j Xw)| / |u_j^* Xw|,   u_j^* A = lambda_j u_j^*
 *
 * As u_j^* (Yw - lambda_j Xw) = u_j^* (Yw - A Xw), it is the regression's residual seen by mode j.
 */
#ifndef SPECTRAL_RESDMD_H
#define SPECTRAL_RESDMD_H

#include "spectral/dmd.h"
#include "spectral/schur.h"

/* residual[j] for the modes in the order of the Schur form. Uses dmd's work matrices. */
void resdmd_residuals(const whitening_t *whitening, const dmd_t *dmd, const schur_t *schur,
                      double *residual);

#endif
