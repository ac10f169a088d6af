/* onednn.h: the door to oneDNN (libdnnl), an optional library: products of bfloat16 matrices.
 *
 * It is found when koopsweep is built (libraries.mk) and loaded when it is first asked for, so that
 * a program that never does neither waits for it nor needs it. Versions 2.6 and 3 alike. */
#ifndef KERNEL_HOST_ONEDNN_H
#define KERNEL_HOST_ONEDNN_H

#include <stddef.h>

#include "kernel/bf16.h"
#include "kernel/gemm.h"

/* NULL when this program, machine and processor multiply bfloat16 so; else why not, one clause.
 * Looks once. Static. */
const char *onednn_missing(void);

/* "oneDNN 2.6.3" into text; "" where it cannot be loaded. */
void onednn_library(char *text, size_t size);

/* c = op(a) op(b) + beta c, on one thread; as gemm, sums in float32; k > 0. Only where nothing is
 * missing. */
void onednn_gemm(gemm_side_t side_a, gemm_side_t side_b, long m, long n, long k, const bf16_t *a,
                 long lda, const bf16_t *b, long ldb, flt beta, flt *c, long ldc);

#endif
