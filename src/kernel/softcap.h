/* softcap.h: options of the soft cap. */
#ifndef KERNEL_SOFTCAP_H
#define KERNEL_SOFTCAP_H

#include "kernel/flt.h"

struct softcap_options {
    flt cap; /* > 0 */
};

#endif
