#include "stabilizer/kss.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "spectral/kss.h"
#include "spectral/projection.h"
#include "stabilizer/hidden_gradient.h"

struct kss_settings {
    double alpha, layers, clip, target, weight, unstable_weight, steepness;
    int64_t every, rank, samples;
    bool sham, differentiate_whitening, local;
};

#define OPTIONS struct kss_settings
static const field_t fields[] = {
    REAL_FIELD("kss.alpha", alpha, .min = 0, .max = 1e6, .fallback = "0",
               .doc = "weight of the spectral shaping loss; 0 = off"),
    INT_FIELD("kss.every", every, .min = 1, .max = 1e9, .fallback = "10",
              .doc = "steps between two applications", .needs = "kss.alpha"),
    REAL_FIELD("kss.layers", layers, .min = 0, .max = 1, .fallback = "0.5",
               .doc = "share of the layers drawn each time, at least one", .needs = "kss.alpha"),
    INT_FIELD("kss.rank", rank, .min = 0, .max = 16384, .fallback = "32",
              .doc = "columns of the constant random basis; 0 = no projection",
              .needs = "kss.alpha"),
    INT_FIELD("kss.samples", samples, .min = 2, .max = 1e6, .fallback = "2048",
              .doc = "positions of the batch used, as far as there are", .needs = "kss.alpha"),
    REAL_FIELD("kss.gamma", target, .min = 0, .max = 1, .fallback = "0.4",
               .doc = "near-unit mass asked for", .needs = "kss.alpha"),
    REAL_FIELD("kss.beta", weight, .min = 0, .max = 1e6, .fallback = "1",
               .doc = "weight of the near-unit term", .needs = "kss.alpha"),
    REAL_FIELD("kss.unstable", unstable_weight, .min = 0, .max = 1e6, .fallback = "1",
               .doc = "weight of the unstable term", .needs = "kss.alpha"),
    REAL_FIELD("kss.steepness", steepness, .min = 0.1, .max = 1e4, .fallback = "20",
               .doc = "T of the soft masses", .needs = "kss.alpha"),
    REAL_FIELD("kss.clip", clip, .min = 1e-6, .max = 1e30, .fallback = "1",
               .doc = "the shaping gradient is scaled down to this norm", .needs = "kss.alpha"),
    BOOL_FIELD("kss.sham", sham, .fallback = "false",
               .doc = "random signs in the shaping gradient, same magnitudes: a control",
               .needs = "kss.alpha"),
    BOOL_FIELD("kss.differentiate_whitening", differentiate_whitening, .fallback = "false",
               .doc = "follow the gradient through the whitening; false: it is a constant "
                      "of the step",
               .needs = "kss.alpha"),
    BOOL_FIELD("kss.local", local, .fallback = "false",
               .doc = "h_l is a constant of the step: only the layer that makes h_{l+1} is shaped",
               .needs = "kss.alpha"),
};
static const field_set_t kss_fields = FIELD_SET("Koopman spectral shaping", fields);

/* kss_evaluate in the precision of the build. */
#define evaluate _Generic((flt)0, float : kss_evaluate, double : kss_evaluate_f64)

/* One row of the log per application. */
typedef struct shaping {
    int64_t step;
    double loss, m_soft, grad_norm, seconds;
} shaping_t;

typedef struct kss {
    struct kss_settings options;
    uint64_t seed;
    uint32_t replica;
    int rows, width; /* snapshots used of a hidden state, and its width */
    long stride;     /* every stride-th position of the batch is used   */
    kss_workspace_t *workspace;
    hidden_gradient_t hidden;
    flt *gx, *gy;   /* owned, laid out like the hidden states          */
    shaping_t *log; /* owned [log_room]                                */
    size_t log_count, log_room;
    int64_t skipped;
} kss_t;

static status_t needs(const config_t *config, stabilizer_needs_t *needs) {
    struct kss_settings o;
    config_read(config, &kss_fields, &o);
    if (o.alpha == 0) return STATUS_OK;
    CHECK(o.weight > 0 || o.unstable_weight > 0, STATUS_SPEC,
          "kss.beta and kss.unstable are both 0: nothing is left of the shaping loss; set one");
    double width = config_number(config, "model.width");
    CHECK(o.rank < o.samples && (o.rank > 0 || width < (double)o.samples), STATUS_SPEC,
          "kss.samples: %ld samples cannot determine a spectrum of %ld modes; raise it",
          (long)o.samples, o.rank ? (long)o.rank : (long)width);
    CHECK((double)o.rank <= width, STATUS_SPEC,
          "kss.rank: %ld is more than model.width %.0f; lower it", (long)o.rank, width);
    hidden_gradient_needs(config, (double)o.every, needs);
    int64_t modes = o.rank ? o.rank : (int64_t)width;
    /* N samples of m modes determine a spectrum only where N > m. */
    if (needs->positions <= modes) needs->positions = modes + 1;
    return STATUS_OK;
}

static void destroy(void *state) {
    kss_t *kss = state;
    kss_destroy(&kss->workspace);
    hidden_gradient_destroy(&kss->hidden);
    free(kss->gx);
    free(kss->gy);
    free(kss->log);
    free(kss);
}

/* The basis is drawn once and kept: the same spectrum is followed through the whole run. */
static status_t create_workspace(kss_t *kss) {
    const struct kss_settings *o = &kss->options;
    kss_options_t options = kss_defaults;
    options.steepness = o->steepness;
    options.target = o->target;
    options.weight = o->weight;
    options.unstable_weight = o->unstable_weight;
    options.differentiate_whitening = o->differentiate_whitening;
    if (o->rank == 0) return kss_create(kss->width, kss->rows, NULL, 0, &options, &kss->workspace);
    double *basis = malloc((size_t)o->rank * (size_t)kss->width * sizeof *basis);
    CHECK(basis, STATUS_ENVIRONMENT, "out of memory for spectral shaping");
    rng_t rng = rng_open(kss->seed, kss->replica, "kss/basis", 0);
    projection_random_basis(&rng, kss->width, (int)o->rank, basis);
    status_t status =
        kss_create(kss->width, kss->rows, basis, (int)o->rank, &options, &kss->workspace);
    free(basis);
    return status;
}

static status_t create(const trial_t *trial, model_t *model, void **state) {
    if (config_number(trial->config, "kss.alpha") == 0) return STATUS_OK;
    kss_t *kss = *state = calloc(1, sizeof *kss);
    CHECK(kss, STATUS_ENVIRONMENT, "out of memory for spectral shaping");
    config_read(trial->config, &kss_fields, &kss->options);
    matrix_t hidden = model_hidden(model, 0);
    kss->seed = trial->seed;
    kss->replica = trial->replica;
    kss->width = (int)hidden.cols;
    kss->stride = hidden.rows > kss->options.samples ? hidden.rows / kss->options.samples : 1;
    kss->rows = (int)fmin((double)kss->options.samples, (double)(hidden.rows / kss->stride));
    /* kss_evaluate writes gradients row by row in the stride that it reads the states in. */
    size_t numbers = (size_t)(hidden.rows * hidden.cols);
    kss->gx = malloc(numbers * sizeof *kss->gx);
    kss->gy = malloc(numbers * sizeof *kss->gy);
    CHECK(kss->gx && kss->gy, STATUS_ENVIRONMENT, "out of memory for spectral shaping");
    TRY(create_workspace(kss));
    return hidden_gradient_create(model, kss->options.local, &kss->hidden);
}

/* seed += scale g on the positions used; g is not set on the others. */
static void spread(const kss_t *kss, const flt *g, double scale, flt *seed) {
    for (long row = 0; row < kss->rows * kss->stride; row += kss->stride)
        for (long i = row * kss->width; i < (row + 1) * kss->width; i++)
            seed[i] += (flt)(scale * (double)g[i]);
}

/* Adds 1/k of one of k drawn transitions to the shaping loss, alpha/k d loss/d h_l and d h_{l+1} to
 * the seeds (with kss.local the former is no variable). 0 when a number is not finite: nothing is
 * added. */
static int shape_layer(kss_t *kss, const step_t *step, int l, int count, shaping_t *shaping) {
    const flt *x = model_hidden(step->model, l).at.v, *y = model_hidden(step->model, l + 1).at.v;
    int stride = (int)(kss->stride * kss->width);
    double scale = kss->options.alpha / count;
    kss_result_t result;
    if (evaluate(kss->workspace, x, y, stride, &result, kss->gx, kss->gy) != STATUS_OK) return 0;
    shaping->loss += result.loss / count;
    shaping->m_soft += result.m_soft / count;
    if (!kss->options.local) spread(kss, kss->gx, scale, hidden_gradient_at(&kss->hidden, step, l));
    spread(kss, kss->gy, scale, hidden_gradient_at(&kss->hidden, step, l + 1));
    return 1;
}

/* The sham: E of what is added is 0, its size is the real one's. It moves as far and as often in no
 * direction, so what it changes is not shaping. */
static void random_signs(void *context, flt *gradient, long n) {
    rng_t *rng = context;
    uint32_t bits = 0;
    for (long i = 0; i < n; i++, bits >>= 1) {
        if (i % 32 == 0) bits = rng_bits(rng);
        if (bits & 1) gradient[i] = -gradient[i];
    }
}

static void log_shaping(kss_t *kss, const shaping_t *shaping) {
    if (kss->log_count == kss->log_room) {
        size_t room = kss->log_room ? 2 * kss->log_room : 64;
        kss->log = memory_grow(kss->log, room, sizeof *kss->log, "the log of KSS");
        kss->log_room = room;
    }
    kss->log[kss->log_count++] = *shaping;
}

/* g <- g + clip(alpha d/d theta 1/k sum_{l drawn} L_KSS(h_l, h_{l+1}), kss.clip). Which layers are
 * drawn depends on the step alone, so that arms see the same ones. The shaping gradient has a clip
 * of its own: its size says nothing about the task's, and train.clip, which comes later, would
 * otherwise take the task's share away. One layer without a spectrum leaves the whole application
 * out, since a mean over the others would be of another loss. */
static void after_gradient(void *state, step_t *step) {
    kss_t *kss = state;
    if (step->number % kss->options.every != 0) return;
    double start = clock_seconds();
    uint32_t index = (uint32_t)step->number;
    rng_t layers = rng_open(kss->seed, kss->replica, "kss/layers", index);
    rng_t signs = rng_open(kss->seed, kss->replica, "kss/signs", index);
    shaping_t shaping = {.step = step->number, .grad_norm = NAN};
    int count = hidden_gradient_begin(&kss->hidden, step, kss->options.layers, &layers);
    int is_finite = 1;
    for (int k = 0; k < count && is_finite; k++)
        is_finite = shape_layer(kss, step, kss->hidden.layers[k], count, &shaping);
    if (is_finite)
        shaping.grad_norm = hidden_gradient_enter(&kss->hidden, step, kss->options.clip,
                                                  kss->options.sham ? random_signs : NULL, &signs);
    else
        shaping.loss = shaping.m_soft = NAN; /* of some of the layers only */
    kss->skipped += !isfinite(shaping.grad_norm);
    shaping.seconds = clock_seconds() - start;
    log_shaping(kss, &shaping);
}

/* One column of the log. */
static void put_column(const kss_t *kss, const char *path, size_t offset, record_t *record) {
    double *column = memory_take(kss->log_count, sizeof *column, "a trial's record");
    for (size_t i = 0; i < kss->log_count; i++)
        column[i] = *(const double *)((const char *)&kss->log[i] + offset);
    record_put_vector(record, path, column, kss->log_count);
    free(column);
}

static const struct {
    const char *path;
    size_t offset;
} columns[] = {{"kss/loss", offsetof(shaping_t, loss)},
               {"kss/m_soft", offsetof(shaping_t, m_soft)},
               {"kss/grad_norm", offsetof(shaping_t, grad_norm)},
               {"kss/seconds", offsetof(shaping_t, seconds)}};

enum { COLUMNS = sizeof columns / sizeof columns[0] };

static void record(const void *state, record_t *record) {
    const kss_t *kss = state;
    int64_t *steps = memory_take(kss->log_count, sizeof *steps, "a trial's record");
    for (size_t i = 0; i < kss->log_count; i++) steps[i] = kss->log[i].step;
    record_put(record, "kss/step", RECORD_I64, 1, &kss->log_count, steps);
    free(steps);
    for (int k = 0; k < COLUMNS; k++) put_column(kss, columns[k].path, columns[k].offset, record);
    record_put_i64(record, "kss/skipped", kss->skipped);
}

static status_t load(void *state, const record_t *record) {
    kss_t *kss = state;
    const record_item_t *steps = record_find(record, "kss/step");
    CHECK(steps && steps->rank == 1, STATUS_CORRUPT, "the checkpoint has no kss/step");
    TRY(record_get(record, "kss/skipped", RECORD_I64, 1, &kss->skipped));
    for (size_t i = 0; i < steps->shape[0]; i++)
        log_shaping(kss, &(shaping_t){.step = ((const int64_t *)steps->data)[i]});
    for (int k = 0; k < COLUMNS; k++) {
        const record_item_t *item = record_find(record, columns[k].path);
        CHECK(item && item->rank == 1 && item->shape[0] == kss->log_count, STATUS_CORRUPT,
              "the checkpoint's %s does not fit", columns[k].path);
        for (size_t i = 0; i < kss->log_count; i++)
            *(double *)((char *)&kss->log[i] + columns[k].offset) = ((const double *)item->data)[i];
    }
    return STATUS_OK;
}

const stabilizer_row_t stabilizer_kss = {
    .name = "kss",
    .doc = "Koopman spectral shaping of layer transitions",
    .key = "kss.alpha",
    .options = &kss_fields,
    .needs = needs,
    .create = create,
    .destroy = destroy,
    .after_gradient = after_gradient,
    .record = record,
    .save = record,
    .load = load,
};
