/* adamw.h: Adam with decoupled weight decay (Loshchilov & Hutter, arXiv 1711.05101), every detail
 * as in PyTorch's AdamW:
 *
 *   theta <- (1 - lr wd) theta                 decay of all parameters, norms and biases too
 *   m     <- m + (1 - beta1) (g - m)           moments[0]
 *   v     <- beta2 v + (1 - beta2) g^2         moments[1]
 *   theta <- theta - lr m^ / (sqrt(v^) + eps)  m^ = m / (1 - beta1^step), v^ likewise
 *
 * So P = diag(sqrt(v^) + eps), and the edge of stability is at 2 (1 + beta1) / (1 - beta1): 38.
 *
 * Computed in flt, as PyTorch does for float parameters; bias corrections in float64. */
#ifndef OPTIM_ADAMW_H
#define OPTIM_ADAMW_H

#include <math.h>

#include "optim/optim.h"

struct adamw_options {
    double beta1, beta2, eps;
};

static inline flt square_root(flt x) {
    return sizeof x == sizeof(float) ? (flt)sqrtf((float)x) : (flt)sqrt((double)x);
}

extern const optim_row_t optim_adamw;
extern const field_set_t adamw_fields; /* train.beta1, train.beta2, train.eps */

#endif
