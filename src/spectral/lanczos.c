#include "spectral/lanczos.h"

#include <float.h>
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/vector.h"

/* The projection of A on the vectors made so far. Owned, one block. */
typedef struct tridiagonal {
    double *diagonal, *beside; /* [products]                                */
    double *vectors;           /* [products, products], one after the other */
} tridiagonal_t;

long lanczos_work(long size, int products) { return size * (products + 1); }

static flt *row(const symmetric_t *a, flt *work, int i) { return work + a->size * i; }

/* Takes the part along the vectors 0 .. last out of w; twice, because once is not enough. */
static void orthogonalise(const symmetric_t *a, flt *work, int last, flt *w) {
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i <= last; i++)
            vector_add(-vector_dot(row(a, work, i), w, a->size), row(a, work, i), w, a->size);
}

/* What is left of a vector inside an invariant subspace, relative to A: rounding. */
static const double rounding = 4 * (sizeof(flt) == sizeof(float) ? FLT_EPSILON : DBL_EPSILON);

/* Fills t and work, counting in *used; returns 0 when A v is not finite. */
static int build(const symmetric_t *a, int products, const flt *v, flt *work, tridiagonal_t *t,
                 int *used) {
    double scale = 0;
    memcpy(work, v, (size_t)a->size * sizeof *v);
    for (int i = 0; i < products; i++) {
        flt *w = row(a, work, i + 1);
        *used = i + 1;
        a->apply(a->context, row(a, work, i), w);
        double length = vector_norm(w, a->size);
        if (!isfinite(length)) return 0;
        scale = fmax(scale, length);
        t->diagonal[i] = vector_dot(row(a, work, i), w, a->size);
        orthogonalise(a, work, i, w);
        t->beside[i] = symmetric_normalise(w, a->size);
        if (t->beside[i] <= rounding * scale) break;
    }
    return 1;
}

/* v = sum over i of weights[i] vector i */
static void combine(const symmetric_t *a, flt *work, int count, const double *weights, flt *v) {
    vector_scale(work, weights[0], v, a->size);
    for (int i = 1; i < count; i++) vector_add(weights[i], row(a, work, i), v, a->size);
    symmetric_normalise(v, a->size);
}

static status_t solve(const symmetric_t *a, int count, tridiagonal_t *t, flt *v, flt *work,
                      eigenpair_t *pair) {
    double last = t->beside[count - 1];
    int info =
        LAPACKE_dstev(LAPACK_COL_MAJOR, 'V', count, t->diagonal, t->beside, t->vectors, count);
    CHECK(info == 0, STATUS_FAILED,
          "LAPACK found no eigenvalues of a tridiagonal matrix (dstev %d)", info);
    const double *top = t->vectors + (size_t)count * (size_t)(count - 1);
    pair->value = t->diagonal[count - 1];
    pair->smallest = t->diagonal[0];
    pair->residual = fabs(last * top[count - 1]);
    combine(a, work, count, top, v);
    return STATUS_OK;
}

status_t lanczos_extremes(const symmetric_t *a, int products, flt *v, flt *work,
                          eigenpair_t *pair) {
    size_t m = (size_t)products;
    double *block = calloc(m * (m + 2), sizeof *block);
    CHECK(block, STATUS_ENVIRONMENT, "out of memory for %d Lanczos steps", products);
    tridiagonal_t t = {block, block + m, block + 2 * m};
    *pair = (eigenpair_t){.value = NAN, .residual = NAN, .smallest = NAN};
    status_t status = STATUS_OK;
    if (build(a, products, v, work, &t, &pair->products))
        status = solve(a, pair->products, &t, v, work, pair);
    free(block);
    return status;
}
