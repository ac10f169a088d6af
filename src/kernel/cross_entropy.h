/* cross_entropy.h: options of the loss. */
#ifndef KERNEL_CROSS_ENTROPY_H
#define KERNEL_CROSS_ENTROPY_H

#include "kernel/flt.h"

struct cross_entropy_options {
    flt weight; /* of every row: 1 / number of rows for the mean */
};

#endif
