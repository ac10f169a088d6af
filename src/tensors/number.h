/* number.h: the types that numbers of tensor files have, and how they become ours. A type is one
 * row of numbers.def. */
#ifndef TENSORS_NUMBER_H
#define TENSORS_NUMBER_H

#include <stddef.h>

typedef struct number_type {
    const char *name; /* as safetensors files write it: "BF16" */
    size_t bytes;     /* of one number, little-endian          */
    /* Numbers from[0..count) as float and as double; NULL: only the size of such numbers is known.
     */
    void (*to_f32)(const void *from, size_t count, float *to);
    void (*to_f64)(const void *from, size_t count, double *to);
} number_type_t;

/* NULL when there is none. Borrowed. */
const number_type_t *number_type_find(const char *name);

#endif
