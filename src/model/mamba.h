/* mamba.h: options of the architecture mamba. */
#ifndef MODEL_MAMBA_H
#define MODEL_MAMBA_H

#include "model/arch.h"

struct mamba_options {
    int64_t expand;            /* channels over d                                          */
    int64_t states;            /* N of every channel                                       */
    int64_t taps;              /* W of the convolution                                     */
    int64_t rank;              /* R of the step sizes; 0 = d / 16, rounded up              */
    int64_t attention_every;   /* of so many layers the last one is attention; 0 = none is */
    char init[FIELD_NAME_MAX]; /* published, std                                           */
};
extern const field_set_t mamba_fields;

#endif
