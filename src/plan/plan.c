#include "plan/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "spec/space.h"

enum { TRIALS_MAX = 10 * 1000 * 1000, PREFIX_MIN = 4 };

struct plan {
    const spec_t *spec; /* borrowed */
    config_t *configs;  /* owned [config_count]; one for all replicas */
    trial_t *trials;    /* owned [count] */
    uint32_t *sorted;   /* owned [count]; trials in the order of their ids */
    size_t config_count, count;
};

/* Which entries of exclude dropped something. */
typedef struct exclusion {
    const grid_list_t *patterns; /* borrowed */
    unsigned char *is_used;      /* owned [patterns->count] */
} exclusion_t;

static int is_excluded(exclusion_t *exclusion, const config_t *config) {
    int is_out = 0;
    for (size_t i = 0; i < exclusion->patterns->count; i++) {
        if (!config_matches(config, &exclusion->patterns->grids[i])) continue;
        exclusion->is_used[i] = 1;
        is_out = 1;
    }
    return is_out;
}

static status_t check_size(const spec_t *spec) {
    const space_t *space = spec_space(spec);
    double trials = ((double)space->axes.points + (double)space->include.count) * space->replicas *
                    (double)spec_arm_count(spec);
    CHECK(trials <= TRIALS_MAX, STATUS_SPEC,
          "%s: the sweep has %.4g trials, the limit is %d; shorten its axes, arms or replicas",
          spec_path(spec), trials, TRIALS_MAX);
    return STATUS_OK;
}

/* A pattern that drops nothing is a slip of the pen: what it should drop would run. */
static status_t check_used(const spec_t *spec, const exclusion_t *exclusion) {
    char text[512];
    for (size_t i = 0; i < exclusion->patterns->count; i++) {
        const grid_t *pattern = &exclusion->patterns->grids[i];
        config_describe(&(config_t){.grid = pattern}, text, sizeof text);
        CHECK(exclusion->is_used[i], STATUS_SPEC,
              "%s:%d: exclude: no configuration has {%s}; correct the entry or remove it",
              spec_path(spec), pattern->line, text);
    }
    return STATUS_OK;
}

/* The configuration in every arm, one after the other. */
static void add_config(plan_t *plan, config_t config) {
    const arm_list_t *arms = &spec_space(plan->spec)->arms;
    if (!arms->count) plan->configs[plan->config_count++] = config;
    for (size_t i = 0; i < arms->count; i++) {
        config.arm = &arms->arms[i].grid;
        plan->configs[plan->config_count++] = config;
    }
}

/* The points of the axes that no entry of exclude drops, then the entries of include. */
static status_t make_configs(const spec_t *spec, plan_t *plan) {
    status_t status;
    const space_t *space = spec_space(spec);
    exclusion_t exclusion = {.patterns = &space->exclude};
    size_t most = (space->axes.points + space->include.count) * spec_arm_count(spec);
    exclusion.is_used = calloc(space->exclude.count + 1, 1);
    plan->configs = calloc(most, sizeof *plan->configs);
    CHECK_OR_DONE(plan->configs && exclusion.is_used, STATUS_ENVIRONMENT, "out of memory");
    for (size_t point = 0; point < space->axes.points; point++) {
        config_t config = {.grid = &space->axes, .point = point};
        if (!is_excluded(&exclusion, &config)) add_config(plan, config);
    }
    for (size_t i = 0; i < space->include.count; i++)
        add_config(plan, (config_t){.grid = &space->include.grids[i]});
    TRY_OR_DONE(check_used(spec, &exclusion));
    CHECK_OR_DONE(plan->config_count, STATUS_SPEC, "%s: exclude drops every configuration",
                  spec_path(spec));
done:
    free(exclusion.is_used);
    return status;
}

/* Where the base arm stands among the arms. */
static size_t find_base(const spec_t *spec) {
    size_t i = 0;
    while (strcmp(spec_arm(spec, i), ARM_BASE) != 0) i++;
    return i;
}

static void make_id(const trial_t *trial, uint64_t config_hash, char id[TRIAL_ID_LENGTH + 1]) {
    char text[80];
    int length = snprintf(text, sizeof text, "%016" PRIx64 " %" PRIu64 " %" PRIu32, config_hash,
                          trial->seed, trial->replica);
    uint64_t hash = text_hash(text, (size_t)length);
    for (int i = 0; i < TRIAL_ID_LENGTH; i++, hash <<= 4) id[i] = "0123456789abcdef"[hash >> 60];
    id[TRIAL_ID_LENGTH] = '\0';
}

static status_t make_trials(plan_t *plan) {
    const space_t *space = spec_space(plan->spec);
    size_t replicas = (size_t)space->replicas;
    size_t arms = spec_arm_count(plan->spec), base_arm = find_base(plan->spec);
    uint64_t *scratch = calloc(space->catalog.count + 1, sizeof *scratch);
    plan->count = plan->config_count * replicas;
    plan->trials = calloc(plan->count, sizeof *plan->trials);
    if (!scratch || !plan->trials) {
        free(scratch);
        return status_fail(STATUS_ENVIRONMENT, "out of memory for %zu trials", plan->count);
    }
    for (size_t i = 0; i < plan->config_count; i++) {
        const config_t *base = &plan->configs[i - i % arms + base_arm];
        uint64_t hash = config_hash(&plan->configs[i], NULL, scratch);
        uint64_t base_hash = config_hash(base, NULL, scratch);
        for (size_t r = 0; r < replicas; r++) {
            trial_t *trial = &plan->trials[i * replicas + r];
            *trial = (trial_t){.index = i * replicas + r,
                               .seed = space->seed,
                               .replica = (uint32_t)r,
                               .config = &plan->configs[i],
                               .base = base,
                               .sweep = spec_name(plan->spec),
                               .arm = spec_arm(plan->spec, i % arms)};
            make_id(trial, hash, trial->id);
            make_id(trial, base_hash, trial->pair);
        }
    }
    free(scratch);
    return STATUS_OK;
}

static int by_id(const void *a, const void *b, void *trials) {
    const trial_t *all = trials;
    return memcmp(all[*(const uint32_t *)a].id, all[*(const uint32_t *)b].id, TRIAL_ID_LENGTH);
}

/* Two trials of one id are one trial meant twice, or, hardly ever, two that fell on one hash. */
static status_t explain_duplicate(const plan_t *plan, const trial_t *a, const trial_t *b) {
    const trial_t *later = a->index > b->index ? a : b;
    const grid_t *grid = later->config->grid;
    char text[512];
    for (size_t i = 0; config_key(a->config, i); i++)
        CHECK(!strcmp(config_text_at(a->config, i), config_text_at(b->config, i)), STATUS_SPEC,
              "%s: two different trials got the id %s by chance; change the seed",
              spec_path(plan->spec), a->id);
    config_describe(later->config, text, sizeof text);
    CHECK(!strcmp(a->arm, b->arm), STATUS_SPEC,
          "%s: arms: %s and %s are the same for {%s}; change or remove one", spec_path(plan->spec),
          a->arm, b->arm, text);
    CHECK(grid->line, STATUS_SPEC, "%s: axes: the zip gives {%s} twice; remove one",
          spec_path(plan->spec), text);
    return status_fail(STATUS_SPEC, "%s:%d: include: the sweep has {%s} already; remove the entry",
                       spec_path(plan->spec), grid->line, text);
}

static status_t sort_trials(plan_t *plan) {
    plan->sorted = calloc(plan->count, sizeof *plan->sorted);
    CHECK(plan->sorted, STATUS_ENVIRONMENT, "out of memory for %zu trials", plan->count);
    for (size_t i = 0; i < plan->count; i++) plan->sorted[i] = (uint32_t)i;
    qsort_r(plan->sorted, plan->count, sizeof *plan->sorted, by_id, plan->trials);
    for (size_t i = 1; i < plan->count; i++) {
        const trial_t *a = &plan->trials[plan->sorted[i - 1]];
        const trial_t *b = &plan->trials[plan->sorted[i]];
        if (strcmp(a->id, b->id) == 0) return explain_duplicate(plan, a, b);
    }
    return STATUS_OK;
}

status_t plan_create(const spec_t *spec, plan_t **plan) {
    status_t status;
    plan_t *fresh = calloc(1, sizeof *fresh);
    *plan = NULL;
    CHECK_OR_DONE(fresh, STATUS_ENVIRONMENT, "out of memory");
    fresh->spec = spec;
    TRY_OR_DONE(check_size(spec));
    TRY_OR_DONE(make_configs(spec, fresh));
    TRY_OR_DONE(make_trials(fresh));
    TRY_OR_DONE(sort_trials(fresh));
    *plan = fresh;
    fresh = NULL;
done:
    plan_destroy(&fresh);
    return status;
}

void plan_destroy(plan_t **plan) {
    if (!*plan) return;
    free((*plan)->configs);
    free((*plan)->trials);
    free((*plan)->sorted);
    free(*plan);
    *plan = NULL;
}

size_t plan_count(const plan_t *plan) { return plan->count; }

const trial_t *plan_trial(const plan_t *plan, size_t index) { return &plan->trials[index]; }

const spec_t *plan_spec(const plan_t *plan) { return plan->spec; }

const trial_t *plan_find(const plan_t *plan, const char *id) {
    size_t length = strlen(id), low = 0, high = plan->count;
    if (length < PREFIX_MIN || length > TRIAL_ID_LENGTH) return NULL;
    while (low < high) { /* the first trial whose id is not below the prefix */
        size_t middle = (low + high) / 2;
        if (strncmp(plan->trials[plan->sorted[middle]].id, id, length) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == plan->count) return NULL;
    const trial_t *found = &plan->trials[plan->sorted[low]];
    if (strncmp(found->id, id, length)) return NULL;
    int is_ambiguous =
        low + 1 < plan->count && !strncmp(plan->trials[plan->sorted[low + 1]].id, id, length);
    return is_ambiguous ? NULL : found;
}
