/* gradient_penalty.h: a penalty on the gradient's norm (double backpropagation, Drucker and Le Cun
 * 1992; Barrett and Dherin 2021, arXiv 2009.11162, is its use in training):
 *
 *   L + lambda |grad L|^2,   so   g <- g + 2 lambda H g
 *
 * with the exact Hessian-vector product of the step's batch: about two gradients more a step. */
#ifndef STABILIZER_GRADIENT_PENALTY_H
#define STABILIZER_GRADIENT_PENALTY_H

#include "stabilizer/stabilizer.h"

extern const stabilizer_row_t stabilizer_gradient_penalty;
extern const field_set_t gradient_penalty_fields; /* train.gradient_penalty */

#endif
