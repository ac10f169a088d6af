/* own.h: predictors that a program outside has named itself (external/summary): "sharpness=12.5
 * x=1", as columns of a table. */
#ifndef STORE_OWN_H
#define STORE_OWN_H

#include "base/frame.h"

/* Adds a column external/NAME of numbers for every name that stands in the column external/summary
 * of any row; NaN where a row has not that name. What is no such text is passed over. */
void own_columns(frame_t *frame);

#endif
