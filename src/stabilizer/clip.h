/* clip.h: gradient clipping by the global norm (Pascanu et al. 2013): g <- g min(1, limit / |g|).
 */
#ifndef STABILIZER_CLIP_H
#define STABILIZER_CLIP_H

#include "stabilizer/stabilizer.h"

extern const stabilizer_row_t stabilizer_clip;
extern const field_set_t clip_fields; /* train.clip */

#endif
