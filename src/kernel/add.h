/* add.h: options of the residual sum. */
#ifndef KERNEL_ADD_H
#define KERNEL_ADD_H

#include "kernel/flt.h"

struct add_options {
    flt alpha; /* y = alpha x0 + x1 */
};

#endif
