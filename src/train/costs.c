#include "train/costs.h"

#include <search.h>
#include <stdlib.h>

#include "base/text.h"
#include "spec/space.h"

/* A hash and the number it was given: 0, 1, ... in the order of first meeting. */
typedef struct known {
    uint64_t hash;
    uint32_t number;
} known_t;

typedef struct builder {
    const plan_t *plan;        /* borrowed */
    costs_t *costs;            /* borrowed */
    unsigned char *is_ignored; /* owned [catalog->count]: costless fields */
    uint64_t *scratch;         /* owned [catalog->count]                  */
    void *kinds, *families;    /* owned trees of known_t                  */
    size_t kinds_max;          /* room in costs->kinds                    */
} builder_t;

static int by_hash(const void *a, const void *b) {
    uint64_t x = ((const known_t *)a)->hash, y = ((const known_t *)b)->hash;
    return (x > y) - (x < y);
}

/* The number of `hash`; a new one gets `next`. NULL when memory is out. */
static const known_t *look_up(void **tree, uint64_t hash, size_t next) {
    known_t wanted = {hash, (uint32_t)next};
    known_t **found = tfind(&wanted, tree, by_hash);
    if (found) return *found;
    known_t *fresh = malloc(sizeof *fresh);
    if (!fresh) return NULL;
    *fresh = wanted;
    found = tsearch(fresh, tree, by_hash);
    if (!found) free(fresh);
    return found ? *found : NULL;
}

/* Choices enter by name, numbers by being 0 (off) or not: sizes are in the FLOPs already. */
static uint64_t family_hash(const config_t *config, builder_t *builder) {
    const catalog_t *catalog = config->grid->catalog;
    for (size_t i = 0; i < catalog->count; i++) {
        const value_t *value = config_value(config, (int)i);
        const field_t *field = catalog->fields[i];
        field_type_t type = field->type;
        if (builder->is_ignored[i] || type == FIELD_TEXT)
            builder->scratch[i] = 0;
        else if (type == FIELD_CHOICE || (type == FIELD_FREE && !field->is_numeric))
            builder->scratch[i] = value->hash;
        else
            builder->scratch[i] = value->list ? value->list->count > 0 : value->number != 0;
    }
    return text_hash(builder->scratch, catalog->count * sizeof *builder->scratch);
}

static status_t add_kind(builder_t *builder, const trial_t *trial, trial_estimator_t *estimate) {
    char text[512];
    costs_t *costs = builder->costs;
    if (costs->kind_count == builder->kinds_max) {
        builder->kinds_max = 2 * builder->kinds_max + 16;
        cost_kind_t *more = reallocarray(costs->kinds, builder->kinds_max, sizeof *more);
        CHECK(more, STATUS_ENVIRONMENT, "out of memory for %zu costs", builder->kinds_max);
        costs->kinds = more;
    }
    cost_kind_t *kind = &costs->kinds[costs->kind_count];
    status_t status = estimate(trial->config, &kind->cost);
    if (status != STATUS_OK) {
        config_describe(trial->config, text, sizeof text);
        return status_context(status, "%s: trial %s {%s}", spec_path(plan_spec(builder->plan)),
                              trial->id, text);
    }
    const known_t *family =
        look_up(&builder->families, family_hash(trial->config, builder), costs->family_count);
    CHECK(family, STATUS_ENVIRONMENT, "out of memory for costs");
    kind->family = family->number;
    costs->family_count += family->number == costs->family_count;
    costs->kind_count++;
    return STATUS_OK;
}

static status_t add_trial(builder_t *builder, const trial_t *trial, trial_estimator_t *estimate) {
    costs_t *costs = builder->costs;
    uint64_t hash = config_hash(trial->config, builder->is_ignored, builder->scratch);
    const known_t *kind = look_up(&builder->kinds, hash, costs->kind_count);
    CHECK(kind, STATUS_ENVIRONMENT, "out of memory for costs");
    costs->kind_of[trial->index] = kind->number;
    return kind->number < costs->kind_count ? STATUS_OK : add_kind(builder, trial, estimate);
}

/* The replicas of a configuration stand one behind the other. */
static status_t add_all(builder_t *builder, trial_estimator_t *estimate) {
    const config_t *before = NULL;
    uint32_t *kind_of = builder->costs->kind_of;
    for (size_t i = 0; i < plan_count(builder->plan); i++) {
        const trial_t *trial = plan_trial(builder->plan, i);
        if (trial->config == before)
            kind_of[i] = kind_of[i - 1];
        else
            TRY(add_trial(builder, trial, estimate));
        before = trial->config;
    }
    return STATUS_OK;
}

static int is_costless(const field_t *field) { return field->is_costless; }

status_t costs_create(const plan_t *plan, trial_estimator_t *estimate, costs_t *costs) {
    status_t status;
    const catalog_t *catalog = &spec_space(plan_spec(plan))->catalog;
    builder_t builder = {.plan = plan, .costs = costs};
    *costs = (costs_t){0};
    builder.is_ignored = calloc(catalog->count + 1, 1);
    builder.scratch = calloc(catalog->count + 1, sizeof *builder.scratch);
    costs->kind_of = calloc(plan_count(plan), sizeof *costs->kind_of);
    CHECK_OR_DONE(builder.is_ignored && builder.scratch && costs->kind_of, STATUS_ENVIRONMENT,
                  "out of memory for the costs of %zu trials", plan_count(plan));
    catalog_mark(catalog, is_costless, builder.is_ignored);
    TRY_OR_DONE(add_all(&builder, estimate));
done:
    tdestroy(builder.kinds, free);
    tdestroy(builder.families, free);
    free(builder.is_ignored);
    free(builder.scratch);
    if (status != STATUS_OK) costs_destroy(costs);
    return status;
}

void costs_destroy(costs_t *costs) {
    free(costs->kind_of);
    free(costs->kinds);
    *costs = (costs_t){0};
}

const cost_kind_t *costs_of(const costs_t *costs, size_t trial) {
    return &costs->kinds[costs->kind_of[trial]];
}
