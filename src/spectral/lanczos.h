/* lanczos.h: both ends of the spectrum of a symmetric operator by the Lanczos method with full
 * reorthogonalisation (Golub and Van Loan, 10.1, 10.3): the best there is for a given number of
 * products, at the price of keeping all vectors. */
#ifndef SPECTRAL_LANCZOS_H
#define SPECTRAL_LANCZOS_H

#include "base/status.h"
#include "spectral/symmetric.h"

/* Elements of `work` for so many products. */
long lanczos_work(long size, int products);

/* Up to `products` products from the unit vector v; fewer when the vectors span an invariant
 * subspace. The pair is the largest Ritz value, with its residual, and the smallest; v becomes the
 * unit Ritz vector of the largest. When A v is not finite, the value is NaN and v unchanged.
 * STATUS_ENVIRONMENT: memory. */
status_t lanczos_extremes(const symmetric_t *a, int products, flt *v, flt *work, eigenpair_t *pair);

#endif
