/* product.h: matrix products on spans. Part of kernel.h; for functions that the host runs.
 *
 * The tangent of C = A B is A' B + A B': two real products, the values being there already. */
#ifndef KERNEL_PRODUCT_H
#define KERNEL_PRODUCT_H

#define DRIVER static inline __attribute__((unused))

#ifdef DEVICE
#define product_gemm PLACED(gemm)
#define product_copy PLACED(copy)
#else
#define product_gemm gemm
#define product_copy memcpy
#endif

/* c = op(a) op(b) + beta c (see gemm). */
DRIVER void product(gemm_side_t side_a, gemm_side_t side_b, long m, long n, long k, span_t a,
                    long lda, span_t b, long ldb, flt beta, span_t c, long ldc) {
    IN_VALUES(product_gemm(side_a, side_b, m, n, k, a.v, lda, b.v, ldb, beta, c.v, ldc);)
    IN_TANGENTS(product_gemm(side_a, side_b, m, n, k, a.t, lda, b.v, ldb, beta, c.t, ldc);
                product_gemm(side_a, side_b, m, n, k, a.v, lda, b.t, ldb, 1, c.t, ldc);)
}

/* The same into scratch memory, whose values of the value run are gone. */
DRIVER void product_both(gemm_side_t side_a, gemm_side_t side_b, long m, long n, long k, span_t a,
                         long lda, span_t b, long ldb, flt beta, span_t c, long ldc) {
    IN_TANGENTS(product_gemm(side_a, side_b, m, n, k, a.v, lda, b.v, ldb, beta, c.v, ldc);)
    product(side_a, side_b, m, n, k, a, lda, b, ldb, beta, c, ldc);
}

/* Makes ready a gradient that a product will add to; returns the product's beta. */
DRIVER flt begin_gradient(const call_t *c, int k) {
    if (!c->add[k].v) return 0;
    matrix_t dx = c->dx[k];
    size_t bytes = sizeof(flt) * (size_t)(dx.rows * dx.cols);
    IN_VALUES(if (c->add[k].v != dx.at.v) product_copy(dx.at.v, c->add[k].v, bytes);)
    IN_TANGENTS(if (c->add[k].t != dx.at.t) product_copy(dx.at.t, c->add[k].t, bytes);)
    return 1;
}

#endif
