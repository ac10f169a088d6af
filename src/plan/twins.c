/* twins.c: what is said about configurations that are the same. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "plan/configs.h"

/* A folded twin is given another value than what runs for it, and it does nothing. */
static int is_without_effect(const configs_t *configs, int field) {
    for (size_t i = 0; i < configs->twin_count; i++) {
        const twin_t *twin = &configs->twins[i];
        if (!twin->is_folded || config_acts(&twin->config, field)) continue;
        const value_t *runs = config_given(&configs->at[twin->place], field);
        if (config_given(&twin->config, field)->hash != runs->hash) return 1;
    }
    return 0;
}

size_t plan_twins(const plan_t *plan, char *text, size_t size) {
    const configs_t *configs = plan_configs(plan);
    const catalog_t *catalog = &spec_space(plan_spec(plan))->catalog;
    *text = '\0';
    for (const char *const *key = spec_varied(plan_spec(plan)); *key; key++)
        if (is_without_effect(configs, catalog_find(catalog, *key)))
            text_append(text, size, "%s%s", *text ? ", " : "", *key);
    return configs->folded;
}

void plan_arms_alike(const plan_t *plan, void (*say)(void *context, const char *sentence),
                     void *context) {
    char sentence[256];
    const configs_t *configs = plan_configs(plan);
    const arm_list_t *arms = &spec_space(plan_spec(plan))->arms;
    for (const arm_t *arm = arms->arms; arm < arms->arms + arms->count; arm++) {
        size_t alike = 0, alone = 0;
        for (size_t i = 0; i < configs->twin_count; i++) {
            const twin_t *twin = &configs->twins[i];
            if (!twin->is_folded || twin->config.arm != &arm->grid) continue;
            alike += configs->at[twin->place].arm != &arm->grid;
        }
        for (size_t i = 0; i < configs->count; i++) alone += configs->at[i].arm == &arm->grid;
        if (!alike) continue;
        snprintf(sentence, sizeof sentence,
                 "arm %s is the same as another for %zu of %zu configurations: it has no trials "
                 "and no pairs there",
                 arm->name, alike, alike + alone);
        say(context, sentence);
    }
}
