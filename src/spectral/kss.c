#include "spectral/kss.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>

#include "spectral/projection.h"
#include "spectral/schur.h"
#include "spectral/snapshots.h"

const kss_options_t kss_defaults = {
    .epsilon = 1e-5,
    .rank_tolerance = 1e-10,
    .steepness = 20,
    .upper = 1.05,
    .lower = 0.90,
    .target = 0.4,
    .weight = 1,
    .unstable_weight = 1,
    .overlap_min = 1e-8,
};

struct kss_workspace {
    kss_options_t options;
    arena_t arena;           /* owns everything below                                */
    dense_t x, y;            /* d x N centred snapshots                              */
    whitening_t whitening;   /* of X                                                 */
    projection_t projection; /* r x N projected snapshots                            */
    dmd_t dmd;
    schur_t schur;
    dense_t gx, gy;   /* d x N gradients with respect to the centred snapshots */
    dense_t g, h, s;  /* r x r work                                           */
    dense_t tall;     /* d x r work                                           */
    dense_t px, py;   /* r x N gradients with respect to projected snapshots  */
    dense_t gw, turn; /* d x d gradient with respect to W, work               */
    double *slope;    /* [r] dL/d|lambda_j|                                   */
    double *vector;   /* [d] work                                             */
};

static double sigmoid(double x) { return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)); }

static double softplus(double x) { return fmax(x, 0) + log1p(exp(-fabs(x))); }

/* --- loss --- */

static double near_unit(const kss_options_t *o, double a, double *slope) {
    double over = sigmoid(o->steepness * (a - o->lower));
    double under = sigmoid(o->steepness * (o->upper - a));
    *slope = o->steepness * over * under * (under - over); /* (1 - over) - (1 - under) */
    return over * under;
}

static double unstable(const kss_options_t *o, double a, double *slope) {
    double gate = sigmoid(o->steepness * (a - o->upper)), excess = softplus(a - o->upper);
    *slope = o->steepness * gate * (1 - gate) * excess * excess +
             2 * gate * excess * sigmoid(a - o->upper);
    return gate * excess * excess;
}

/* The loss, and slope[j] = dL/d|lambda_j|. */
static void loss(const kss_options_t *o, const schur_t *schur, double *slope,
                 kss_result_t *result) {
    int m = schur->n;
    double unstable_sum = 0, mass = 0, mass_slope;
    for (int j = 0; j < m; j++)
        mass += near_unit(o, hypot(schur->real[j], schur->imaginary[j]), &mass_slope) / m;
    for (int j = 0; j < m; j++) {
        double a = hypot(schur->real[j], schur->imaginary[j]);
        near_unit(o, a, &mass_slope);
        unstable_sum += o->unstable_weight * unstable(o, a, slope + j);
        slope[j] *= o->unstable_weight;
        slope[j] += 2 * o->weight * (mass - o->target) * mass_slope / m;
    }
    result->m_soft = mass;
    result->loss = unstable_sum + o->weight * (mass - o->target) * (mass - o->target);
    result->modes = m;
}

/* --- gradient --- */

/* weighted_j = conj(c_j) u_j, packed like the eigenvectors and doubled for a pair: its product with
 * v^T sums Re(conj(c_j) u_j v_j^*) over both members. Returns 0 for a mode without derivative. */
static int weigh_left_vector(const schur_t *schur, int j, double slope, double overlap_min,
                             dense_t weighted) {
    int pair = schur->imaginary[j] != 0;
    int usable = schur->overlap[j] >= overlap_min;
    double modulus = hypot(schur->real[j], schur->imaginary[j]), re, im;
    schur_overlap(schur, j, &re, &im);
    double complex c = 0;
    if (usable && modulus > 0)
        c = (1 + pair) * slope / modulus * (schur->real[j] + I * schur->imaginary[j]) /
            (re + I * im);
    for (int i = 0; i < schur->n; i++) {
        double complex u = dense_column(schur->left, j)[i];
        if (pair) u += I * dense_column(schur->left, j + 1)[i];
        dense_column(weighted, j)[i] = creal(c * u);
        if (pair) dense_column(weighted, j + 1)[i] = cimag(c * u);
    }
    return usable;
}

/* g = dL/dB of the compression B = Q T Q^T; the number of modes left out. */
static int compression_gradient(kss_workspace_t *w, dense_t g) {
    const schur_t *schur = &w->schur;
    int m = schur->n, skipped = 0;
    dense_t h = dense_view(w->h, 0, 0, m, m);
    for (int j = 0; j < m; j++) {
        int pair = schur->imaginary[j] != 0;
        int usable = weigh_left_vector(schur, j, w->slope[j], w->options.overlap_min, g);
        if (!usable) skipped += 1 + pair;
        j += pair;
    }
    dense_multiply_nt(1, g, schur->right, 0, h);
    dense_multiply_nn(1, schur->q, h, 0, g);
    dense_multiply_nt(1, g, schur->q, 0, h);
    dense_copy(h, g);
    return skipped;
}

/* s = dL/dA (X X^T)^+ from g = dL/dB, A = B in the coordinates of the range of X. */
static void through_gram(const whitening_t *unit, int samples, dense_t g, dense_t work, dense_t s) {
    dense_t kept = whitening_kept(unit);
    for (int j = 0; j < unit->rank; j++) {
        double squares = (samples - 1) * unit->variance[unit->features - unit->rank + j];
        for (int i = 0; i < unit->rank; i++) dense_column(g, j)[i] /= squares;
    }
    dense_multiply_nn(1, kept, g, 0, work);
    dense_multiply_nt(1, work, kept, 0, s);
}

/* A = Y X^+, E = Y - A X, S = dL/dA (X X^T)^+:  dL/dY = S X,  dL/dX = S^T E - A^T S X. */
static int projected_gradient(kss_workspace_t *w) {
    const projection_t *p = &w->projection;
    int m = w->schur.n, r = p->x.rows;
    dense_t g = dense_view(w->g, 0, 0, m, m);
    int skipped = compression_gradient(w, g);
    through_gram(&p->unit, p->x.cols, g, dense_view(w->h, 0, 0, r, m), w->s);
    dense_multiply_nn(1, w->s, p->x, 0, w->py);
    dmd_operator(&p->unit, &w->dmd, w->g);
    dense_multiply_tn(1, w->s, p->y, 0, w->px);
    dense_multiply_tn(-1, w->g, w->py, 1, w->px);
    return skipped;
}

/* Adds the part that goes through W = S^(-1/2) to gx: with M = P (px X^T + py Y^T) = dL/dW,
 * dL/dS = U (F o (U^T sym(M) U)) U^T, F_ij = -1/(s_i s_j (s_i + s_j)), s = scale: no difference
 * quotient, so equal eigenvalues do no harm. */
static void add_whitening_gradient(kss_workspace_t *w) {
    const whitening_t *white = &w->whitening;
    const double *s = white->scale;
    int d = white->features;
    dense_multiply_nt(1, w->x, w->px, 0, w->tall);
    dense_multiply_nt(1, w->y, w->py, 1, w->tall);
    dense_multiply_nt(0.5, w->projection.basis, w->tall, 0, w->gw);
    dense_multiply_nt(0.5, w->tall, w->projection.basis, 1, w->gw);
    dense_multiply_nn(1, w->gw, white->u, 0, w->turn);
    dense_multiply_tn(1, white->u, w->turn, 0, w->gw);
    for (int j = 0; j < d; j++)
        for (int i = 0; i < d; i++) dense_column(w->gw, j)[i] /= -s[i] * s[j] * (s[i] + s[j]);
    dense_multiply_nn(1, white->u, w->gw, 0, w->turn);
    dense_multiply_nt(1, w->turn, white->u, 0, w->gw);
    dense_multiply_nn(2.0 / (w->x.cols - 1), w->gw, w->x, 1, w->gx);
}

/* Gradients with respect to the raw snapshots in gx, gy; the number of modes left out. */
static int gradient(kss_workspace_t *w) {
    int skipped = projected_gradient(w);
    snapshots_remove_mean(w->px, w->vector); /* of r rows, so of all d of gx */
    snapshots_remove_mean(w->py, w->vector);
    dense_multiply_nn(1, w->projection.whitened, w->px, 0, w->gx);
    dense_multiply_nn(1, w->projection.whitened, w->py, 0, w->gy);
    if (w->options.differentiate_whitening) add_whitening_gradient(w);
    return skipped;
}

/* --- workspace --- */

static status_t check_shape(int features, int samples, const double *basis, int rank) {
    int modes = basis ? rank : features;
    CHECK(features >= 1 && modes >= 1 && modes <= features, STATUS_SPEC,
          "kss: %d modes of %d features; ask for 1 to %d", modes, features, features);
    CHECK(samples > modes, STATUS_SPEC,
          "kss: %d samples for %d modes leave nothing to regress on; take more than %d", samples,
          modes, modes);
    return STATUS_OK;
}

static size_t bytes_needed(int d, int r, int n) {
    return 4 * dense_bytes(d, n) + whitening_bytes(d) + projection_bytes(d, r, n) + dmd_bytes(r) +
           schur_bytes(r) + 3 * dense_bytes(r, r) + dense_bytes(d, r) + 2 * dense_bytes(r, n) +
           2 * dense_bytes(d, d) + arena_round(sizeof(double) * (size_t)r) +
           arena_round(sizeof(double) * (size_t)d);
}

static void take_all(kss_workspace_t *w, int d, int r, int n) {
    arena_t *arena = &w->arena;
    w->x = dense_take(arena, d, n);
    w->y = dense_take(arena, d, n);
    w->gx = dense_take(arena, d, n);
    w->gy = dense_take(arena, d, n);
    w->whitening = whitening_take(arena, d);
    w->projection = projection_take(arena, d, r, n);
    w->dmd = dmd_take(arena, r);
    w->schur = schur_take(arena, r);
    w->g = dense_take(arena, r, r);
    w->h = dense_take(arena, r, r);
    w->s = dense_take(arena, r, r);
    w->tall = dense_take(arena, d, r);
    w->px = dense_take(arena, r, n);
    w->py = dense_take(arena, r, n);
    w->gw = dense_take(arena, d, d);
    w->turn = dense_take(arena, d, d);
    w->slope = arena_take(arena, sizeof(double) * (size_t)r);
    w->vector = arena_take(arena, sizeof(double) * (size_t)d);
}

status_t kss_create(int features, int samples, const double *basis, int rank,
                    const kss_options_t *options, kss_workspace_t **workspace) {
    status_t status = STATUS_OK;
    int modes = basis ? rank : features;
    *workspace = NULL;
    TRY(check_shape(features, samples, basis, rank));
    kss_workspace_t *w = calloc(1, sizeof *w);
    CHECK(w, STATUS_ENVIRONMENT, "kss: out of memory");
    w->options = *options;
    TRY_OR_DONE(arena_create(bytes_needed(features, modes, samples), &w->arena));
    take_all(w, features, modes, samples);
    TRY_OR_DONE(projection_set_basis(basis, &w->projection));
done:
    if (status != STATUS_OK) kss_destroy(&w);
    *workspace = w;
    return status;
}

void kss_destroy(kss_workspace_t **workspace) {
    if (!*workspace) return;
    arena_destroy(&(*workspace)->arena);
    free(*workspace);
    *workspace = NULL;
}

/* --- evaluation --- */

static status_t evaluate(kss_workspace_t *w, int with_gradient, kss_result_t *result) {
    const kss_options_t *o = &w->options;
    TRY(whitening_fit(w->x, o->epsilon, o->rank_tolerance, &w->whitening));
    TRY(projection_fit(&w->whitening, w->x, w->y, o->rank_tolerance, &w->projection, &w->dmd));
    TRY(schur_decompose(dmd_compression(&w->dmd), &w->schur));
    *result = (kss_result_t){0};
    loss(o, &w->schur, w->slope, result);
    if (!with_gradient) return STATUS_OK;
    TRY(schur_eigenvectors(&w->schur));
    result->skipped = gradient(w);
    double size = dense_norm_frobenius(w->projection.whitened);
    size *= dense_norm_frobenius(w->px) + dense_norm_frobenius(w->py);
    CHECK(isfinite(size), STATUS_FAILED,
          "kss: the gradient is not finite (rho %g); leave this step out", schur_radius(&w->schur));
    return STATUS_OK;
}

status_t kss_evaluate(kss_workspace_t *w, const float *x, const float *y, int stride,
                      kss_result_t *result, float *gx, float *gy) {
    TRY(snapshots_centre_f32("X", x, stride, w->x, w->vector));
    TRY(snapshots_centre_f32("Y", y, stride, w->y, w->vector));
    TRY(evaluate(w, gx != NULL, result));
    if (!gx) return STATUS_OK;
    snapshots_write_f32(w->gx, gx, stride);
    snapshots_write_f32(w->gy, gy, stride);
    return STATUS_OK;
}

status_t kss_evaluate_f64(kss_workspace_t *w, const double *x, const double *y, int stride,
                          kss_result_t *result, double *gx, double *gy) {
    TRY(snapshots_centre_f64("X", x, stride, w->x, w->vector));
    TRY(snapshots_centre_f64("Y", y, stride, w->y, w->vector));
    TRY(evaluate(w, gx != NULL, result));
    if (!gx) return STATUS_OK;
    snapshots_write_f64(w->gx, gx, stride);
    snapshots_write_f64(w->gy, gy, stride);
    return STATUS_OK;
}
