#include "spectral/product_values.h"

#include <lapacke.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

/* gram[rows, rows] = x x^T. */
static void fill_gram(long rows, long cols, const flt *x, double *gram) {
    for (long i = 0; i < rows; i++)
        for (long j = 0; j <= i; j++) {
            double sum = 0;
            for (long k = 0; k < cols; k++)
                sum += (double)x[i * cols + k] * (double)x[j * cols + k];
            gram[i * rows + j] = gram[j * rows + i] = sum;
        }
}

static int is_finite(const double *x, long n) {
    long i = 0;
    while (i < n && isfinite(x[i])) i++;
    return i == n;
}

/* The generalised problem (B B^T)(A A^T) x = lambda x. */
status_t product_singular_values(long rows, long cols, const flt *a, const flt *b, double *values) {
    double *gram_a = memory_take(2 * (size_t)(rows * rows), sizeof *gram_a, "singular values");
    double *gram_b = gram_a + rows * rows;
    fill_gram(rows, cols, a, gram_a);
    fill_gram(rows, cols, b, gram_b);
    int info = 1, n = (int)rows;
    if (is_finite(gram_a, 2 * rows * rows))
        info = LAPACKE_dsygv(LAPACK_COL_MAJOR, 2, 'N', 'L', n, gram_b, n, gram_a, n, values);
    for (int i = 0; info == 0 && i < n; i++) values[i] = sqrt(fmax(values[i], 0));
    free(gram_a);
    CHECK(info == 0, STATUS_FAILED,
          "no singular values of a product: its first factor's rows are "
          "not independent, or a number is not finite");
    return STATUS_OK;
}
