/* bare_sets.h: all options with nothing that switches them off, as they were before programs knew
 * what acts: the oracle of what `needs` and `off_with` say, and of the ids of older runs. */
#ifndef TESTS_TRAIN_BARE_SETS_H
#define TESTS_TRAIN_BARE_SETS_H

#include "train/sweep_text.h"

enum { SETS_MAX = 64, FIELDS_MAX = 64 };

/* Made on the first call; options of arms may be set without one. */
static inline const field_set_t *const *bare_sets(void) {
    static field_t rows[SETS_MAX][FIELDS_MAX];
    static field_set_t copies[SETS_MAX];
    static const field_set_t *sets[SETS_MAX + 1];
    for (size_t s = 0; train_field_sets[s] && !sets[s]; s++) {
        const field_set_t *set = train_field_sets[s];
        assert_true(s < SETS_MAX && set->count <= FIELDS_MAX);
        copies[s] = *set;
        copies[s].fields = rows[s];
        copies[s].is_of_arms = false;
        sets[s] = &copies[s];
        for (size_t i = 0; i < set->count; i++) {
            rows[s][i] = set->fields[i];
            rows[s][i].needs = rows[s][i].off_with = NULL;
        }
    }
    return sets;
}

static inline sweep_text_t sweep_of_sets(const char *text, const field_set_t *const *sets) {
    sweep_text_t sweep = {0};
    status_t status = spec_parse("test.yaml", text, strlen(text), sets, &sweep.spec);
    if (status == STATUS_OK) status = plan_create(sweep.spec, &sweep.plan);
    if (status != STATUS_OK) fail_msg("%s: %s", text, status_message());
    return sweep;
}

#endif
