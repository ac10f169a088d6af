/* dropout.h: options of dropout. */
#ifndef KERNEL_DROPOUT_H
#define KERNEL_DROPOUT_H

#include "kernel/flt.h"

struct dropout_options {
    flt rate; /* chance of an element to become 0; on [0, 1) */
};

#endif
