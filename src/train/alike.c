#include "train/alike.h"

#include <stdlib.h>

#include "base/text.h"
#include "spec/space.h"
#include "train/gate.h"

/* A trial, and what it depends on before its first step. */
typedef struct beginning {
    uint64_t hash;
    size_t trial;
} beginning_t;

static int by_hash_and_trial(const void *a, const void *b) {
    const beginning_t *x = a, *y = b;
    if (x->hash != y->hash) return x->hash > y->hash ? 1 : -1;
    return (x->trial > y->trial) - (x->trial < y->trial);
}

typedef struct hasher {
    unsigned char *is_ignored; /* owned [catalog->count] */
    uint64_t *scratch;         /* owned [catalog->count] */
} hasher_t;

static int is_later(const field_t *field) { return field->is_later; }

static status_t hasher_create(const catalog_t *catalog, hasher_t *hasher) {
    *hasher = (hasher_t){.is_ignored = calloc(catalog->count + 1, 1),
                         .scratch = calloc(catalog->count + 1, sizeof *hasher->scratch)};
    CHECK(hasher->is_ignored && hasher->scratch, STATUS_ENVIRONMENT, "out of memory");
    catalog_mark(catalog, is_later, hasher->is_ignored);
    return STATUS_OK;
}

static void hasher_destroy(hasher_t *hasher) {
    free(hasher->is_ignored);
    free(hasher->scratch);
}

/* A sweep of other options than the program's own (tests) knows no gates. */
static int has_gate(const config_t *config) {
    gate_t gate;
    return config_text(config, "gate.score") && gate_open(config, &gate);
}

static uint64_t hash_of(const hasher_t *hasher, const trial_t *trial) {
    uint64_t parts[] = {config_hash(trial->config, hasher->is_ignored, hasher->scratch),
                        trial->replica, 0};
    if (has_gate(trial->config)) parts[2] = text_hash(trial->id, TRIAL_ID_LENGTH);
    return text_hash(parts, sizeof parts);
}

/* Those with one hash stand side by side, in the order of the plan. */
static void chain(const beginning_t *beginnings, size_t count, alike_t *alike) {
    for (size_t i = 0; i < count; i++) {
        size_t trial = beginnings[i].trial;
        int is_first = i == 0 || beginnings[i - 1].hash != beginnings[i].hash;
        int is_last = i + 1 == count || beginnings[i + 1].hash != beginnings[i].hash;
        alike->first[trial] = is_first ? trial : alike->first[beginnings[i - 1].trial];
        alike->next[trial] = is_last ? ALIKE_END : beginnings[i + 1].trial;
    }
}

status_t alike_create(const plan_t *plan, alike_t *alike) {
    status_t status;
    hasher_t hasher = {0};
    size_t count = plan_count(plan);
    beginning_t *beginnings = calloc(count, sizeof *beginnings);
    *alike = (alike_t){calloc(count, sizeof *alike->first), calloc(count, sizeof *alike->next)};
    CHECK_OR_DONE(beginnings && alike->first && alike->next, STATUS_ENVIRONMENT,
                  "out of memory for %zu trials", count);
    TRY_OR_DONE(hasher_create(&spec_space(plan_spec(plan))->catalog, &hasher));
    for (size_t i = 0; i < count; i++)
        beginnings[i] = (beginning_t){hash_of(&hasher, plan_trial(plan, i)), i};
    qsort(beginnings, count, sizeof *beginnings, by_hash_and_trial);
    chain(beginnings, count, alike);
done:
    hasher_destroy(&hasher);
    free(beginnings);
    if (status != STATUS_OK) alike_destroy(alike);
    return status;
}

void alike_destroy(alike_t *alike) {
    free(alike->first);
    free(alike->next);
    *alike = (alike_t){0};
}
