/* op_kernels.h: the tables of a place's kernels, from the lists of operators and vector kernels:
 * one without its kernels does not link. For the place's own file, which defines PLACE: that of a
 * device, or of a level of the host (level/level.c). */
#ifndef KERNEL_OP_KERNELS_H
#define KERNEL_OP_KERNELS_H

#include "kernel/backend.h"

#define OP_KERNEL(id, phase, place, build)  OP_KERNEL_(id, phase, place, build)
#define OP_KERNEL_(id, phase, place, build) id##_##phase##_##place##_##build

#define OP(id)                                                                                     \
    kernel_t OP_KERNEL(id, forward, PLACE, values), OP_KERNEL(id, forward, PLACE, tangents),       \
        OP_KERNEL(id, backward, PLACE, values), OP_KERNEL(id, backward, PLACE, tangents);
#define VECTOR(id, name) kernel_t OP_KERNEL(id, vector, PLACE, values);
#ifdef __cplusplus
extern "C" {
#endif
#include "kernel/ops.def"
#include "kernel/vectors.def"
#ifdef __cplusplus
}
#endif
#undef OP
#undef VECTOR

#define OP(id)                                                                                     \
    {{OP_KERNEL(id, forward, PLACE, values), OP_KERNEL(id, forward, PLACE, tangents)},             \
     {OP_KERNEL(id, backward, PLACE, values), OP_KERNEL(id, backward, PLACE, tangents)}},
static const op_kernels_t op_kernels[] = {
#include "kernel/ops.def"
};
#undef OP

#define VECTOR(id, name) OP_KERNEL(id, vector, PLACE, values),
static kernel_t *const vector_kernels[] = {
#include "kernel/vectors.def"
};
#undef VECTOR

#endif
