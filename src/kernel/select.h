/* select.h: options of the choice of one row of every sample. */
#ifndef KERNEL_SELECT_H
#define KERNEL_SELECT_H

#include "kernel/flt.h"

struct select_options {
    long period, position; /* keeps row b period + position of every sample b */
};

#endif
