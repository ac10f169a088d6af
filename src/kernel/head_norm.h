/* head_norm.h: options of QK-norm. */
#ifndef KERNEL_HEAD_NORM_H
#define KERNEL_HEAD_NORM_H

#include "kernel/flt.h"

struct head_norm_options {
    long query_heads, key_heads; /* leading heads, normalised with gain x1 and x2 */
    long head_size;              /* columns of one head                           */
    flt epsilon;
};

#endif
