#include "spectral/shared_profile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "spectral/shared_vectors.h"

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

static double squares(const share_t *m) {
    double total = 0;
    for (int j = 0; j < m->local_cols; j++)
        for (int i = 0; i < m->local_rows; i++)
            total += pow(m->at[(size_t)j * (size_t)m->ld + (size_t)i], 2);
    return total;
}

/* E = Y - K X in whitened coordinates: |E|^2 over N-1, this rank's part of the sum; and work = E
 * E^T/(N-1). */
static status_t measure_residual(fit_t *f, double *square) {
    const algebra_t *a = f->algebra;
    share_t rotated;
    TRY(a->take(a, f->d, f->samples, &rotated));
    a->multiply('T', 'N', 1, &f->u, &f->y, 0, &rotated);
    share_scale(&rotated, f->row, NULL);
    *square = squares(&rotated) / (f->samples - 1);
    if (!f->options->values_only)
        a->multiply('N', 'T', 1.0 / (f->samples - 1), &rotated, &rotated, 0, &f->work);
    share_drop(&rotated);
    return STATUS_OK;
}

/* |E|^2, |(A - I) Xw|^2 and |Xw|^2 over N-1 (dmd.h). */
static status_t measure_norms(fit_t *f, double norms[3]) {
    const algebra_t *a = f->algebra;
    memset(norms, 0, 3 * sizeof *norms);
    TRY(measure_residual(f, &norms[0]));
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

/* --- modes --- */

typedef struct mode {
    double re, im, residual;
} shared_mode_t;

static int by_real_then_imaginary(const void *a, const void *b) {
    const shared_mode_t *x = a, *y = b;
    if (x->re != y->re) return x->re < y->re ? -1 : 1;
    return (x->im > y->im) - (x->im < y->im);
}

static void sort_modes(int n, const double *re, const double *im, double *lambda,
                       double *residual) {
    shared_mode_t *modes = memory_take((size_t)n, sizeof *modes, "modes");
    for (int j = 0; j < n; j++) modes[j] = (shared_mode_t){re[j], im[j], residual[j]};
    qsort(modes, (size_t)n, sizeof *modes, by_real_then_imaginary);
    for (int j = 0; j < n; j++) {
        lambda[2 * j] = modes[j].re;
        lambda[2 * j + 1] = modes[j].im;
        residual[j] = modes[j].residual;
    }
    free(modes);
}

/* The compression to the directions that count is the last block of the operator. */
static status_t find_modes(fit_t *f, const share_t *e, share_t *t, share_t *q, double *lambda,
                           double *residual, rksp_result_t *result) {
    const algebra_t *a = f->algebra;
    int n = f->rank, first = f->d - n;
    double *re = memory_take(2 * (size_t)n, sizeof *re, "eigenvalues"), *im = re + n;
    a->copy(&f->product, first, first, t);
    status_t status = a->schur(t, q, re, im);
    for (int j = 0; j < n; j++) residual[j] = NAN;
    for (int j = 0; j < n; j++) { /* that of Xw */
        int k = first + j;
        f->row[j] = f->variance[k] / (f->scale[k] * f->scale[k]);
    }
    if (status == STATUS_OK && !f->options->values_only)
        status = shared_vectors(f->options, t, q, re, im, e, f->row, residual, result);
    if (status == STATUS_OK) sort_modes(n, re, im, lambda, residual);
    free(re);
    return status;
}

static status_t decompose(fit_t *f, double *lambda, double *residual, rksp_result_t *result) {
    const algebra_t *a = f->algebra;
    int n = f->rank, wants_vectors = !f->options->values_only;
    status_t status;
    share_t t = {0}, q = {0}, e = {0};
    TRY_OR_DONE(a->take(a, n, n, &t));
    TRY_OR_DONE(a->take(a, n, n, &q));
    if (wants_vectors) TRY_OR_DONE(a->take(a, n, n, &e));
    if (wants_vectors) a->copy(&f->work, f->d - n, f->d - n, &e);
    TRY_OR_DONE(find_modes(f, &e, &t, &q, lambda, residual, result));
done:
    share_drop(&t);
    share_drop(&q);
    share_drop(&e);
    return status;
}

static void judge(const fit_t *f, const double norms[3], rksp_result_t *r) {
    int counted;
    const rksp_options_t *options = f->options;
    const double *residual = options->values_only ? NULL : r->residual;
    r->all = rksp_count_masses(options, r->rank, r->lambda, NULL, 0, &counted);
    if (residual) {
        r->reliable = rksp_count_masses(options, r->rank, r->lambda, residual,
                                        options->reliable_residual, &counted);
        r->reliable_share = (double)counted / r->rank;
    }
    for (int j = 0; j < r->rank; j++)
        r->rho = fmax(r->rho, hypot(r->lambda[2 * j], r->lambda[2 * j + 1]));
    double change = sqrt(norms[1] + norms[0]);
    r->eta_nl = change > 0 ? sqrt(norms[0]) / change : 0;
    r->change = change / sqrt(norms[2]);
    r->degenerate = !(r->change > options->degenerate_change);
}

status_t shared_profile(const algebra_t *algebra, const rksp_options_t *options, int d, int samples,
                        const double *x, const double *y, double *lambda, double *residual,
                        rksp_result_t *result) {
    status_t status;
    double norms[3];
    const rksp_masses_t none = {NAN, NAN, NAN, NAN};
    fit_t f = {.algebra = algebra, .options = options, .d = d, .samples = samples};
    *result = (rksp_result_t){.reliable = none,
                              .reliable_share = NAN,
                              .kappa_v = NAN,
                              .henrici = NAN,
                              .kreiss = NAN,
                              .kreiss_scaled = NAN,
                              .lambda = lambda,
                              .residual = residual};
    TRY_OR_DONE(take_all(&f));
    algebra->fill(&f.x, x);
    algebra->fill(&f.y, y);
    TRY_OR_DONE(whiten(&f));
    for (int pass = 0; pass < 2; pass++) regress(&f);
    to_whitened(&f);
    TRY_OR_DONE(measure_norms(&f, norms));
    result->rank = f.rank;
    TRY_OR_DONE(decompose(&f, lambda, residual, result));
    judge(&f, norms, result);
done:
    drop_all(&f);
    return status;
}
