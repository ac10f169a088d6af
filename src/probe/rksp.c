#include "probe/rksp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/rng.h"
#include "base/scope.h"
#include "probe/profiles.h"
#include "spectral/rksp.h"

const char *const rksp_scores[] = {RKSP_SCORES, NULL};

struct options {
    int_list_t steps;
    int64_t samples, rank;
    double epsilon, near_unit_from, expansive_above, contractive_below, reliable_residual;
};

#define OPTIONS struct options
static const field_t fields[] = {
    INT_LIST_FIELD("probe.rksp.steps", steps, .min = 0, .max = 1e9, .fallback = "[0]",
                   .doc = "profile the layers when so many optimizer steps are done; [] = never"),
    INT_FIELD("probe.rksp.samples", samples, .min = 2, .max = 1e6, .fallback = "2048",
              .doc = "positions N that make up the snapshots; 4 times the width is enough, 2 times "
                     "is biased",
              .off_with = "probe.rksp.steps=[]"),
    INT_FIELD("probe.rksp.rank", rank, .min = 0, .max = 16384, .fallback = "0",
              .doc = "modes of a random projection; 0 = all modes, as in the paper's Table 1",
              .off_with = "probe.rksp.steps=[]"),
    REAL_FIELD("probe.rksp.eps", epsilon, .min = 0, .max = 1, .fallback = "1e-5",
               .doc = "added to the covariance before whitening",
               .off_with = "probe.rksp.steps=[]"),
    REAL_FIELD("probe.rksp.near_unit_from", near_unit_from, .min = 0, .max = 10, .fallback = "0.9",
               .doc = "near-unit modes: |lambda| from this on", .off_with = "probe.rksp.steps=[]"),
    REAL_FIELD("probe.rksp.expansive_above", expansive_above, .min = 0, .max = 10,
               .fallback = "1.05",
               .doc = "expansive modes: |lambda| above this; near-unit ones reach up to it",
               .off_with = "probe.rksp.steps=[]"),
    REAL_FIELD("probe.rksp.contractive_below", contractive_below, .min = 0, .max = 10,
               .fallback = "0.8", .doc = "contractive modes: |lambda| below this",
               .off_with = "probe.rksp.steps=[]"),
    REAL_FIELD("probe.rksp.tau", reliable_residual, .min = 0, .max = 1e3, .fallback = "0.1",
               .doc = "modes with at most this ResDMD residual are reliable",
               .off_with = "probe.rksp.steps=[]"),
};
const field_set_t rksp_probe_fields = FIELD_SET("RKSP probe", fields, .is_shared = true);

struct rksp_probe {
    probe_setting_t setting;
    struct options options;
    int samples, layers, width;
    int64_t batch_rows; /* positions of one batch                                     */
    int64_t *chosen;    /* owned [samples], ascending: which positions are profiled   */
    float *states;      /* owned [layers + 1, samples, width]                         */
    double *basis;      /* owned [rank, width], or NULL                               */
    rksp_workspace_t *workspace;
    profiles_t profiles;
    probe_team_t team;
};

static status_t check(const struct options *options, int64_t width, int64_t steps) {
    if (options->steps.count == 0) return STATUS_OK;
    CHECK(options->samples > width, STATUS_SPEC,
          "probe.rksp.samples: %ld samples cannot determine %ld features; raise it above "
          "model.width, best to 4 times that",
          (long)options->samples, (long)width);
    CHECK(options->rank <= width, STATUS_SPEC,
          "probe.rksp.rank: %ld modes are more than model.width has, %ld; 0 takes all",
          (long)options->rank, (long)width);
    CHECK(options->contractive_below <= options->near_unit_from &&
              options->near_unit_from <= options->expansive_above,
          STATUS_SPEC,
          "probe.rksp.contractive_below %g, near_unit_from %g and expansive_above %g must ascend, "
          "or the bands overlap",
          options->contractive_below, options->near_unit_from, options->expansive_above);
    for (int i = 0; i < options->steps.count; i++)
        CHECK(options->steps.at[i] <= steps, STATUS_SPEC,
              "probe.rksp.steps: step %ld is never reached, train.steps is %ld",
              (long)options->steps.at[i], (long)steps);
    return STATUS_OK;
}

/* Ascending, each position equally likely (selection sampling, Knuth 3.4.2 S). */
static void choose_positions(rksp_probe_t *probe) {
    int64_t batches = (probe->samples + probe->batch_rows - 1) / probe->batch_rows;
    int64_t positions = batches * probe->batch_rows;
    rng_t rng = rng_open(probe->setting.seed, probe->setting.replica, "probe.rksp.positions", 0);
    for (int64_t i = 0, taken = 0; taken < probe->samples; i++)
        if (rng_below(&rng, (uint32_t)(positions - i)) < probe->samples - taken)
            probe->chosen[taken++] = i;
}

/* Orthonormal rows spanning a random subspace: p_i <- p_i - sum_j (p_i . p_j) p_j for j < i, twice:
 * once leaves a rounding error in proportion to what was taken away, the second time little is
 * ("twice is enough", Kahan and Parlett). Rows of normal numbers, so every subspace is as likely.
 */
static void draw_basis(rksp_probe_t *probe) {
    long d = probe->width, rank = probe->options.rank;
    rng_t rng = rng_open(probe->setting.seed, probe->setting.replica, "probe.rksp.basis", 0);
    for (long i = 0; i < rank; i++) {
        double *row = probe->basis + i * d, norm = 0;
        for (long k = 0; k < d; k++) row[k] = rng_normal(&rng);
        for (long j = 0; j < 2 * i; j++) {
            const double *other = probe->basis + j % i * d;
            double along = 0;
            for (long k = 0; k < d; k++) along += row[k] * other[k];
            for (long k = 0; k < d; k++) row[k] -= along * other[k];
        }
        for (long k = 0; k < d; k++) norm += row[k] * row[k];
        for (long k = 0; k < d; k++) row[k] /= sqrt(norm);
    }
}

static status_t create_workspace(rksp_probe_t *probe) {
    const struct options *from = &probe->options;
    rksp_options_t options = rksp_defaults;
    options.epsilon = from->epsilon;
    options.near_unit_from = from->near_unit_from;
    options.near_unit_to = options.expansive_above = from->expansive_above;
    options.contractive_below = from->contractive_below;
    options.reliable_residual = from->reliable_residual;
    options.basis = probe->basis;
    options.basis_rank = (int)from->rank;
    return rksp_create(probe->width, probe->samples, &options, &probe->workspace);
}

static status_t allocate(rksp_probe_t *probe) {
    size_t samples = (size_t)probe->samples, width = (size_t)probe->width;
    size_t rank = (size_t)probe->options.rank, states = (size_t)probe->layers + 1;
    probe->chosen = malloc(samples * sizeof *probe->chosen);
    probe->states = malloc(states * samples * width * sizeof *probe->states);
    probe->basis = rank ? malloc(rank * width * sizeof *probe->basis) : NULL;
    CHECK(probe->chosen && probe->states && (probe->basis || !rank), STATUS_ENVIRONMENT,
          "out of memory for %zu samples of the RKSP probe; lower probe.rksp.samples", samples);
    return profiles_create(probe->options.steps.count, probe->layers, (int)(rank ? rank : width),
                           &probe->profiles);
}

static status_t prepare(rksp_probe_t *probe) {
    TRY(allocate(probe));
    draw_basis(probe);
    choose_positions(probe);
    return create_workspace(probe);
}

status_t rksp_probe_create(const probe_setting_t *setting, const model_t *model, int64_t steps,
                           rksp_probe_t **out) {
    status_t status;
    const model_options_t *shape = model_options(model);
    rksp_probe_t *probe = calloc(1, sizeof *probe);
    CHECK(probe, STATUS_ENVIRONMENT, "out of memory for the RKSP probe");
    config_read(setting->config, &rksp_probe_fields, &probe->options);
    probe->setting = *setting;
    probe->samples = (int)probe->options.samples;
    probe->layers = (int)shape->layers;
    probe->width = (int)shape->width;
    probe->batch_rows = model_hidden(model, 0).rows;
    TRY_OR_DONE(check(&probe->options, probe->width, steps));
    if (probe->options.steps.count) TRY_OR_DONE(prepare(probe));
done:
    if (status != STATUS_OK) rksp_probe_destroy(&probe);
    *out = probe;
    return status;
}

status_t rksp_probe_create_for(const probe_setting_t *setting, const rksp_shape_t *shape,
                               rksp_probe_t **out) {
    status_t status;
    rksp_probe_t *probe = calloc(1, sizeof *probe);
    CHECK(probe, STATUS_ENVIRONMENT, "out of memory for the RKSP probe");
    config_read(setting->config, &rksp_probe_fields, &probe->options);
    probe->setting = *setting;
    probe->layers = shape->layers;
    probe->width = shape->width;
    probe->batch_rows = shape->rows;
    probe->samples = (int)probe->options.samples;
    if (probe->samples > shape->rows) probe->samples = (int)shape->rows;
    CHECK_OR_DONE(probe->samples > probe->width, STATUS_SPEC,
                  "%d positions cannot determine %d features; give more rows, best 4 times as many "
                  "as features, and look at probe.rksp.samples",
                  probe->samples, probe->width);
    TRY_OR_DONE(check(&probe->options, probe->width, INT64_MAX));
    TRY_OR_DONE(prepare(probe));
done:
    if (status != STATUS_OK) rksp_probe_destroy(&probe);
    *out = probe;
    return status;
}

void rksp_probe_destroy(rksp_probe_t **out) {
    rksp_probe_t *probe = *out;
    if (!probe) return;
    profiles_destroy(&probe->profiles);
    rksp_destroy(&probe->workspace);
    free(probe->basis);
    free(probe->states);
    free(probe->chosen);
    free(probe);
    *out = NULL;
}

static int has_step(const int_list_t *steps, int64_t step) {
    int i = 0;
    while (i < steps->count && steps->at[i] != step) i++;
    return i < steps->count;
}

int rksp_probe_is_due(const rksp_probe_t *probe, int64_t step) {
    return has_step(&probe->options.steps, step);
}

const int_list_t *rksp_probe_steps(const config_t *config, int_list_t *steps) {
    struct options options;
    config_read(config, &rksp_probe_fields, &options);
    *steps = options.steps;
    return steps;
}

int rksp_probe_is_asked(const config_t *config, int64_t step) {
    struct options options;
    config_read(config, &rksp_probe_fields, &options);
    return has_step(&options.steps, step);
}

static float *layer_states(const rksp_probe_t *probe, int layer) {
    return probe->states + (size_t)layer * (size_t)probe->samples * (size_t)probe->width;
}

static void copy_row(const rksp_probe_t *probe, const model_t *model, int64_t row, int64_t sample) {
    for (int layer = 0; layer <= probe->layers; layer++) {
        const flt *from = matrix_row(model_hidden(model, layer), row).v;
        float *to = layer_states(probe, layer) + sample * probe->width;
        for (int k = 0; k < probe->width; k++) to[k] = (float)from[k];
    }
}

/* The states of all layers at the chosen positions, in float32 however the model trains. A position
 * is sample number (position / rows of a batch), so batches are drawn in order and only as far as
 * the last position needs. */
static void collect_states(rksp_probe_t *probe, const probe_batches_t *batches, model_t *model,
                           batch_t *batch) {
    const precision_t *of_training = model_set_precision(model, &precision_f32);
    for (int64_t sample = 0, number = 0; sample < probe->samples; number++) {
        int64_t end = (number + 1) * probe->batch_rows;
        batches->draw(batches->context, number, batch);
        model_load(model, batch);
        model_hidden_states(model);
        for (; sample < probe->samples && probe->chosen[sample] < end; sample++)
            copy_row(probe, model, probe->chosen[sample] % probe->batch_rows, sample);
    }
    model_set_precision(model, of_training);
}

void rksp_probe_work_together(rksp_probe_t *probe, const probe_team_t *team) {
    probe->team = *team;
}

/* Those of this process; *missing: how many have no profile. */
static status_t profile_own_layers(rksp_probe_t *probe, int *missing) {
    for (int layer = 0; layer < probe->layers; layer++) {
        rksp_result_t result;
        if (!probe_team_owns(&probe->team, layer)) continue;
        status_t status = rksp_profile(probe->workspace, layer_states(probe, layer),
                                       layer_states(probe, layer + 1), probe->width, &result);
        if (status != STATUS_OK && status != STATUS_FAILED) return status;
        *missing += status == STATUS_FAILED;
        profiles_keep(&probe->profiles, layer, status == STATUS_OK ? &result : NULL);
    }
    return STATUS_OK;
}

/* Of the states that were collected. */
static status_t profile_layers(rksp_probe_t *probe, int64_t step, double start) {
    int missing = 0;
    status_t mine = profile_own_layers(probe, &missing);
    TRY(probe_team_share(&probe->team, mine, &probe->profiles));
    /* A layer without a profile is a finding (its states are not finite, or all alike), no failure
     * of the trial: its numbers are NaN, and whoever reads the log learns why. */
    if (missing)
        log_warning("%s: no RKSP profile of %d of its %d layers at step %ld: %s",
                    probe->setting.label, missing, probe->layers, (long)step, status_message());
    profiles_end(&probe->profiles, step, clock_seconds() - start);
    return STATUS_OK;
}

status_t rksp_probe_run(rksp_probe_t *probe, const probe_batches_t *batches, model_t *model,
                        batch_t *batch, int64_t step) {
    double start = clock_seconds();
    collect_states(probe, batches, model, batch);
    return profile_layers(probe, step, start);
}

static void free_floats(float **floats) { free(*floats); }

status_t rksp_probe_run_on(rksp_probe_t *probe, rksp_load_t *load, void *context, int64_t step) {
    double start = clock_seconds();
    size_t width = (size_t)probe->width, rows = (size_t)probe->batch_rows;
    HELD(free_floats) float *all = malloc(rows * width * sizeof *all);
    CHECK(all, STATUS_ENVIRONMENT, "out of memory for %zu states of %zu features", rows, width);
    for (int layer = 0; layer <= probe->layers; layer++) {
        float *states = layer_states(probe, layer);
        TRY(load(context, layer, all));
        for (int64_t sample = 0; sample < probe->samples; sample++)
            memcpy(states + (size_t)sample * width, all + (size_t)probe->chosen[sample] * width,
                   width * sizeof *all);
    }
    return profile_layers(probe, step, start);
}

void rksp_probe_record(const rksp_probe_t *probe, record_t *record) {
    profiles_record(&probe->profiles, record);
}

double rksp_probe_risk(const rksp_probe_t *probe) {
    return profiles_first_near_unit(&probe->profiles);
}

status_t rksp_probe_load(rksp_probe_t *probe, const record_t *record) {
    return profiles_load(&probe->profiles, record);
}

/* The time of one profile in flops of matrix products. LAPACK's nonsymmetric eigenproblem and the
 * Kreiss constant run far below their speed, the more so the smaller the width: fitted to times of
 * widths 64 to 768 and 1024 to 4096 samples, good to a factor of 1.6. */
static double layer_flops(double samples, double width) {
    return (16 * samples + 60000 + 100 * width) * width * width;
}

status_t rksp_probe_estimate(const config_t *config, const model_t *model,
                             const task_shape_t *shape, int batch, int64_t steps,
                             rksp_probe_cost_t *cost) {
    struct options options;
    config_read(config, &rksp_probe_fields, &options);
    const model_options_t *m = model_options(model);
    TRY(check(&options, m->width, steps));
    int per_side = shape->kind == TASK_IMAGES ? shape->image / shape->patch : 0;
    double rows = (double)batch * (per_side ? per_side * per_side : shape->seq_len);
    double samples = (double)options.samples, width = (double)m->width, layers = (double)m->layers;
    /* Batches are whole, also the last one. */
    double forward = ceil(samples / rows) * model_cost(model).forward_flops;
    double profile = forward + layers * layer_flops(samples, width);
    int is_on = options.steps.count > 0;
    *cost = (rksp_probe_cost_t){
        .flops = options.steps.count * profile,
        .initial_flops = rksp_probe_is_asked(config, 0) * profile,
        .bytes = is_on * ((layers + 1) * samples * width * sizeof(float) +
                          (2 * samples + 12 * width) * width * sizeof(double)),
    };
    return STATUS_OK;
}
