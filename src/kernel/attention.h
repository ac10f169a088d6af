/* attention.h: options of attention. */
#ifndef KERNEL_ATTENTION_H
#define KERNEL_ATTENTION_H

#include "kernel/flt.h"

struct attention_options {
    long length;     /* T: rows of one sample                                   */
    long heads;      /* query heads                                             */
    long kv_heads;   /* key/value heads; divides heads (grouped-query attention) */
    long head_size;  /* columns of one head                                     */
    int causal;      /* 1: row i sees rows 0..i of its sample                   */
    flt softcap;     /* logits are kept within +- this; 0 = off                 */
    int recomputes;  /* 1: the weights are not kept but made anew when needed   */
    long first, end; /* rows of every sample at work: the schedule's own        */
};

#endif
