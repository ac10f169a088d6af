/* moe.h: options of mixtures of experts. */
#ifndef MODEL_MOE_H
#define MODEL_MOE_H

#include "model/arch.h"

struct moe_options {
    char block[FIELD_NAME_MAX]; /* gpt, llama: what the rest of a block is     */
    char gates[FIELD_NAME_MAX]; /* auto, renormalised, plain                   */
    int64_t experts, active;    /* E, k                                        */
    int64_t every;              /* of so many layers the last one has experts  */
    double balance, router_z;   /* coefficients of their terms of the loss     */
    double capacity;            /* an expert takes so many times its even share; 0 = all */
};
extern const field_set_t moe_fields;

#endif
