/* embed.h: options of the token and position embedding. */
#ifndef KERNEL_EMBED_H
#define KERNEL_EMBED_H

#include "kernel/flt.h"

struct embed_options {
    long period; /* T: position of row i is i mod T */
};

#endif
