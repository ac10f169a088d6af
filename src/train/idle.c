#include "train/idle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "external/options.h"
#include "spec/space.h"

/* Numbers of steps or layers, and what becomes of a trial that has fewer. */
static const struct idle {
    const char *key, *limit;
    int is_last_step_late; /* 1: it needs a step more than it says */
    const char *consequence;
} rows[] = {
    {"train.warmup", "train.steps", 0, "the learning rate does not reach its peak"},
    {"train.valid_every", "train.steps", 1, "there is no validation before the end"},
    {"policy.rungs.every", "train.steps", 1, "no trial comes to a rung"},
    {"kss.every", "train.steps", 1, "the shaping is applied at the first step alone"},
    {"penalty.every", "train.steps", 1, "the penalty is applied at the first step alone"},
    {"model.moe_every", "model.layers", 0, "no layer has experts"},
    {"model.attention_every", "model.layers", 0, "no layer is attention"},
};

typedef struct fields {
    int every, limit; /* positions in the catalog */
    double fallback;  /* of `every`               */
} fields_t;

/* Defaults are nobody's mistake, and mean nothing where their option is switched off. */
static int is_idle(const struct idle *row, const fields_t *fields, const config_t *config) {
    double every = config_value(config, fields->every)->number;
    if (every == fields->fallback || external_is_asked(config)) return 0;
    double limit = config_value(config, fields->limit)->number;
    return limit > 0 && (row->is_last_step_late ? every >= limit : every > limit);
}

static void look(const plan_t *plan, const struct idle *row, const fields_t *fields,
                 void (*say)(void *context, const char *sentence), void *context) {
    char sentence[256];
    size_t idle = 0, count = plan_count(plan);
    const config_t *first = NULL;
    for (size_t i = 0; i < count; i++) {
        const config_t *config = plan_trial(plan, i)->config;
        if (!is_idle(row, fields, config)) continue;
        if (idle++ == 0) first = config;
    }
    if (!idle) return;
    snprintf(sentence, sizeof sentence,
             "%s: %g %s are too many for %zu of %zu trials, which have %g (%s): %s", row->key,
             config_number(first, row->key), strchr(row->limit, '.') + 1, idle, count,
             config_number(first, row->limit), row->limit, row->consequence);
    say(context, sentence);
}

void idle_options(const plan_t *plan, void (*say)(void *context, const char *sentence),
                  void *context) {
    plan_arms_alike(plan, say, context);
    const catalog_t *catalog = &spec_space(plan_spec(plan))->catalog;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fields_t fields = {catalog_find(catalog, rows[i].key), catalog_find(catalog, rows[i].limit),
                           0};
        if (fields.every == CATALOG_NONE || fields.limit == CATALOG_NONE) continue;
        fields.fallback = atof(catalog->fields[fields.every]->fallback);
        look(plan, &rows[i], &fields, say, context);
    }
}
