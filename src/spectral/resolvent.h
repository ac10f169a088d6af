/* resolvent.h: |(zI - T)^-1|_2 at many points z at once, T in real Schur form.
 *
 * Lanczos on the inverse normal equations: each step solves (zI - T) w = v and its adjoint by
 * substitution, O(n^2) per point. T is the same for all points, so its off-diagonal blocks act on
 * all of them in one matrix product. Vectors of all points lie side by side: a panel has a column
 * per row of T, holding the real parts of all points, then the imaginary ones. */
#ifndef SPECTRAL_RESOLVENT_H
#define SPECTRAL_RESOLVENT_H

#include <complex.h>

#include "spectral/dense.h"

enum { RESOLVENT_POINTS = 64, RESOLVENT_STEPS = 24 };

typedef struct resolvent {
    dense_t inverse;           /* panel: 1/(z - t_ii); of a 2x2 block: 1/det, twice     */
    dense_t v, before, image;  /* panels: Lanczos vectors and (zI-T)^-1 v               */
    double *diagonal, *beside; /* [RESOLVENT_POINTS, RESOLVENT_STEPS] tridiagonal forms */
} resolvent_t;

size_t resolvent_bytes(int n_max);
resolvent_t resolvent_take(arena_t *arena, int n_max);

/* norm[p] = |(z_p I - T)^-1|_2 from below, p < count <= RESOLVENT_POINTS; no z_p may be an
 * eigenvalue of T. Ends when no norm grows by more than `tolerance` (relative) in a step, or after
 * RESOLVENT_STEPS steps. */
void resolvent_norms(resolvent_t *resolvent, dense_t t, int count, const double complex *z,
                     double tolerance, double *norm);

#endif
