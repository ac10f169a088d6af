/* scale.h: options of the scaling of a vector. */
#ifndef KERNEL_VECTOR_SCALE_H
#define KERNEL_VECTOR_SCALE_H

#include "kernel/flt.h"

struct scale_options {
    flt factor;
};

#endif
