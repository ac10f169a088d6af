#include "spectral/shared_values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

typedef struct fit {
    const algebra_t *algebra;
    const rksp_options_t *options;
    int d, samples, rank;
    share_t x, y, u, op, product, work;
    double *variance, *scale, *inverse; /* [d]: eigenvalues, sqrt(. + epsilon), 1/variance or 0 */
    double *row;                        /* [d] work                                             */
} fit_t;

static void drop_all(fit_t *f) {
    share_t *all[] = {&f->x, &f->y, &f->u, &f->op, &f->product, &f->work};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) share_drop(all[i]);
    free(f->variance);
}

static status_t take_all(fit_t *f) {
    const algebra_t *a = f->algebra;
    f->variance = memory_take(4 * (size_t)f->d, sizeof *f->variance, "a spectrum");
    f->scale = f->variance + f->d;
    f->inverse = f->scale + f->d;
    f->row = f->inverse + f->d;
    TRY(a->take(a, f->d, f->samples, &f->x));
    TRY(a->take(a, f->d, f->samples, &f->y));
    share_t *squares[] = {&f->u, &f->op, &f->product, &f->work};
    for (size_t i = 0; i < sizeof squares / sizeof *squares; i++)
        TRY(a->take(a, f->d, f->d, squares[i]));
    return STATUS_OK;
}

/* C = X X^T / (N-1) = U diag(variance) U^T; directions below the tolerance do not count. */
static status_t whiten(fit_t *f) {
    const algebra_t *a = f->algebra;
    int d = f->d;
    a->multiply('N', 'T', 1.0 / (f->samples - 1), &f->x, &f->x, 0, &f->product);
    TRY(a->symmetric(&f->product, f->variance, &f->u));
    CHECK(f->variance[d - 1] > 0 && isfinite(f->variance[d - 1]), STATUS_FAILED,
          "spectral: all samples are equal, or not finite; nothing to profile");
    f->rank = 0;
    for (int k = 0; k < d; k++) {
        int counts = f->variance[k] > f->options->rank_tolerance * f->variance[d - 1];
        f->rank += counts;
        f->inverse[k] = counts ? 1 / f->variance[k] : 0;
        f->scale[k] = sqrt(fmax(f->variance[k], 0) + f->options->epsilon);
    }
    return STATUS_OK;
}

/* op += Y X^T/(N-1) U diag(1/variance) (as K in the basis U on its right), and y -= that times
 * U^T X: the second time it refines what the Gram matrix lost. */
static void regress(fit_t *f) {
    const algebra_t *a = f->algebra;
    a->multiply('N', 'T', 1.0 / (f->samples - 1), &f->y, &f->x, 0, &f->product);
    a->multiply('N', 'N', 1, &f->product, &f->u, 0, &f->work);
    share_scale(&f->work, NULL, f->inverse);
    for (int j = 0; j < f->op.local_cols; j++)
        for (int i = 0; i < f->op.local_rows; i++)
            f->op.at[(size_t)j * (size_t)f->op.ld + (size_t)i] +=
                f->work.at[(size_t)j * (size_t)f->work.ld + (size_t)i];
    a->multiply('N', 'T', 1, &f->work, &f->u, 0, &f->product);
    a->multiply('N', 'N', -1, &f->product, &f->x, 1, &f->y);
}

/* product = diag(1/scale) U^T K U diag(scale): the operator between whitened coordinates. */
static void to_whitened(fit_t *f) {
    for (int k = 0; k < f->d; k++) f->row[k] = 1 / f->scale[k];
    f->algebra->multiply('T', 'N', 1, &f->u, &f->op, 0, &f->product);
    share_scale(&f->product, f->row, f->scale);
}

/* |E|^2, |(A - I) Xw|^2 and |Xw|^2 over N-1 (dmd.h), E = Y - K X in whitened coordinates. */
static status_t measure_norms(fit_t *f, double norms[3]) {
    const algebra_t *a = f->algebra;
    share_t rotated;
    memset(norms, 0, 3 * sizeof *norms);
    TRY(a->take(a, f->d, f->samples, &rotated));
    a->multiply('T', 'N', 1, &f->u, &f->y, 0, &rotated);
    share_scale(&rotated, f->row, NULL);
    for (int j = 0; j < rotated.local_cols; j++)
        for (int i = 0; i < rotated.local_rows; i++)
            norms[0] += pow(rotated.at[(size_t)j * (size_t)rotated.ld + (size_t)i], 2);
    norms[0] /= f->samples - 1;
    share_drop(&rotated);
    for (int j = 0; j < f->product.local_cols; j++) {
        int k = a->col(&f->product, j);
        double share = fmax(f->variance[k], 0) / (f->scale[k] * f->scale[k]);
        for (int i = 0; i < f->product.local_rows; i++) {
            double entry = f->product.at[(size_t)j * (size_t)f->product.ld + (size_t)i];
            norms[1] += share * pow(entry - (a->row(&f->product, i) == k), 2);
        }
    }
    a->sum(a, norms, 2);
    for (int k = 0; k < f->d; k++)
        norms[2] += fmax(f->variance[k], 0) / (f->scale[k] * f->scale[k]);
    return STATUS_OK;
}

static int by_real_then_imaginary(const void *a, const void *b) {
    const double *x = a, *y = b;
    if (x[0] != y[0]) return x[0] < y[0] ? -1 : 1;
    return (x[1] > y[1]) - (x[1] < y[1]);
}

/* The compression to the directions that count is the last block of the operator. */
static status_t find_eigenvalues(fit_t *f, double *lambda) {
    const algebra_t *a = f->algebra;
    int n = f->rank, first = f->d - n;
    share_t t = {0}, q = {0};
    double *re = memory_take(2 * (size_t)n, sizeof *re, "eigenvalues"), *im = re + n;
    status_t status = a->take(a, n, n, &t);
    if (status == STATUS_OK) status = a->take(a, n, n, &q);
    if (status == STATUS_OK) {
        a->copy(&f->product, first, first, &t);
        status = a->schur(&t, &q, re, im);
    }
    for (int j = 0; j < n; j++) lambda[2 * j] = re[j], lambda[2 * j + 1] = im[j];
    qsort(lambda, (size_t)n, 2 * sizeof *lambda, by_real_then_imaginary);
    share_drop(&t);
    share_drop(&q);
    free(re);
    return status;
}

static void judge(const fit_t *f, const double norms[3], double *lambda, rksp_result_t *r) {
    int counted;
    const rksp_masses_t none = {NAN, NAN, NAN, NAN};
    *r = (rksp_result_t){.rank = f->rank,
                         .reliable = none,
                         .reliable_share = NAN,
                         .kappa_v = NAN,
                         .henrici = NAN,
                         .kreiss = NAN,
                         .kreiss_scaled = NAN,
                         .lambda = lambda};
    r->all = rksp_count_masses(f->options, f->rank, lambda, NULL, 0, &counted);
    for (int j = 0; j < f->rank; j++)
        r->rho = fmax(r->rho, hypot(lambda[2 * j], lambda[2 * j + 1]));
    double change = sqrt(norms[1] + norms[0]);
    r->eta_nl = change > 0 ? sqrt(norms[0]) / change : 0;
    r->change = change / sqrt(norms[2]);
    r->degenerate = !(r->change > f->options->degenerate_change);
}

status_t shared_values(const algebra_t *algebra, const rksp_options_t *options, int d, int samples,
                       const double *x, const double *y, double *lambda, rksp_result_t *result) {
    status_t status;
    double norms[3];
    fit_t f = {.algebra = algebra, .options = options, .d = d, .samples = samples};
    TRY_OR_DONE(take_all(&f));
    algebra->fill(&f.x, x);
    algebra->fill(&f.y, y);
    TRY_OR_DONE(whiten(&f));
    for (int pass = 0; pass < 2; pass++) regress(&f);
    to_whitened(&f);
    TRY_OR_DONE(measure_norms(&f, norms));
    TRY_OR_DONE(find_eigenvalues(&f, lambda));
    judge(&f, norms, lambda, result);
done:
    drop_all(&f);
    return status;
}
