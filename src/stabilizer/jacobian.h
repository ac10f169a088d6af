/* jacobian.h: how much a block stretches the differences between samples:
 *
 *   R = sum_i |y_i - y_j|^2 / sum_i |x_i - x_j|^2,   j = i + shift mod n,   x = h_l, y = h_{l+1}
 *
 * For a smooth block this is |J u|^2 / |u|^2 averaged over the directions u that the samples span:
 * the Jacobian penalty (Hoffman et al. 2019, arXiv 1908.02729) on directions of the data instead of
 * random ones, so that it needs the two states only and costs what the others cost. */
#ifndef STABILIZER_JACOBIAN_H
#define STABILIZER_JACOBIAN_H

#include "stabilizer/penalty.h"

extern const stabilizer_row_t stabilizer_jacobian;
penalty_formula_t jacobian_formula;

#endif
