/* residual_l2.h: the mean square of what a block adds to the residual stream
 * (n rows, width d): R = 1/(n d) sum |y - x|^2, x = h_l, y = h_{l+1}. The paper calls it "random l2
 * on residuals"; what is random here are the layers (penalty.h). */
#ifndef STABILIZER_RESIDUAL_L2_H
#define STABILIZER_RESIDUAL_L2_H

#include "stabilizer/penalty.h"

extern const stabilizer_row_t stabilizer_residual_l2;
penalty_formula_t residual_l2_formula;

#endif
