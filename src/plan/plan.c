#include "plan/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "plan/configs.h"

enum { PREFIX_MIN = 4 };

/* The name that a trial had with programs that did not know what acts, or its own when it goes by
 * such a name. */
typedef struct alias {
    char id[TRIAL_ID_LENGTH + 1];
    uint32_t trial;
} alias_t;

struct plan {
    const spec_t *spec; /* borrowed */
    configs_t configs;
    trial_t *trials;  /* owned [count] */
    uint32_t *sorted; /* owned [count]; trials in the order of their ids */
    alias_t *aliases; /* owned [alias_count], in the order of their ids */
    alias_t *adopted; /* owned [adopted_count]; of those that took another name, their own */
    size_t count, alias_count, adopted_count;
};

static void make_id(uint64_t config_hash, uint64_t seed, uint32_t replica,
                    char id[TRIAL_ID_LENGTH + 1]) {
    char text[80];
    int length = snprintf(text, sizeof text, "%016" PRIx64 " %" PRIu64 " %" PRIu32, config_hash,
                          seed, replica);
    uint64_t hash = text_hash(text, (size_t)length);
    for (int i = 0; i < TRIAL_ID_LENGTH; i++, hash <<= 4) id[i] = "0123456789abcdef"[hash >> 60];
    id[TRIAL_ID_LENGTH] = '\0';
}

static const char *arm_name(const spec_t *spec, const config_t *config) {
    const arm_list_t *arms = &spec_space(spec)->arms;
    size_t i = 0;
    while (i < arms->count && &arms->arms[i].grid != config->arm) i++;
    return spec_arm(spec, i);
}

static status_t make_trials(plan_t *plan) {
    const configs_t *configs = &plan->configs;
    const space_t *space = spec_space(plan->spec);
    size_t replicas = (size_t)space->replicas;
    plan->count = configs->count * replicas;
    plan->trials = calloc(plan->count, sizeof *plan->trials);
    CHECK(plan->trials, STATUS_ENVIRONMENT, "out of memory for %zu trials", plan->count);
    for (size_t i = 0; i < configs->count; i++) {
        const char *arm = arm_name(plan->spec, &configs->at[i]);
        for (size_t r = 0; r < replicas; r++) {
            trial_t *trial = &plan->trials[i * replicas + r];
            *trial = (trial_t){.index = i * replicas + r,
                               .seed = space->seed,
                               .replica = (uint32_t)r,
                               .config = &configs->at[i],
                               .base = &configs->at[configs->base[i]],
                               .sweep = spec_name(plan->spec),
                               .arm = arm};
            make_id(configs->hash[i], trial->seed, trial->replica, trial->id);
            make_id(configs->hash[configs->base[i]], trial->seed, trial->replica, trial->pair);
        }
    }
    return STATUS_OK;
}

static int by_alias(const void *a, const void *b) {
    return memcmp(((const alias_t *)a)->id, ((const alias_t *)b)->id, TRIAL_ID_LENGTH);
}

static status_t make_aliases(plan_t *plan) {
    const configs_t *configs = &plan->configs;
    size_t replicas = (size_t)spec_replicas(plan->spec);
    plan->aliases = calloc(configs->twin_count * replicas + 1, sizeof *plan->aliases);
    CHECK(plan->aliases, STATUS_ENVIRONMENT, "out of memory for %zu trials", plan->count);
    for (size_t i = 0; i < configs->twin_count; i++)
        for (size_t r = 0; r < replicas; r++) {
            const twin_t *twin = &configs->twins[i];
            alias_t *alias = &plan->aliases[plan->alias_count++];
            if (twin->hash == configs->hash[twin->place]) plan->alias_count--; /* no other name */
            alias->trial = (uint32_t)(twin->place * replicas + r);
            make_id(twin->hash, spec_seed(plan->spec), (uint32_t)r, alias->id);
        }
    qsort(plan->aliases, plan->alias_count, sizeof *plan->aliases, by_alias);
    return STATUS_OK;
}

static int by_id(const void *a, const void *b, void *trials) {
    const trial_t *all = trials;
    return memcmp(all[*(const uint32_t *)a].id, all[*(const uint32_t *)b].id, TRIAL_ID_LENGTH);
}

static status_t sort_trials(plan_t *plan) {
    plan->sorted = calloc(plan->count, sizeof *plan->sorted);
    CHECK(plan->sorted, STATUS_ENVIRONMENT, "out of memory for %zu trials", plan->count);
    for (size_t i = 0; i < plan->count; i++) plan->sorted[i] = (uint32_t)i;
    qsort_r(plan->sorted, plan->count, sizeof *plan->sorted, by_id, plan->trials);
    for (size_t i = 1; i < plan->count; i++) {
        const trial_t *a = &plan->trials[plan->sorted[i - 1]];
        const trial_t *b = &plan->trials[plan->sorted[i]];
        CHECK(strcmp(a->id, b->id), STATUS_SPEC,
              "%s: two different trials got the id %s by chance; change the seed",
              spec_path(plan->spec), a->id);
    }
    return STATUS_OK;
}

status_t plan_create(const spec_t *spec, plan_t **plan) {
    status_t status;
    plan_t *fresh = calloc(1, sizeof *fresh);
    *plan = NULL;
    CHECK_OR_DONE(fresh, STATUS_ENVIRONMENT, "out of memory");
    fresh->spec = spec;
    TRY_OR_DONE(configs_create(spec, &fresh->configs));
    TRY_OR_DONE(make_trials(fresh));
    TRY_OR_DONE(make_aliases(fresh));
    TRY_OR_DONE(sort_trials(fresh));
    *plan = fresh;
    fresh = NULL;
done:
    plan_destroy(&fresh);
    return status;
}

void plan_destroy(plan_t **plan) {
    if (!*plan) return;
    configs_destroy(&(*plan)->configs);
    free((*plan)->trials);
    free((*plan)->sorted);
    free((*plan)->aliases);
    free((*plan)->adopted);
    free(*plan);
    *plan = NULL;
}

size_t plan_count(const plan_t *plan) { return plan->count; }

const trial_t *plan_trial(const plan_t *plan, size_t index) { return &plan->trials[index]; }

const spec_t *plan_spec(const plan_t *plan) { return plan->spec; }

const configs_t *plan_configs(const plan_t *plan) { return &plan->configs; }

/* Ids, or aliases, in their order: number `i` as a text. */
typedef const char *id_at_t(const plan_t *plan, size_t i);

static const char *id_at(const plan_t *plan, size_t i) { return plan->trials[plan->sorted[i]].id; }

static const char *alias_at(const plan_t *plan, size_t i) { return plan->aliases[i].id; }

static const char *adopted_at(const plan_t *plan, size_t i) { return plan->adopted[i].id; }

/* The first of `count` that is not below the prefix. */
static size_t find_first(const plan_t *plan, id_at_t *at, size_t count, const char *prefix,
                         size_t length) {
    size_t low = 0;
    while (low < count) {
        size_t middle = (low + count) / 2;
        if (strncmp(at(plan, middle), prefix, length) < 0)
            low = middle + 1;
        else
            count = middle;
    }
    return low;
}

/* How many begin with it, from `first` on; 2 stands for more. */
static int count_matches(const plan_t *plan, id_at_t *at, size_t count, size_t first,
                         const char *prefix, size_t length) {
    int matches = 0;
    for (size_t i = first; matches < 2 && i < count; i++, matches++)
        if (strncmp(at(plan, i), prefix, length) != 0) break;
    return matches;
}

/* The only alias that begins with it, or NULL. */
static const alias_t *find_alias(const plan_t *plan, id_at_t *at, const alias_t *aliases,
                                 size_t count, const char *id, size_t length) {
    size_t first = find_first(plan, at, count, id, length);
    return count_matches(plan, at, count, first, id, length) == 1 ? &aliases[first] : NULL;
}

const trial_t *plan_find(const plan_t *plan, const char *id) {
    size_t length = strlen(id);
    if (length < PREFIX_MIN || length > TRIAL_ID_LENGTH) return NULL;
    size_t at = find_first(plan, id_at, plan->count, id, length);
    int matches = count_matches(plan, id_at, plan->count, at, id, length);
    if (matches) return matches == 1 ? &plan->trials[plan->sorted[at]] : NULL;
    const alias_t *found = find_alias(plan, alias_at, plan->aliases, plan->alias_count, id, length);
    if (!found)
        found = find_alias(plan, adopted_at, plan->adopted, plan->adopted_count, id, length);
    return found ? &plan->trials[found->trial] : NULL;
}

int plan_has_aliases(const plan_t *plan) { return plan->alias_count > 0; }

void plan_own_id(const plan_t *plan, const trial_t *trial, char id[TRIAL_ID_LENGTH + 1]) {
    size_t replicas = (size_t)spec_replicas(plan->spec);
    make_id(plan->configs.hash[trial->index / replicas], trial->seed, trial->replica, id);
}

/* The first of the older names of each trial that there is anything of. Their order in the file
 * decides which of several is taken, whoever asks. */
static void take_names(plan_t *plan, plan_holds_t *holds, const void *context) {
    const configs_t *configs = &plan->configs;
    size_t replicas = (size_t)spec_replicas(plan->spec);
    for (size_t i = 0; i < configs->twin_count; i++)
        for (size_t r = 0; r < replicas; r++) {
            char id[TRIAL_ID_LENGTH + 1];
            trial_t *trial = &plan->trials[configs->twins[i].place * replicas + r];
            make_id(configs->twins[i].hash, trial->seed, trial->replica, id);
            if (!holds(context, trial->id) && holds(context, id)) strcpy(trial->id, id);
        }
    for (size_t i = 0; i < plan->count; i++) {
        trial_t *trial = &plan->trials[i];
        size_t base = configs->base[i / replicas];
        strcpy(trial->pair, plan->trials[base * replicas + i % replicas].id);
    }
}

/* What the trials that took another name are called by themselves. */
static status_t list_adopted(plan_t *plan) {
    free(plan->adopted);
    plan->adopted_count = 0;
    plan->adopted = calloc(plan->count, sizeof *plan->adopted);
    CHECK(plan->adopted, STATUS_ENVIRONMENT, "out of memory for %zu trials", plan->count);
    for (size_t i = 0; i < plan->count; i++) {
        alias_t *own = &plan->adopted[plan->adopted_count];
        plan_own_id(plan, &plan->trials[i], own->id);
        own->trial = (uint32_t)i;
        plan->adopted_count += strcmp(own->id, plan->trials[i].id) != 0;
    }
    qsort(plan->adopted, plan->adopted_count, sizeof *plan->adopted, by_alias);
    return STATUS_OK;
}

status_t plan_adopt(plan_t *plan, plan_holds_t *holds, const void *context) {
    take_names(plan, holds, context);
    TRY(list_adopted(plan));
    free(plan->sorted);
    plan->sorted = NULL;
    return sort_trials(plan);
}
