/* bf16 by the processor: factors as bfloat16, multiplied by oneDNN. */
#include "kernel/host/onednn.h"
#include "kernel/precision.h"

typedef struct factor {
    const bf16_t *at; /* borrowed */
    long ld;
} factor_t;

/* A matrix as stored, [rows, cols], rounded: a weight is there already. */
static factor_t factor_of(products_t *p, int number, long rows, long cols, const flt *at, long ld) {
    if (p->rounded && at >= p->weights && at < p->weights + p->count)
        return (factor_t){p->rounded + (at - p->weights), ld};
    bf16_t *out = products_factor(p, number, (size_t)(rows * cols), sizeof *out);
    for (long i = 0; i < rows; i++)
        for (long j = 0; j < cols; j++) out[i * cols + j] = bf16_of((float)at[i * ld + j]);
    return (factor_t){out, cols};
}

/* oneDNN takes no product without an inner dimension. */
static void multiply(products_t *p, gemm_side_t side_a, gemm_side_t side_b, long m, long n, long k,
                     const flt *a, long lda, const flt *b, long ldb, flt beta, flt *c, long ldc) {
    if (m == 0 || n == 0) return;
    if (k == 0) {
        gemm_full(side_a, side_b, m, n, k, a, lda, b, ldb, beta, c, ldc);
        return;
    }
    int a_is_plain = side_a == PLAIN, b_is_plain = side_b == PLAIN;
    factor_t left = factor_of(p, 0, a_is_plain ? m : k, a_is_plain ? k : m, a, lda);
    factor_t right = factor_of(p, 1, b_is_plain ? k : n, b_is_plain ? n : k, b, ldb);
    onednn_gemm(side_a, side_b, m, n, k, left.at, left.ld, right.at, right.ld, beta, c, ldc);
}

static status_t check(void) {
    const char *reason = onednn_missing();
    CHECK(!reason, STATUS_ENVIRONMENT,
          "train.precision: bf16: %s; bf16_emulated computes the same everywhere, but no faster "
          "than f32",
          reason);
    return STATUS_OK;
}

const precision_t precision_bf16 = {
    .name = "bf16",
    .doc = "factors rounded to bfloat16, sums in float32, by oneDNN or the GPU",
    .factors = FACTORS_BF16,
    .check = check,
    .multiply = multiply,
    .keeps_weights = 1,
    .library = onednn_library,
};
