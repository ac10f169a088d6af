#include "stabilizer/arch_warmup.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/norm.h"
#include "optim/optim.h"

struct arch_warmup_options {
    int64_t groups, blocks, begin, interval, patience;
    char trigger[FIELD_NAME_MAX];
    double margin, std;
};

static const char *const triggers[] = {"schedule", "curvature", NULL};
static const char *const *trigger_names(void) { return triggers; }

#define OPTIONS struct arch_warmup_options
static const field_t fields[] = {
    INT_FIELD("arch_warmup.groups", groups, .min = 0, .max = 512, .fallback = "0",
              .doc = "architecture warm-up: locked blocks are unlocked in so many groups; 0 = off"),
    INT_FIELD("arch_warmup.blocks", blocks, .min = 0, .max = 512, .fallback = "0",
              .doc = "blocks that are active from the start; 0 = half of model.layers, rounded up",
              .needs = "arch_warmup.groups"),
    INT_FIELD("arch_warmup.begin", begin, .min = 0, .max = 1e9, .fallback = "0",
              .doc = "step of the first unlock, at the earliest; 0 = train.warmup",
              .needs = "arch_warmup.groups"),
    INT_FIELD("arch_warmup.interval", interval, .min = 1, .max = 1e9, .fallback = "500",
              .doc = "steps from one unlock to the next, at least", .needs = "arch_warmup.groups"),
    CHOICE_FIELD("arch_warmup.trigger", trigger, .fallback = "schedule", .choices = trigger_names,
                 .doc = "what unlocks the next group: the steps alone, or low curvature as well",
                 .needs = "arch_warmup.groups"),
    REAL_FIELD(
        "arch_warmup.margin", margin, .min = 1e-6, .max = 1e3, .fallback = "0.5",
        .doc = "curvature is low when lr lambda_max is below this share of the edge of stability",
        .needs = "arch_warmup.trigger=curvature"),
    INT_FIELD("arch_warmup.patience", patience, .min = 1, .max = 1e6, .fallback = "2",
              .doc = "measurements in a row that must be low",
              .needs = "arch_warmup.trigger=curvature"),
    REAL_FIELD("arch_warmup.std", std, .min = 1e-12, .max = 1, .fallback = "1e-3",
               .doc = "standard deviation of an unlocked block's weights before its output "
                      "matrices, which are 0",
               .needs = "arch_warmup.groups"),
};
const field_set_t arch_warmup_fields = FIELD_SET("architecture warm-up", fields);

typedef struct arch_warmup {
    struct arch_warmup_options options;
    model_t *model; /* borrowed */
    uint64_t seed;
    uint32_t replica;
    int64_t unlocked;     /* groups                                                      */
    int64_t *unlock_step; /* owned [groups]: the first step with the group, -1 = never   */
    int64_t calm;         /* measurements in a row that were low                         */
    int64_t measured;     /* step of the last one seen                                   */
} arch_warmup_t;

/* --- what a sweep file asks for --- */

/* Fills in what 0 stands for. */
static struct arch_warmup_options read_options(const config_t *config) {
    struct arch_warmup_options o;
    config_read(config, &arch_warmup_fields, &o);
    if (o.blocks == 0) o.blocks = ((int64_t)config_number(config, "model.layers") + 1) / 2;
    if (o.begin == 0) o.begin = (int64_t)config_number(config, "train.warmup");
    return o;
}

static int is_triggered(const struct arch_warmup_options *o) {
    return strcmp(o->trigger, "curvature") == 0;
}

static status_t check_schedule(const struct arch_warmup_options *o, long steps) {
    CHECK(o->begin > 0, STATUS_SPEC,
          "arch_warmup.begin: 0 stands for train.warmup, which is 0 too, so nothing would be "
          "locked; set one of them");
    long last = (long)(o->begin + (o->groups - 1) * o->interval);
    CHECK(last < steps, STATUS_SPEC,
          "arch_warmup: group %ld of %ld is unlocked at step %ld at the earliest, but train.steps "
          "is %ld; lower arch_warmup.interval, groups or begin",
          (long)o->groups, (long)o->groups, last, steps);
    return STATUS_OK;
}

static status_t check_trigger(const config_t *config, const struct arch_warmup_options *o) {
    char names[128];
    if (!is_triggered(o)) return STATUS_OK;
    long every = (long)config_number(config, "curvature.every");
    long steps = (long)config_number(config, "train.steps");
    CHECK(every > 0, STATUS_SPEC,
          "arch_warmup.trigger: curvature is not measured; set curvature.every above 0 or the "
          "trigger to schedule");
    CHECK(optim_has_edge(config), STATUS_SPEC,
          "arch_warmup.trigger: where the edge of stability of train.optimizer %s lies is not "
          "known, so curvature is never low; use one of %s, or the trigger schedule",
          config_text(config, "train.optimizer"), optim_with_edge(names, sizeof names));
    /* Every group wants its own measurements, and the last step is too late for one more. */
    long measured = (steps - 2) / every + 1, wanted = (long)(o->groups * o->patience);
    CHECK(wanted <= measured, STATUS_SPEC,
          "arch_warmup.patience: %ld groups of %ld measurements each are %ld, but train.steps %ld "
          "with curvature.every %ld has %ld before the last step; lower patience or every",
          (long)o->groups, (long)o->patience, wanted, steps, every, measured);
    return STATUS_OK;
}

static status_t needs(const config_t *config, stabilizer_needs_t *needs) {
    (void)needs;
    struct arch_warmup_options o = read_options(config);
    if (o.groups == 0) return STATUS_OK;
    long layers = (long)config_number(config, "model.layers"), locked = layers - (long)o.blocks;
    const norm_row_t *norm = norm_find(config_text(config, "model.norm"));
    char names[128];
    CHECK(locked > 0, STATUS_SPEC,
          "arch_warmup.blocks: %ld of model.layers %ld active from the start leave nothing to "
          "unlock; lower it or set arch_warmup.groups to 0",
          (long)o.blocks, layers);
    CHECK(o.groups <= locked, STATUS_SPEC,
          "arch_warmup.groups: %ld groups are more than the %ld locked blocks; set at most %ld",
          (long)o.groups, locked, locked);
    CHECK(!norm || norm->keeps_stream, STATUS_SPEC,
          "arch_warmup: a block with model.norm %s is not nearly the identity while its weights "
          "are tiny; use one of %s",
          norm->name, norm_keepers(names, sizeof names));
    TRY(check_trigger(config, &o));
    return check_schedule(&o, (long)config_number(config, "train.steps"));
}

/* --- a trial --- */

static int64_t layers_of(const arch_warmup_t *a) { return model_options(a->model)->layers; }

/* first + ceil(groups locked / G): a group ends at the block that its share of the locked ones
 * reaches, so sizes differ by one at most. */
static int active_with(const arch_warmup_t *a, int64_t groups) {
    int64_t first = a->options.blocks, locked = layers_of(a) - first;
    return (int)(first + (groups * locked + a->options.groups - 1) / a->options.groups);
}

static status_t lock(arch_warmup_t *a) {
    for (int block = active_with(a, 0); block < layers_of(a); block++)
        CHECK(model_restart_block(a->model, block, 0, a->seed, a->replica) > 0, STATUS_SPEC,
              "arch_warmup: blocks of model.arch %s do not say which matrices are their outputs, "
              "so they cannot be unlocked; use another, or set arch_warmup.groups to 0",
              model_options(a->model)->arch);
    model_set_active(a->model, active_with(a, 0));
    return STATUS_OK;
}

/* Redrawn at its unlock, W_in ~ N(0, s^2), W_out = 0: the function does not change, and W_out has a
 * gradient (arch_warmup.h). */
static void unlock(arch_warmup_t *a, int64_t step) {
    int first = model_active(a->model), end = active_with(a, a->unlocked + 1);
    for (int block = first; block < end; block++)
        model_restart_block(a->model, block, a->options.std, a->seed, a->replica);
    model_set_active(a->model, end);
    a->unlock_step[a->unlocked++] = step;
    a->calm = 0;
}

static void destroy(void *state) {
    arch_warmup_t *a = state;
    free(a->unlock_step);
    free(a);
}

static status_t create(const trial_t *trial, model_t *model, void **state) {
    struct arch_warmup_options options = read_options(trial->config);
    if (options.groups == 0) return STATUS_OK;
    arch_warmup_t *a = *state = calloc(1, sizeof *a);
    CHECK(a, STATUS_ENVIRONMENT, "out of memory for architecture warm-up");
    *a = (arch_warmup_t){.options = options,
                         .model = model,
                         .seed = trial->seed,
                         .replica = trial->replica,
                         .measured = -1};
    a->unlock_step = malloc((size_t)options.groups * sizeof *a->unlock_step);
    CHECK(a->unlock_step, STATUS_ENVIRONMENT, "out of memory for architecture warm-up");
    for (int64_t g = 0; g < options.groups; g++) a->unlock_step[g] = -1;
    return lock(a);
}

/* lr lambda_max < margin edge, every measurement once (a step without one brings the last again);
 * one that is not low starts the count anew. NaN is not low. */
static void watch_curvature(arch_warmup_t *a, const step_t *step) {
    if (step->measured <= a->measured) return;
    a->measured = step->measured;
    a->calm = step->lr_lambda < a->options.margin * step->edge ? a->calm + 1 : 0;
}

/* May the next group take part in step `next`? */
static int is_due(const arch_warmup_t *a, int64_t next) {
    const struct arch_warmup_options *o = &a->options;
    if (a->unlocked == o->groups || next < o->begin) return 0;
    if (a->unlocked && next < a->unlock_step[a->unlocked - 1] + o->interval) return 0;
    return !is_triggered(o) || a->calm >= o->patience;
}

/* After the update, so that the step's own gradient was of the blocks that it ran with; what joins
 * takes part from the next step on. */
static void after_update(void *state, step_t *step) {
    arch_warmup_t *a = state;
    watch_curvature(a, step);
    if (is_due(a, step->number + 1)) unlock(a, step->number + 1);
}

/* --- its traces --- */

/* One entry per recorded step, as series/step has them. */
static void record_series(const arch_warmup_t *a, record_t *record) {
    const record_item_t *steps = record_find(record, "series/step");
    size_t count = steps ? steps->shape[0] : 0;
    int64_t *active = memory_take(count, sizeof *active, "a trial's record"), groups = 0;
    for (size_t i = 0; i < count; i++) {
        if (groups < a->unlocked && (int64_t)i >= a->unlock_step[groups]) groups++;
        active[i] = active_with(a, groups);
    }
    if (count) record_put(record, "series/active_blocks", RECORD_I64, 1, &count, active);
    free(active);
}

static void record(const void *state, record_t *record) {
    const arch_warmup_t *a = state;
    size_t groups = (size_t)a->options.groups;
    record_put(record, "arch_warmup/unlock_step", RECORD_I64, 1, &groups, a->unlock_step);
    record_put_i64(record, "arch_warmup/active_blocks", model_active(a->model));
    record_series(a, record);
}

static void save(const void *state, record_t *record) {
    const arch_warmup_t *a = state;
    size_t groups = (size_t)a->options.groups;
    record_put(record, "arch_warmup/unlock_step", RECORD_I64, 1, &groups, a->unlock_step);
    record_put_i64(record, "arch_warmup/unlocked", a->unlocked);
    record_put_i64(record, "arch_warmup/calm", a->calm);
    record_put_i64(record, "arch_warmup/measured", a->measured);
}

static status_t load(void *state, const record_t *record) {
    arch_warmup_t *a = state;
    size_t groups = (size_t)a->options.groups;
    TRY(record_get(record, "arch_warmup/unlock_step", RECORD_I64, groups, a->unlock_step));
    TRY(record_get(record, "arch_warmup/unlocked", RECORD_I64, 1, &a->unlocked));
    TRY(record_get(record, "arch_warmup/calm", RECORD_I64, 1, &a->calm));
    TRY(record_get(record, "arch_warmup/measured", RECORD_I64, 1, &a->measured));
    CHECK(a->unlocked >= 0 && a->unlocked <= a->options.groups, STATUS_CORRUPT,
          "a checkpoint with %ld unlocked groups of %ld", (long)a->unlocked, (long)groups);
    model_set_active(a->model, active_with(a, a->unlocked));
    return STATUS_OK;
}

const stabilizer_row_t stabilizer_arch_warmup = {
    .name = "arch_warmup",
    .doc = "begins with the lower blocks, the others join as the identity",
    .key = "arch_warmup.groups",
    .takes = STABILIZER_CHANGES_SIZES,
    .options = &arch_warmup_fields,
    .needs = needs,
    .create = create,
    .destroy = destroy,
    .after_update = after_update,
    .record = record,
    .save = save,
    .load = load,
};
