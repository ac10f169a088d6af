/* gemm.h: the one door to the matrix product library. */
#ifndef KERNEL_GEMM_H
#define KERNEL_GEMM_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/flt.h"

typedef enum { PLAIN, TRANSPOSED } gemm_side_t;

/* c = op(a) op(b) + beta c, all row-major: op(a) [m,k], op(b) [k,n], c [m,n]; ld* = elements
 * between rows as stored. beta is 0 or 1. An empty product (k = 0) leaves beta c. In the precision
 * of the network at work (precision.h); float32 where none is. */
void gemm(gemm_side_t side_a, gemm_side_t side_b, long m, long n, long k, const flt *a, long lda,
          const flt *b, long ldb, flt beta, flt *c, long ldc);

/* The same in full precision, whatever is at work. */
void gemm_full(gemm_side_t side_a, gemm_side_t side_b, long m, long n, long k, const flt *a,
               long lda, const flt *b, long ldb, flt beta, flt *c, long ldc);

/* Groups of neighbouring rows whose sizes are known only when it runs, where `offsets` are read:
 * group g has rows offsets[g] .. offsets[g + 1] - 1 of `rows` in all; it may be empty. */
typedef struct groups {
    const int32_t *offsets; /* [count + 1], borrowed */
    long count, rows;
} groups_t;

/* c_g = a_g op(b_g) + beta c_g for the rows of every group g: a [rows,k], c [rows,n], b = the
 * groups' matrices one behind the other, op(b_g) [k,n]; all dense. */
void gemm_by_rows(gemm_side_t side_b, groups_t groups, long n, long k, const flt *a, const flt *b,
                  flt beta, flt *c);

/* c_g += a_g^T b_g, over the rows of every group g: a [rows,m], b [rows,n], c = the groups'
 * matrices [m,n] one behind the other; all dense. */
void gemm_over_rows(groups_t groups, long m, long n, const flt *a, const flt *b, flt *c);

/* out[j,i] = in[i,j] for i < rows, j < cols. */
void transpose(long rows, long cols, const flt *in, long ld_in, flt *out, long ld_out);

/* One thread per rank; call once per process before the first product. Returns the name of the CPU
 * kernels the BLAS library chose ("Cooperlake", "Haswell", ...), "unknown" for other libraries. */
const char *gemm_start(int threads);

/* The BLAS library and its version, "OpenBLAS 0.3.21", "BLIS 0.9.0", "MKL 2023.1"; "unknown" for
 * others. */
void gemm_library(char *text, size_t size);

#endif
