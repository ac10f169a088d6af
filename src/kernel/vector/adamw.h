/* adamw.h: numbers of one step of AdamW, as optim/adamw.h names them. */
#ifndef KERNEL_VECTOR_ADAMW_H
#define KERNEL_VECTOR_ADAMW_H

#include "kernel/flt.h"

struct adamw_step {
    flt keep;         /* 1 - lr weight_decay                               */
    flt rate;         /* lr over what the first moment is corrected by     */
    flt gain1, gain2; /* 1 - beta1, 1 - beta2                              */
    flt beta2, root2; /* root2 = 1/sqrt(1 - beta2^t)                       */
    flt eps;
};

#endif
