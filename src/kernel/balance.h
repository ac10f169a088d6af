/* balance.h: options of the load-balance term. */
#ifndef KERNEL_BALANCE_H
#define KERNEL_BALANCE_H

#include "kernel/flt.h"

struct balance_options {
    flt coefficient; /* in the loss; 0.01 in Switch */
};

#endif
