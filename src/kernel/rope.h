/* rope.h: options of the rotary position embedding. */
#ifndef KERNEL_ROPE_H
#define KERNEL_ROPE_H

#include "kernel/flt.h"

struct rope_options {
    long length;    /* T: position of row i is i mod T            */
    long heads;     /* leading heads to turn: query and key heads */
    long head_size; /* even                                       */
    double base;    /* 10000                                      */
};

#endif
