/* route.h: options of the choice of experts, and its outputs. */
#ifndef KERNEL_ROUTE_H
#define KERNEL_ROUTE_H

#include "kernel/flt.h"

struct route_options {
    long active;      /* k: experts of every token; 1 .. E                                   */
    int renormalises; /* 1: the gates of a token sum to 1; 0: they are its probabilities     */
    flt capacity;     /* an expert takes so many times n k / E pairs, rounded up; 0 = all    */
};

/* The outputs; all but the first hold integers. A pair is a token and a place: number t k + place.
 */
enum {
    ROUTE_GATES,   /* [n,k] what the expert at each place is weighted by                      */
    ROUTE_CHOSEN,  /* [n,k] that expert; places in falling order of the logits                */
    ROUTE_ORDER,   /* [n k,1] the pairs, sorted by expert; those of one expert in their order;
                      behind all of them those that were dropped                              */
    ROUTE_SLOTS,   /* [n,k] where each pair stands in that order                              */
    ROUTE_OFFSETS, /* [E+1,1] where each expert's pairs begin in it; the last: n k, less those
                      that were dropped                                                       */
    ROUTE_COUNTS,  /* [E,1] how many pairs chose each expert, with those it drops             */
    ROUTE_OUTPUTS
};

#endif
