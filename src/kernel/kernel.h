/* kernel.h: the language kernels are written in. Included by src/kernel/<operator>.c only.
 *
 * Every kernel is written once over the scalar type `real` and compiled for values and for tangents
 * (real.h), on the host and on devices (team.h):
 *
 *   values     real = float     computes values
 *   tangents   real = value + i * tangent with a tiny tangent: complex arithmetic then carries the
 *              exact first derivative in the imaginary part (complex-step differentiation, Squire &
 *              Trapp 1998); only that part is stored, the values are there already from the value
 *              run. Forward and backward kernels run so along a parameter direction v give the
 *              exact Hessian-vector product H v.
 *
 *   host       C; one lane works all rows in order, and the compiler vectorises its loops
 *   device     C++; rows are shared out to teams of lanes that run side by side: on a GPU
 *              (CUDA), or one after the other on the host (emulated), where tests can watch them
 *
 * Rules that make one text serve all (tests/kernel checks each operator against them):
 *   - a stored value is final: never store something and overwrite it later with something else
 *     (exp_first/exp_again exist for the softmax);
 *   - no input is overwritten that the product rule still needs;
 *   - no |x|, max, or comparison on `real`: decide on value_of(x) or on indices;
 *   - masked elements are selected away, never multiplied by 0 or given -inf;
 *   - every loop over elements is LANES, so that it vectorises (see LANES);
 *   - sums over a row end in team_sum: a row is worked by a team of lanes (one on the host);
 *   - what one lane stores no other lane reads, unless a team_sum or team_max stands between;
 *   - what several rows add to is a team_share, or is written by one row alone;
 *   - integers (integers_of) are made by value runs alone, and read again by tangent runs;
 *   - random numbers come from call->chance (chance.h): as often as they are drawn, the same ones;
 *   - functions that kernels call are INLINE; no void pointers, no compound literals. */
#ifndef KERNEL_KERNEL_H
#define KERNEL_KERNEL_H

#ifdef __cplusplus
extern "C" {
#endif
#include "kernel/gemm.h"
#include "kernel/op.h"
#ifdef DEVICE
#include "kernel/device/device.h"
#endif
#ifdef __cplusplus
}
#endif

#include <math.h>
#include <string.h>

/* The compilation, as the end of a kernel's name. */
#ifndef DEVICE
#include "kernel/level/level.h"
#endif
#ifdef TANGENT
#define BUILD tangents
#else
#define BUILD values
#endif

/* forward of add, emulated, tangents: add_forward_emulated_tangents; on the host, compiled for one
 * level of processors: add_forward_host_v3_tangents */
#define KERNEL_NAME(id, phase)              KERNEL_NAME_(id, phase, PLACE, BUILD)
#define KERNEL_NAME_(id, phase, place, of)  KERNEL_NAME__(id, phase, place, of)
#define KERNEL_NAME__(id, phase, place, of) id##_##phase##_##place##_##of

#include "kernel/real.h"
#include "kernel/team.h"

INLINE span_t row(matrix_t m, long i) { return matrix_row(m, i); }
INLINE int wanted(matrix_t gradient) { return gradient.at.v != NULL; }

/* add[k][i] where there is one. Use inside a loop: the test is loop-invariant. */
INLINE real load_add(span_t add, long i) { return add.v ? load_linear(add, i) : 0; }

#include "kernel/product.h"
#include "kernel/scalar.h"

/* Ends an operator's file: the entry points of this compilation and, in one of the host's value
 * builds (DESCRIBES), the row. What only the row needs (shape, scratch, flops) is DESCRIPTION. */
#define ENTRY(id, phase) ENTRY_(KERNEL_NAME(id, phase))
#define ENTRY_(name)     EXTERNAL void name(const call_t *call)
#define OPERATOR_ENTRIES(id, forward_kernel, backward_kernel)                                      \
    ENTRY(id, forward);                                                                            \
    ENTRY(id, backward);                                                                           \
    ENTRY(id, forward) { run_forward(forward_kernel, call, &op_##id); }                            \
    ENTRY(id, backward) { run_backward(backward_kernel, call, &op_##id); }

#ifdef DESCRIBES
#define DESCRIPTION static
#define OPERATOR(id, forward_kernel, backward_kernel, ...)                                         \
    OPERATOR_ENTRIES(id, forward_kernel, backward_kernel)                                          \
    const op_t op_##id = {.name = #id, __VA_ARGS__};
#else
#define DESCRIPTION static __attribute__((unused))
#define OPERATOR(id, forward_kernel, backward_kernel, ...)                                         \
    OPERATOR_ENTRIES(id, forward_kernel, backward_kernel)
#endif

#endif
