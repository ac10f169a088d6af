/* sgd.h: numbers of one step of gradient descent, as optim/sgd.h names them. */
#ifndef KERNEL_VECTOR_SGD_H
#define KERNEL_VECTOR_SGD_H

#include "kernel/flt.h"

struct sgd_step {
    flt keep, rate; /* 1 - lr weight_decay; lr */
    flt momentum;
};

#endif
