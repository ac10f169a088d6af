/* z_loss.h: options of the z-loss. */
#ifndef KERNEL_Z_LOSS_H
#define KERNEL_Z_LOSS_H

#include "kernel/flt.h"

struct z_loss_options {
    flt coefficient; /* in the loss; 1e-4 in PaLM */
};

#endif
