/* sgd.h: stochastic gradient descent with heavy-ball momentum, and decoupled weight decay as every
 * rule here has (SGDW, arXiv 1711.05101; PyTorch's SGD adds the decay to the gradient instead):
 *
 *   b     <- momentum b + g                    moments[0]; b = g at the first step
 *   theta <- (1 - lr wd) theta - lr b
 *
 * Edge of stability: lr lambda_max(H) = 2 (1 + momentum). */
#ifndef OPTIM_SGD_H
#define OPTIM_SGD_H

#include "optim/optim.h"

extern const optim_row_t optim_sgd;
extern const field_set_t sgd_fields; /* train.momentum */

#endif
