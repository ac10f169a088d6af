/* lion.h: Lion, evolved sign momentum (Chen et al. 2023, arXiv 2302.06675, Algorithm 2):
 *
 *   c     <- beta1 m + (1 - beta1) g
 *   theta <- (1 - lr wd) theta - lr sign(c)    sign(0) = 0
 *   m     <- beta2 m + (1 - beta2) g           moments[0]
 *
 * Every parameter moves by lr, so the authors use learning rates 3 to 10 times smaller than AdamW's
 * (and weight decays as much larger): train.lr_factor. */
#ifndef OPTIM_LION_H
#define OPTIM_LION_H

#include "optim/optim.h"

extern const optim_row_t optim_lion;
extern const field_set_t lion_fields; /* train.lion_beta1, train.lion_beta2 */

#endif
