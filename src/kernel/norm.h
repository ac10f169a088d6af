/* norm.h: options of layer_norm and rms_norm. */
#ifndef KERNEL_NORM_H
#define KERNEL_NORM_H

#include "kernel/flt.h"

struct norm_options {
    flt epsilon; /* added to the variance, to the mean square */
};

#endif
