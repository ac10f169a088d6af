/* muon.h: Muon, momentum whose matrices are made orthogonal (Jordan et al. 2024,
 * kellerjordan.github.io/posts/muon; scaled as by Liu et al. 2025, arXiv 2502.16982, so that one
 * learning rate serves all parameters). For the matrices of blocks, n x m:
 *
 *   b     <- beta1 b + g                       moments[0]
 *   o     =  orthogonal(g + beta1 b)           Nesterov
 *   theta <- (1 - lr wd) theta - lr .2 sqrt(max(n, m)) o
 *
 * orthogonal(x) takes all singular values of x to about 1 by five steps of the Newton-Schulz
 * iteration x <- 3.4445 x - 4.7750 (x x^T) x + 2.0315 (x x^T)^2 x from x / |x|, Frobenius: to .7 up
 * to 1.2, which is as good. Query, key and value matrices are taken one by one, so are llama's gate
 * and up. All other parameters (embeddings, the output matrix, gains, biases) move as under AdamW,
 * whose options it has; the authors use beta1 .95. */
#ifndef OPTIM_MUON_H
#define OPTIM_MUON_H

#include "optim/optim.h"

extern const optim_row_t optim_muon;

#endif
