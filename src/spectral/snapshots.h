/* snapshots.h: activations as the trainer has them -> centred float64 matrices (RKSP, step 1). */
#ifndef SPECTRAL_SNAPSHOTS_H
#define SPECTRAL_SNAPSHOTS_H

#include "base/status.h"
#include "spectral/dense.h"

/* Copies N samples of d features, row-major [N,d] with `stride` numbers from row to row, into the
 * d x N matrix `centred` and removes the mean (`mean`: [d], work space). A number that is not
 * finite is STATUS_FAILED; the sentence names `name`, sample and feature. */
status_t snapshots_centre_f32(const char *name, const float *x, int stride, dense_t centred,
                              double *mean);
status_t snapshots_centre_f64(const char *name, const double *x, int stride, dense_t centred,
                              double *mean);

/* The way back: a d x N matrix into row-major [N,d] with `stride` numbers from row to row. */
void snapshots_write_f32(dense_t m, float *x, int stride);
void snapshots_write_f64(dense_t m, double *x, int stride);

/* Subtracts from every row of m (one feature over all samples) its mean, left in mean[m.rows]. The
 * centring is its own derivative and adjoint. Sums run over differences from the first sample: a
 * constant feature becomes exactly zero and does not pass for a direction of the data. */
void snapshots_remove_mean(dense_t m, double *mean);

#endif
