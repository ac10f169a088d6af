#include "probe/curvature.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rng.h"
#include "kernel/flt_record.h"
#include "probe/curvature_log.h"
#include "probe/curvature_options.h"
#include "probe/hessian.h"
#include "spectral/lanczos.h"
#include "spectral/power.h"

/* One eigenvector that is followed: of H or G, of all parameters or those of one block. */
typedef struct tracker {
    curvature_matrix_t matrix;
    int layer;         /* of a block; -1 = all parameters                             */
    long first, count; /* of the parameters                                           */
    flt *x;            /* owned [count] P^-1/2 u of the last estimate (H: u)          */
    double shift;      /* of the power iteration                                      */
    int has_vector;    /* x is set                                                    */
} tracker_t;

struct curvature_probe {
    probe_setting_t setting;
    model_t *model; /* borrowed, as the next */
    optim_t *optim;
    curvature_options_t options;
    hessian_t *hessian;
    int tracker_count;
    tracker_t *trackers;      /* owned; of every matrix all parameters first, then the blocks */
    flt *root;                /* owned [model_size] diagonal of P^1/2               */
    flt *direction, *product; /* owned [model_size] of all parameters               */
    flt *u, *before, *work;   /* owned: present vector, last one, the solver's      */
    curvature_log_t log;
    curvature_now_t now;
};

/* --- creation --- */

/* The stretch of theta that holds the parameters of block `layer`, which lie side by side. */
static void find_block(const graph_t *graph, int layer, tracker_t *tracker) {
    const parameter_t *p = graph_parameters(graph);
    long end = 0;
    tracker->first = graph_size(graph);
    for (long i = 0; i < graph_parameter_count(graph); i++) {
        if (p[i].facts.block != layer) continue;
        if (p[i].offset < tracker->first) tracker->first = p[i].offset;
        end = p[i].offset + p[i].rows * p[i].cols;
    }
    tracker->count = end - tracker->first;
}

static status_t add_tracker(curvature_probe_t *probe, curvature_matrix_t matrix, int layer) {
    tracker_t *tracker = &probe->trackers[probe->tracker_count++];
    *tracker = (tracker_t){.matrix = matrix, .layer = layer, .count = model_size(probe->model)};
    if (layer >= 0) find_block(model_graph(probe->model), layer, tracker);
    tracker->x = calloc((size_t)tracker->count + 1, sizeof *tracker->x);
    CHECK(tracker->x, STATUS_ENVIRONMENT, "out of memory for the eigenvectors of curvature");
    return STATUS_OK;
}

static status_t add_trackers(curvature_probe_t *probe) {
    int layers = (int)probe->log.layers;
    probe->trackers = calloc((size_t)(CURVATURE_MATRICES * (layers + 1)), sizeof *probe->trackers);
    CHECK(probe->trackers, STATUS_ENVIRONMENT, "out of memory for the curvature probe");
    for (curvature_matrix_t matrix = 0; matrix < CURVATURE_MATRICES; matrix++)
        for (int layer = -1; probe->log.is_on[matrix] && layer < layers; layer++)
            TRY(add_tracker(probe, matrix, layer));
    return STATUS_OK;
}

static status_t allocate(curvature_probe_t *probe) {
    size_t n = (size_t)model_size(probe->model);
    size_t work = (size_t)curvature_options_work(&probe->options, (long)n);
    probe->root = malloc(n * sizeof(flt));
    probe->direction = malloc(n * sizeof(flt));
    probe->product = malloc(n * sizeof(flt));
    probe->u = malloc(n * sizeof(flt));
    probe->before = malloc(n * sizeof(flt));
    probe->work = malloc(work * sizeof(flt));
    CHECK(probe->root && probe->direction && probe->product && probe->u && probe->before &&
              probe->work,
          STATUS_ENVIRONMENT,
          "out of memory for the curvature of %zu parameters; lower curvature.lanczos_steps", n);
    return add_trackers(probe);
}

static status_t prepare(curvature_probe_t *probe, task_t *task, int64_t steps) {
    const curvature_options_t *o = &probe->options;
    probe->log = (curvature_log_t){
        .capacity = (size_t)curvature_options_estimates(o, steps),
        .is_on = {[CURVATURE_HESSIAN] = o->hessian, [CURVATURE_PRECONDITIONED] = o->preconditioned},
        .batches = (size_t)o->batches,
        .layers = o->blocks ? (size_t)model_options(probe->model)->layers : 0,
    };
    TRY(curvature_log_create(&probe->log));
    TRY(allocate(probe));
    TRY(hessian_create(probe->setting.config, task, probe->model, o->batches, o->chunk,
                       &probe->hessian));
    if (!curvature_options_follow_training(o))
        hessian_set_precision(probe->hessian, &precision_f32);
    return STATUS_OK;
}

status_t curvature_probe_create(const probe_setting_t *setting, task_t *task, model_t *model,
                                optim_t *optim, int64_t steps, curvature_probe_t **out) {
    status_t status;
    curvature_probe_t *probe = calloc(1, sizeof *probe);
    CHECK(probe, STATUS_ENVIRONMENT, "out of memory for the curvature probe");
    probe->setting = *setting;
    probe->model = model;
    probe->optim = optim;
    probe->now = (curvature_now_t){.lr_lambda = NAN, .edge = NAN, .step = -1};
    TRY_OR_DONE(curvature_options_read(setting->config, steps, &probe->options));
    if (probe->options.every) TRY_OR_DONE(prepare(probe, task, steps));
done:
    if (status != STATUS_OK) curvature_probe_destroy(&probe);
    *out = probe;
    return status;
}

void curvature_probe_destroy(curvature_probe_t **out) {
    curvature_probe_t *probe = *out;
    if (!probe) return;
    for (int i = 0; i < probe->tracker_count; i++) free(probe->trackers[i].x);
    hessian_destroy(&probe->hessian);
    curvature_log_destroy(&probe->log);
    free(probe->trackers);
    free(probe->root);
    free(probe->direction);
    free(probe->product);
    free(probe->u);
    free(probe->before);
    free(probe->work);
    free(probe);
    *out = NULL;
}

int curvature_probe_is_due(const curvature_probe_t *probe, int64_t step) {
    return probe->options.every && step % probe->options.every == 0;
}

/* --- measuring --- */

typedef struct view {
    curvature_probe_t *probe;
    const tracker_t *tracker;
} view_t;

static const flt *root_of(const curvature_probe_t *probe, const tracker_t *tracker) {
    return probe->root + tracker->first;
}

/* x = P^-1/2 u, or u for H; x may be u. */
static void to_parameters(const curvature_probe_t *probe, const tracker_t *t, const flt *u,
                          flt *x) {
    int is_preconditioned = t->matrix == CURVATURE_PRECONDITIONED;
    const flt *root = root_of(probe, t);
    for (long i = 0; i < t->count; i++) x[i] = is_preconditioned ? u[i] / root[i] : u[i];
}

/* u = P^1/2 x, of length 1. */
static void from_parameters(const curvature_probe_t *probe, const tracker_t *t, const flt *x,
                            flt *u) {
    int is_preconditioned = t->matrix == CURVATURE_PRECONDITIONED;
    const flt *root = root_of(probe, t);
    for (long i = 0; i < t->count; i++) u[i] = is_preconditioned ? x[i] * root[i] : x[i];
    symmetric_normalise(u, t->count);
}

/* A v = S^T P^-1/2 H P^-1/2 S v, where S puts v on the tracker's parameters and 0 on all others (a
 * block's own Hessian: a principal submatrix, whose largest eigenvalue is at most the whole's), and
 * P is the identity for H. G is similar to P^-1 H but symmetric, so that both methods apply. */
static void apply(void *context, const flt *v, flt *av) {
    const view_t *view = context;
    curvature_probe_t *probe = view->probe;
    const tracker_t *t = view->tracker;
    memset(probe->direction, 0, (size_t)model_size(probe->model) * sizeof(flt));
    to_parameters(probe, t, v, probe->direction + t->first);
    hessian_product(probe->hessian, probe->direction, probe->product);
    to_parameters(probe, t, probe->product + t->first, av);
}

/* The vector to start from in probe->u, the last one, carried along, in probe->before. Between two
 * estimates training turns the leading eigenvector by little, so starting from the last one is
 * worth several products (docs/deviations.md has the figures); what P has done to G meanwhile is
 * undone by u_t = P_t^1/2 P_{t-1}^-1/2 u_{t-1}, which is P_t^1/2 times the x kept. A random start
 * is keyed by the number of the estimate: a resumed trial meets the same one. */
static void start(curvature_probe_t *probe, tracker_t *t) {
    const probe_setting_t *setting = &probe->setting;
    if (t->has_vector) from_parameters(probe, t, t->x, probe->before);
    if (t->has_vector && !probe->options.cold_start) {
        memcpy(probe->u, probe->before, (size_t)t->count * sizeof(flt));
        return;
    }
    rng_t rng =
        rng_open(setting->seed, setting->replica, "curvature.start", (uint32_t)probe->log.count);
    for (long i = 0; i < t->count; i++) probe->u[i] = (flt)rng_normal(&rng);
    symmetric_normalise(probe->u, t->count);
    t->shift = 0;
}

/* One more product, of the vector found, for its spread over the batches: that of the last product
 * otherwise is of Lanczos' last vector. */
static status_t solve_lanczos(curvature_probe_t *probe, const symmetric_t *matrix,
                              eigenpair_t *pair) {
    int steps = (int)probe->options.lanczos_steps;
    TRY(lanczos_extremes(matrix, steps, probe->u, probe->work, pair));
    if (probe->log.batches < 2) return STATUS_OK;
    matrix->apply(matrix->context, probe->u, probe->work);
    pair->products++;
    return STATUS_OK;
}

/* The shift may have become too large meanwhile: it falls by half each time, and rises at once. */
static status_t solve(curvature_probe_t *probe, tracker_t *t, eigenpair_t *pair) {
    view_t view = {probe, t};
    const symmetric_t matrix = {apply, &view, t->count};
    const curvature_options_t *o = &probe->options;
    if (curvature_options_use_lanczos(o)) return solve_lanczos(probe, &matrix, pair);
    t->shift /= 2;
    *pair = power_iterate(&matrix, (int)o->products, 0, &t->shift, probe->u, probe->work);
    return STATUS_OK;
}

static status_t follow(curvature_probe_t *probe, tracker_t *t, curvature_estimate_t *estimate) {
    eigenpair_t pair;
    start(probe, t);
    TRY(solve(probe, t, &pair));
    /* A vector of a product that left the numbers would spoil all later estimates. */
    int is_good = isfinite(pair.value), has_before = t->has_vector && is_good;
    *estimate = (curvature_estimate_t){
        .lambda = pair.value,
        .smallest = pair.smallest,
        .residual = pair.residual,
        .angle = has_before ? symmetric_angle(probe->u, probe->before, t->count) : NAN,
        .standard_error = hessian_standard_error(probe->hessian),
        .products = pair.products,
    };
    if (is_good) to_parameters(probe, t, probe->u, t->x);
    t->has_vector = is_good;
    return STATUS_OK;
}

/* lr lambda(G) is what the optimizer's stability is about where it has a preconditioner: there H is
 * measured for comparison, against the edge of plain gradient descent, 2. */
static double edge_of(const curvature_probe_t *probe, curvature_matrix_t matrix) {
    int is_own =
        matrix == CURVATURE_PRECONDITIONED || !optim_is_preconditioned(probe->setting.config);
    return probe->optim && is_own ? optim_edge(probe->optim) : 2;
}

/* Logs it; the matrix that is judged by is the last of those that are on. */
static void keep(curvature_probe_t *probe, const tracker_t *t, curvature_estimate_t *estimate,
                 const curvature_moment_t *moment) {
    if (t->layer >= 0) {
        curvature_log_blocks(&probe->log, t->matrix)[t->layer] = estimate->lambda;
        return;
    }
    double edge = edge_of(probe, t->matrix);
    estimate->lr_lambda = moment->lr * estimate->lambda;
    estimate->edge = edge / moment->lr;
    *curvature_log_estimate(&probe->log, t->matrix) = *estimate;
    probe->now = (curvature_now_t){estimate->lr_lambda, edge, moment->step};
}

/* P as the update of this very step will divide by it; the estimate is taken between the gradient
 * and the update, so P's number is one ahead of the steps done. */
static void set_root(curvature_probe_t *probe, int64_t step) {
    if (!probe->options.preconditioned) return;
    optim_preconditioner(probe->optim, step + 1, probe->root);
    for (long i = 0, n = model_size(probe->model); i < n; i++)
        probe->root[i] = (flt)sqrt((double)probe->root[i]);
}

static status_t follow_all(curvature_probe_t *probe, const curvature_moment_t *moment) {
    for (int i = 0; i < probe->tracker_count; i++) {
        curvature_estimate_t estimate;
        TRY(follow(probe, &probe->trackers[i], &estimate));
        keep(probe, &probe->trackers[i], &estimate, moment);
    }
    return STATUS_OK;
}

status_t curvature_probe_run(curvature_probe_t *probe, const curvature_moment_t *moment) {
    double start = clock_seconds();
    int64_t *batch = curvature_log_batches(&probe->log);
    for (int k = 0; k < (int)probe->log.batches; k++) batch[k] = hessian_batch_id(k, moment->step);
    set_root(probe, moment->step);
    hessian_begin(probe->hessian, moment->batch, moment->passes);
    status_t status = follow_all(probe, moment);
    hessian_end(probe->hessian);
    curvature_log_end(&probe->log, moment->step, clock_seconds() - start);
    return status;
}

void curvature_probe_record(const curvature_probe_t *probe, record_t *record) {
    curvature_log_record(&probe->log, record);
}

/* --- checkpoints --- */

/* Numbers of tracker i: its vector, and [shift, has it a vector]. */
static void name_tracker(int i, char vector[RECORD_PATH_MAX], char numbers[RECORD_PATH_MAX]) {
    snprintf(vector, RECORD_PATH_MAX, "curvature_probe/vector_%d", i);
    snprintf(numbers, RECORD_PATH_MAX, "curvature_probe/numbers_%d", i);
}

void curvature_probe_save(const curvature_probe_t *probe, record_t *record) {
    char vector[RECORD_PATH_MAX], numbers[RECORD_PATH_MAX];
    if (!probe->options.every) return;
    curvature_log_save(&probe->log, record);
    const double now[] = {probe->now.lr_lambda, probe->now.edge, (double)probe->now.step};
    record_put_vector(record, "curvature_probe/now", now, 3);
    for (int i = 0; i < probe->tracker_count; i++) {
        const tracker_t *t = &probe->trackers[i];
        size_t count = (size_t)t->count;
        name_tracker(i, vector, numbers);
        record_put(record, vector, RECORD_FLT, 1, &count, t->x);
        record_put_vector(record, numbers, (const double[]){t->shift, t->has_vector}, 2);
    }
}

status_t curvature_probe_load(curvature_probe_t *probe, const record_t *record) {
    char vector[RECORD_PATH_MAX], numbers[RECORD_PATH_MAX];
    double now[3], state[2];
    if (!probe->options.every) return STATUS_OK;
    TRY(curvature_log_load(&probe->log, record));
    TRY(record_get(record, "curvature_probe/now", RECORD_F64, 3, now));
    probe->now = (curvature_now_t){now[0], now[1], (int64_t)now[2]};
    for (int i = 0; i < probe->tracker_count; i++) {
        tracker_t *t = &probe->trackers[i];
        name_tracker(i, vector, numbers);
        TRY(record_get(record, vector, RECORD_FLT, (size_t)t->count, t->x));
        TRY(record_get(record, numbers, RECORD_F64, 2, state));
        t->shift = state[0];
        t->has_vector = state[1] != 0;
    }
    return STATUS_OK;
}

curvature_now_t curvature_probe_now(const curvature_probe_t *probe) { return probe->now; }
