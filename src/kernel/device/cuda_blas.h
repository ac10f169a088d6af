/* cuda_blas.h: cuBLAS, for the files of the CUDA backend. */
#ifndef KERNEL_DEVICE_CUDA_BLAS_H
#define KERNEL_DEVICE_CUDA_BLAS_H

#include <cublas_v2.h>

/* Of this process, on its stream; open since the backend is. */
cublasHandle_t cuda_blas(void);

/* End the process where something went wrong. */
void cuda_need_blas(const char *what, cublasStatus_t status);
void cuda_die(const char *what, const char *why);

/* The most matrices of one batch: they are an axis of a launch's grid. */
enum { CUDA_BATCH_MAX = 65535 };

/* In the GPU's memory: where the matrices of a batch lie, [CUDA_BATCH_MAX] for factor 0 or 1. */
void **cuda_batch_table(int factor);

#endif
