#include "spectral/rksp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "spectral/dmd_values.h"
#include "spectral/kreiss.h"
#include "spectral/projection.h"
#include "spectral/resdmd.h"
#include "spectral/schur.h"
#include "spectral/snapshots.h"

const rksp_options_t rksp_defaults = {
    .epsilon = 1e-5,
    .rank_tolerance = 1e-10,
    .expansive_above = 1.05,
    .near_unit_from = 0.90,
    .near_unit_to = 1.05,
    .contractive_below = 0.80,
    .reliable_residual = 0.1,
    .degenerate_change = 1e-3,
    .kreiss = 1,
};

typedef struct koopman_mode {
    double re, im, residual;
} koopman_mode_t;

struct rksp_workspace {
    rksp_options_t options;
    int features, samples;
    int modes;               /* d, or basis_rank                                        */
    arena_t arena;           /* owns everything below                                   */
    dense_t x, y;            /* d x N centred snapshots                                 */
    whitening_t whitening;   /* of X                                                    */
    projection_t projection; /* taken with a basis only                                 */
    dmd_t dmd;
    dmd_norms_t norms;
    schur_t schur;
    kreiss_t kreiss;
    dense_t square, identity; /* d x d work                                              */
    koopman_mode_t *sorted;   /* [modes]                                                 */
    double *lambda;           /* [modes,2]                                               */
    double *residual;         /* [modes]                                                 */
    double *vector;           /* [d] work                                                */
};

static status_t check_options(int features, int samples, const rksp_options_t *options) {
    int modes = options->basis ? options->basis_rank : features;
    int samples_min = options->samples_min ? options->samples_min : modes + 1;
    CHECK(features >= 1, STATUS_SPEC, "rksp: %d features; a layer has at least 1", features);
    CHECK(modes >= 1 && modes <= features, STATUS_SPEC,
          "rksp: a basis of %d vectors in %d dimensions; ask for 1 to %d", modes, features,
          features);
    CHECK(samples >= samples_min && samples >= 2, STATUS_SPEC,
          "rksp: %d samples for %d modes leave nothing to regress on; take at least %d samples "
          "(%d or more give unbiased masses)",
          samples, modes, samples_min > 2 ? samples_min : 2, 4 * modes);
    CHECK(options->epsilon >= 0 && options->rank_tolerance > 0 && options->rank_tolerance < 1,
          STATUS_SPEC, "rksp: epsilon %g and rank_tolerance %g; they are >= 0 and in (0,1)",
          options->epsilon, options->rank_tolerance);
    CHECK(options->contractive_below <= options->near_unit_from &&
              options->near_unit_from <= options->near_unit_to &&
              options->near_unit_to <= options->expansive_above,
          STATUS_SPEC,
          "rksp: bands |l| < %g, [%g, %g], > %g overlap; they must ascend in this order",
          options->contractive_below, options->near_unit_from, options->near_unit_to,
          options->expansive_above);
    return STATUS_OK;
}

static size_t bytes_needed(const rksp_workspace_t *w) {
    int d = w->features, n = w->samples, m = w->modes;
    size_t projected = w->options.basis ? projection_bytes(d, m, n) : 0;
    size_t lists = arena_round(sizeof(koopman_mode_t) * (size_t)m) +
                   arena_round(sizeof(double) * 2 * (size_t)m) +
                   arena_round(sizeof(double) * (size_t)m) +
                   arena_round(sizeof(double) * (size_t)d);
    return 2 * dense_bytes(d, n) + 2 * dense_bytes(d, d) + whitening_bytes(d) + projected +
           dmd_bytes(m) + schur_bytes(m) + kreiss_bytes(m) + lists;
}

static void take_all(rksp_workspace_t *w) {
    int d = w->features, n = w->samples, m = w->modes;
    arena_t *arena = &w->arena;
    w->x = dense_take(arena, d, n);
    w->y = dense_take(arena, d, n);
    w->whitening = whitening_take(arena, d);
    if (w->options.basis) w->projection = projection_take(arena, d, m, n);
    w->dmd = dmd_take(arena, m);
    w->schur = schur_take(arena, m);
    w->kreiss = kreiss_take(arena, m);
    w->square = dense_take(arena, d, d);
    w->identity = dense_take(arena, d, d);
    w->sorted = arena_take(arena, sizeof(koopman_mode_t) * (size_t)m);
    w->lambda = arena_take(arena, sizeof(double) * 2 * (size_t)m);
    w->residual = arena_take(arena, sizeof(double) * (size_t)m);
    w->vector = arena_take(arena, sizeof(double) * (size_t)d);
}

status_t rksp_create(int features, int samples, const rksp_options_t *options,
                     rksp_workspace_t **workspace) {
    status_t status = STATUS_OK;
    *workspace = NULL;
    TRY(check_options(features, samples, options));
    rksp_workspace_t *w = calloc(1, sizeof *w);
    CHECK(w, STATUS_ENVIRONMENT, "rksp: out of memory");
    w->options = *options;
    w->features = features;
    w->samples = samples;
    w->modes = options->basis ? options->basis_rank : features;
    TRY_OR_DONE(arena_create(bytes_needed(w), &w->arena));
    take_all(w);
    if (options->basis) TRY_OR_DONE(projection_set_basis(options->basis, &w->projection));
done:
    if (status != STATUS_OK) rksp_destroy(&w);
    *workspace = w;
    return status;
}

void rksp_destroy(rksp_workspace_t **workspace) {
    if (!*workspace) return;
    arena_destroy(&(*workspace)->arena);
    free(*workspace);
    *workspace = NULL;
}

/* The covariance in whose coordinates the operator stands. */
static const whitening_t *metric(const rksp_workspace_t *w) {
    return w->options.basis ? &w->projection.unit : &w->whitening;
}

/* Centred snapshots -> operator and residual, of the whole space or of the basis. */
static status_t fit(rksp_workspace_t *w) {
    const rksp_options_t *o = &w->options;
    if (o->values_only && !o->basis &&
        dmd_fit_values(w->x, w->y, o->epsilon, o->rank_tolerance, &w->whitening, &w->dmd,
                       &w->norms))
        return STATUS_OK;
    TRY(whitening_fit(w->x, o->epsilon, o->rank_tolerance, &w->whitening));
    if (o->basis)
        TRY(projection_fit(&w->whitening, w->x, w->y, o->rank_tolerance, &w->projection, &w->dmd));
    else
        dmd_fit(&w->whitening, w->x, w->y, &w->dmd);
    w->norms = dmd_norms(metric(w), &w->dmd);
    return STATUS_OK;
}

static int by_real_then_imaginary(const void *a, const void *b) {
    const koopman_mode_t *x = a, *y = b;
    if (x->re != y->re) return x->re < y->re ? -1 : 1;
    return (x->im > y->im) - (x->im < y->im);
}

static void list_modes(rksp_workspace_t *w, rksp_result_t *result) {
    const schur_t *schur = &w->schur;
    if (w->options.values_only)
        for (int j = 0; j < schur->n; j++) w->residual[j] = NAN;
    else
        resdmd_residuals(metric(w), &w->dmd, schur, w->residual);
    for (int j = 0; j < schur->n; j++)
        w->sorted[j] = (koopman_mode_t){schur->real[j], schur->imaginary[j], w->residual[j]};
    qsort(w->sorted, (size_t)schur->n, sizeof(koopman_mode_t), by_real_then_imaginary);
    for (int j = 0; j < schur->n; j++) {
        w->lambda[2 * j] = w->sorted[j].re;
        w->lambda[2 * j + 1] = w->sorted[j].im;
        w->residual[j] = w->sorted[j].residual;
    }
    result->rank = schur->n;
    result->lambda = w->lambda;
    result->residual = w->residual;
}

rksp_masses_t rksp_count_masses(const rksp_options_t *options, int n, const double *lambda,
                                const double *residual, double residual_max, int *counted) {
    int expansive = 0, near_unit = 0, contractive = 0, count = 0;
    for (int j = 0; j < n; j++) {
        double modulus = hypot(lambda[2 * j], lambda[2 * j + 1]);
        if (residual && !(residual[j] <= residual_max)) continue;
        count++;
        expansive += modulus > options->expansive_above;
        near_unit += modulus >= options->near_unit_from && modulus <= options->near_unit_to;
        contractive += modulus < options->contractive_below;
    }
    double total = count > 0 ? count : NAN;
    *counted = count;
    return (rksp_masses_t){expansive / total, near_unit / total, contractive / total,
                           (count - expansive - near_unit - contractive) / total};
}

static void measure_masses(const rksp_options_t *options, rksp_result_t *result) {
    int all, reliable, n = result->rank;
    const double *lambda = result->lambda, *residual = result->residual;
    result->all = rksp_count_masses(options, n, lambda, NULL, 0, &all);
    result->reliable =
        rksp_count_masses(options, n, lambda, residual, options->reliable_residual, &reliable);
    result->reliable_share = (double)reliable / all;
}

/* What eigenvectors tell. */
static void measure_vectors(rksp_workspace_t *w, rksp_result_t *result) {
    result->kappa_v = schur_kappa(&w->schur, w->square);
    result->henrici = schur_henrici(&w->schur);
    if (!w->options.kreiss) return;
    kreiss_constants(&w->kreiss, &w->schur, &result->kreiss, &result->kreiss_scaled);
}

static void measure(rksp_workspace_t *w, rksp_result_t *result) {
    const dmd_norms_t *norms = &w->norms;
    list_modes(w, result);
    measure_masses(&w->options, result);
    result->rho = schur_radius(&w->schur);
    result->eta_nl = norms->change > 0 ? norms->residual / norms->change : 0;
    result->change = norms->change / norms->size;
    result->degenerate = !(result->change > w->options.degenerate_change);
    result->kreiss = result->kreiss_scaled = result->kappa_v = result->henrici = NAN;
    if (w->options.values_only)
        result->reliable_share = NAN;
    else
        measure_vectors(w, result);
}

static status_t profile(rksp_workspace_t *w, rksp_result_t *result) {
    TRY(fit(w));
    dense_t a = dmd_compression(&w->dmd);
    if (w->options.values_only) {
        TRY(schur_values(a, &w->schur));
    } else {
        TRY(schur_decompose(a, &w->schur));
        TRY(schur_eigenvectors(&w->schur));
    }
    measure(w, result);
    return STATUS_OK;
}

status_t rksp_profile(rksp_workspace_t *w, const float *x, const float *y, int stride,
                      rksp_result_t *result) {
    TRY(snapshots_centre_f32("X", x, stride, w->x, w->vector));
    TRY(snapshots_centre_f32("Y", y, stride, w->y, w->vector));
    return profile(w, result);
}

status_t rksp_profile_f64(rksp_workspace_t *w, const double *x, const double *y, int stride,
                          rksp_result_t *result) {
    TRY(snapshots_centre_f64("X", x, stride, w->x, w->vector));
    TRY(snapshots_centre_f64("Y", y, stride, w->y, w->vector));
    return profile(w, result);
}

static void copy_row_major(dense_t from, double *to) {
    for (int i = 0; i < from.rows; i++)
        for (int j = 0; j < from.cols; j++) *to++ = dense_column(from, j)[i];
}

void rksp_operator(rksp_workspace_t *w, double *a) {
    dense_t whole = dense_view(w->square, 0, 0, w->modes, w->modes);
    dmd_operator(metric(w), &w->dmd, whole);
    copy_row_major(whole, a);
}

void rksp_whitening(rksp_workspace_t *w, double *out) {
    for (int j = 0; j < w->features; j++)
        for (int i = 0; i < w->features; i++) dense_column(w->identity, j)[i] = i == j;
    whitening_apply(&w->whitening, w->identity, w->square);
    copy_row_major(w->square, out);
}
