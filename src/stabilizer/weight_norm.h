/* weight_norm.h: weight normalisation (Salimans and Kingma 2016, arXiv 1602.07868): every row of a
 * weight matrix is w = g v / |v|, and the optimizer moves g and v instead of w.
 *
 *   dL/dg = dL/dw . v / |v|,   dL/dv = g/|v| (dL/dw - dL/dg v / |v|)
 *
 * Exactly the reparametrisation, started at v = w, g = |w|: between the gradient and the update v
 * stands in w's place with its own gradient, and so has the optimizer's state and weight decay; g
 * has an optimizer of its own by the same rule. Around that the model holds w. Clipping and what
 * else changes the gradient acts before, on dL/dw. A row of zeros has no direction: it moves as it
 * is until it has one. */
#ifndef STABILIZER_WEIGHT_NORM_H
#define STABILIZER_WEIGHT_NORM_H

#include "stabilizer/stabilizer.h"

extern const stabilizer_row_t stabilizer_weight_norm;
extern const field_set_t weight_norm_fields; /* train.weight_norm */

#endif
