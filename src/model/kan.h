/* kan.h: options of the architecture kan. */
#ifndef MODEL_KAN_H
#define MODEL_KAN_H

#include "model/arch.h"

struct kan_options {
    int64_t hidden; /* w between the two layers; 0 = width / 2 */
    int64_t grid;   /* G intervals on -1 .. 1                  */
    int64_t order;  /* degree of the polynomials               */
};
extern const field_set_t kan_fields;

#endif
