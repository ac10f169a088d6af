/* device.h: what kernels compiled for a device ask of it. Part of kernel.h, device builds only.
 *
 * PLACED(name) is the device's own function of that name: emulated_NAME (emulated.c) or cuda_NAME
 * (cuda.cu). All memory is the device's unless said otherwise. Work is done in the order asked for;
 * nothing here fails: what goes wrong on a GPU ends the process (see backend.h). */
#ifndef KERNEL_DEVICE_DEVICE_H
#define KERNEL_DEVICE_DEVICE_H

#include "kernel/device/shares.h"
#include "kernel/gemm.h"
#include "kernel/op.h"

#ifdef __CUDACC__
#define PLACE        cuda
#define PLACED(name) cuda_##name
#include "kernel/device/cuda.h"
#else
#define PLACE        emulated
#define PLACED(name) emulated_##name
#include "kernel/device/emulated.h"
#endif

void PLACED(zero)(void *to, size_t bytes);
void PLACED(copy)(void *to, const void *from, size_t bytes);

/* As gemm (gemm.h), and `count` such products at once, whose matrices the three arrays point to. */
void PLACED(gemm)(gemm_side_t side_a, gemm_side_t side_b, long m, long n, long k, const flt *a,
                  long lda, const flt *b, long ldb, flt beta, flt *c, long ldc);
void PLACED(gemm_batch)(gemm_side_t side_a, gemm_side_t side_b, long m, long n, long k,
                        const flt *const *a, long lda, const flt *const *b, long ldb, flt beta,
                        flt *const *c, long ldc, long count);

/* As in gemm.h; the offsets are the device's, too, and read when their turn comes. */
void PLACED(gemm_by_rows)(gemm_side_t side_b, groups_t groups, long n, long k, const flt *a,
                          const flt *b, flt beta, flt *c);
void PLACED(gemm_over_rows)(groups_t groups, long m, long n, const flt *a, const flt *b, flt *c);

/* Runs a kernel whose teams sum by themselves: gives every team its share, zeroed, for dx[k] of all
 * bits k of `sums` and, `with_result`, for the result; then adds the shares to what is there, in
 * the order of teams. `build`: whether values or tangents are summed. */
void PLACED(run_with_shares)(kernel_t *kernel, const call_t *call, int build, unsigned sums,
                             int with_result);

#endif
