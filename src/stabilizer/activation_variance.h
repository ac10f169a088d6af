/* activation_variance.h: the variance of a hidden state over samples (n rows, width
 * d): R = 1/(n d) sum |y_i - mean y|^2, y = h_{l+1}. */
#ifndef STABILIZER_ACTIVATION_VARIANCE_H
#define STABILIZER_ACTIVATION_VARIANCE_H

#include "stabilizer/penalty.h"

extern const stabilizer_row_t stabilizer_activation_variance;
penalty_formula_t activation_variance_formula;

#endif
