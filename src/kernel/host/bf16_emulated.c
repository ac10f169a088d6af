/* bf16 as a definition: factors rounded in place of floats, products by the float32 library. It
 * runs everywhere and is slower than float32; it shows what bf16 does to a network. */
#include "kernel/precision.h"

static const flt *rounded(products_t *p, int factor, long rows, long cols, const flt *at, long ld) {
    flt *out = products_factor(p, factor, (size_t)(rows * cols), sizeof *out);
    for (long i = 0; i < rows; i++)
        for (long j = 0; j < cols; j++)
            out[i * cols + j] = (flt)bf16_rounded((float)at[i * ld + j]);
    return out;
}

static void multiply(products_t *p, gemm_side_t side_a, gemm_side_t side_b, long m, long n, long k,
                     const flt *a, long lda, const flt *b, long ldb, flt beta, flt *c, long ldc) {
    int a_is_plain = side_a == PLAIN, b_is_plain = side_b == PLAIN;
    long rows_a = a_is_plain ? m : k, cols_a = a_is_plain ? k : m;
    long rows_b = b_is_plain ? k : n, cols_b = b_is_plain ? n : k;
    gemm_full(side_a, side_b, m, n, k, rounded(p, 0, rows_a, cols_a, a, lda), cols_a,
              rounded(p, 1, rows_b, cols_b, b, ldb), cols_b, beta, c, ldc);
}

const precision_t precision_bf16_emulated = {
    .name = "bf16_emulated",
    .doc = "factors rounded to bfloat16, multiplied as float32: everywhere, slower",
    .factors = FACTORS_BF16_AS_FLOAT32,
    .multiply = multiply,
};
