/* power.h: power iteration towards the most positive eigenvalue of a symmetric operator,
 * warm-started (AWU paper, arXiv 2606.16768: five products a time suffice from the eigenvector of a
 * few steps before).
 *
 *   w = A v;  value = v.w;  residual = |w - value v|;  v <- (w + shift v) / |w + shift v|
 *
 * Plain power iteration (shift 0) goes to the eigenvalue of largest modulus, which for the Hessian
 * of a young network may be the most negative one. Deviation from the paper, therefore: a shift
 * that adapts. From v and the residual's direction q, two consecutive iterates give the projection
 * of A on span{v, q} without a further product, and its eigenvalues low <= high, bounds of the ends
 * of the spectrum from inside. The shift is kept at
 *
 *   shift >= max(0, -low / 2 - min(high, 0)),
 *
 * for which the top of the spectrum outweighs `low`, whatever the sign of either. A positive
 * spectrum keeps shift 0 and is the paper's iteration. */
#ifndef SPECTRAL_POWER_H
#define SPECTRAL_POWER_H

#include "spectral/symmetric.h"

/* Up to `products` products from the unit vector v; fewer once residual <= tolerance |value|
 * (tolerance 0: all of them). On return v is one multiplication ahead of the vector the pair
 * belongs to: the best start for the next time. `shift` is read and updated; 0 at the very first.
 * `work` holds a->size elements. When v or A v is not finite, the value is NaN and v useless; when
 * A v is 0, the value is 0 and v unchanged. */
eigenpair_t power_iterate(const symmetric_t *a, int products, double tolerance, double *shift,
                          flt *v, flt *work);

#endif
