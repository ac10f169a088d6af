/* lion.h: numbers of one step of Lion, as optim/lion.h names them. */
#ifndef KERNEL_VECTOR_LION_H
#define KERNEL_VECTOR_LION_H

#include "kernel/flt.h"

struct lion_step {
    flt keep, rate; /* 1 - lr weight_decay; lr */
    flt beta1, beta2;
};

#endif
