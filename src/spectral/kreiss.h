/* kreiss.h: the Kreiss constant, K(A) = sup_{|z|>1} (|z|-1) |(zI - A)^-1|_2.
 *
 * sup_n |A^n| lies between K and e d K (Kreiss matrix theorem); K = 1 for a normal contraction.
 * A real matrix needs only the upper half plane. The search: a grid of circles whose spacing
 * follows the distance to the unit circle, with the angles of ill-conditioned eigenvalues added
 * near it; the best three peaks are refined by Newton steps on 3 x 3 stencils in (log(|z|-1),
 * arg z). Exact limits are taken in: 1 at infinity, and 1/|u^* v| at an eigenvalue on the circle.
 *
 * Accuracy: the peak found is right to about 1e-6 relative. The value is a lower bound of the
 * supremum: a second peak narrower than the grid could be missed (compared with dense searches on
 * random, sheared and nilpotent matrices in the tests, none was). */
#ifndef SPECTRAL_KREISS_H
#define SPECTRAL_KREISS_H

#include "spectral/resolvent.h"
#include "spectral/schur.h"

typedef struct kreiss {
    resolvent_t resolvent;
} kreiss_t;

size_t kreiss_bytes(int n_max);
kreiss_t kreiss_take(arena_t *arena, int n_max);

/* K(A) and K(A / max(1, rho)), A given by its Schur form with eigenvectors. The first is Inf when
 * rho > 1 (by more than rounding, 1e-10). */
void kreiss_constants(kreiss_t *kreiss, const schur_t *schur, double *plain, double *scaled);

#endif
