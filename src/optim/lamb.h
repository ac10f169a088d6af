/* lamb.h: LAMB, Adam with a trust ratio for each parameter tensor (You et al. 2020, arXiv
 * 1904.00962, Algorithm 2 with phi the identity):
 *
 *   m, v, m^, v^ as in adamw.h                 moments[0], moments[1]
 *   r     <- m^ / (sqrt(v^) + eps) + wd theta
 *   theta <- theta - lr (|theta| / |r|) r      2-norms of the tensor; ratio 1 where one is 0
 *
 * A tensor is one as the model stores it: query, key and value matrices are packed and share a
 * ratio, and so are llama's gate and up. Options are AdamW's; the authors use eps 1e-6. */
#ifndef OPTIM_LAMB_H
#define OPTIM_LAMB_H

#include "optim/optim.h"

extern const optim_row_t optim_lamb;

#endif
