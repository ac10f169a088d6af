/* sam.h: sharpness-aware minimisation (Foret et al. 2021, arXiv 2010.01412): the update uses the
 * gradient at the point uphill, of the same batch:
 *
 *   e <- rho g / |g|,   g <- grad L(theta + e),   theta as it was
 *
 * Wraps any optimizer. Costs a second gradient a step. What other stabilizers add to the gradient
 * comes after it, at theta itself. */
#ifndef STABILIZER_SAM_H
#define STABILIZER_SAM_H

#include "stabilizer/stabilizer.h"

extern const stabilizer_row_t stabilizer_sam;
extern const field_set_t sam_fields; /* train.sam_rho */

#endif
