/* product.h: matrix products on spans. Part of kernel.h; for functions that the host runs.
 *
 * The tangent of C = A B is A' B + A B': two real products, the values being there already. */
#ifndef KERNEL_PRODUCT_H
#define KERNEL_PRODUCT_H

#define DRIVER static inline __attribute__((unused))

#ifdef DEVICE
#define product_gemm           PLACED(gemm)
#define product_copy           PLACED(copy)
#define product_gemm_by_rows   PLACED(gemm_by_rows)
#define product_gemm_over_rows PLACED(gemm_over_rows)
#else
#define product_gemm           gemm
#define product_copy           memcpy
#define product_gemm_by_rows   gemm_by_rows
#define product_gemm_over_rows gemm_over_rows
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

/* c_g = a_g op(b_g) + beta c_g (see gemm_by_rows). */
DRIVER void product_by_rows(gemm_side_t side_b, groups_t groups, long n, long k, span_t a, span_t b,
                            flt beta, span_t c) {
    IN_VALUES(product_gemm_by_rows(side_b, groups, n, k, a.v, b.v, beta, c.v);)
    IN_TANGENTS(product_gemm_by_rows(side_b, groups, n, k, a.t, b.v, beta, c.t);
                product_gemm_by_rows(side_b, groups, n, k, a.v, b.t, 1, c.t);)
}

/* c_g += a_g^T b_g (see gemm_over_rows). */
DRIVER void product_over_rows(groups_t groups, long m, long n, span_t a, span_t b, span_t c) {
    IN_VALUES(product_gemm_over_rows(groups, m, n, a.v, b.v, c.v);)
    IN_TANGENTS(product_gemm_over_rows(groups, m, n, a.t, b.v, c.t);
                product_gemm_over_rows(groups, m, n, a.v, b.t, c.t);)
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
