/* cuda.h: how kernels reach the GPU (cuda.cu). Part of kernel.h, CUDA builds only. */
#ifndef KERNEL_DEVICE_CUDA_H
#define KERNEL_DEVICE_CUDA_H

#include <cuda_runtime.h>

#include "kernel/op.h"

enum { CUDA_TEAMS = 512 };

/* How many blocks, each of `teams` teams of `lanes` lanes. */
typedef struct cuda_shape {
    unsigned blocks, lanes, teams;
} cuda_shape_t;

/* For so many rows of the call's matrices; no blocks when there are no rows. */
cuda_shape_t cuda_shape(const call_t *call, long rows);

/* Work is done in its order. */
cudaStream_t cuda_stream(void);

/* After every launch: ends the process when the kernel could not be started. */
void cuda_launched(const char *kernel);

#endif
