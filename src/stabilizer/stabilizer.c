#include "stabilizer/stabilizer.h"

#include <stdlib.h>

#include "base/text.h"

const stabilizer_row_t *const stabilizer_rows[] = {
#define STABILIZER(name) &stabilizer_##name,
#include "stabilizer/stabilizers.def"
#undef STABILIZER
    NULL};

enum { ROWS = sizeof stabilizer_rows / sizeof *stabilizer_rows };

struct stabilizers {
    void *states[ROWS]; /* owned, beside stabilizer_rows; NULL = switched off */
};

void stabilizers_users(const field_set_t *set, char *text, size_t size) {
    *text = '\0';
    for (int i = 0; stabilizer_rows[i]; i++)
        if (stabilizer_rows[i]->common == set)
            text_append(text, size, "%s%s", *text ? " " : "", stabilizer_rows[i]->key);
}

static int is_on(const stabilizer_row_t *row, const config_t *config) {
    return config_number(config, row->key) != 0;
}

/* Of two gradients in the loss's place the second would undo the first. What holds the size of all
 * weights undoes whatever else changes one, and takes a size of 0 for good. */
static status_t check_pair(const stabilizer_row_t *a, const stabilizer_row_t *b) {
    const unsigned sizes = STABILIZER_HOLDS_SIZES | STABILIZER_CHANGES_SIZES;
    unsigned both = a->takes & b->takes, either = a->takes | b->takes;
    CHECK(!(both & STABILIZER_REPLACES_GRADIENT), STATUS_SPEC,
          "%s and %s both replace the gradient of the loss; set one of them to 0", a->key, b->key);
    CHECK(!(a->takes & sizes && b->takes & sizes && either & STABILIZER_HOLDS_SIZES), STATUS_SPEC,
          "%s and %s both set the size of weights; switch one of them off", a->key, b->key);
    return STATUS_OK;
}

static status_t check_pairs(const config_t *config) {
    for (int i = 0; stabilizer_rows[i]; i++)
        for (int k = 0; k < i && is_on(stabilizer_rows[i], config); k++)
            if (is_on(stabilizer_rows[k], config))
                TRY(check_pair(stabilizer_rows[k], stabilizer_rows[i]));
    return STATUS_OK;
}

status_t stabilizers_needs(const config_t *config, stabilizer_needs_t *needs) {
    *needs = (stabilizer_needs_t){0};
    TRY(check_pairs(config));
    for (int i = 0; stabilizer_rows[i]; i++)
        if (stabilizer_rows[i]->needs) TRY(stabilizer_rows[i]->needs(config, needs));
    return STATUS_OK;
}

status_t stabilizers_create(const trial_t *trial, model_t *model, stabilizers_t **out) {
    stabilizers_t *list = calloc(1, sizeof *list);
    CHECK(list, STATUS_ENVIRONMENT, "out of memory for stabilizers");
    status_t status = STATUS_OK;
    for (int i = 0; stabilizer_rows[i] && status == STATUS_OK; i++)
        status = stabilizer_rows[i]->create(trial, model, &list->states[i]);
    if (status != STATUS_OK) stabilizers_destroy(&list);
    *out = list;
    return status;
}

void stabilizers_destroy(stabilizers_t **list) {
    if (!*list) return;
    for (int i = 0; stabilizer_rows[i]; i++)
        if ((*list)->states[i]) stabilizer_rows[i]->destroy((*list)->states[i]);
    free(*list);
    *list = NULL;
}

void stabilizers_after_gradient(const stabilizers_t *list, step_t *step) {
    for (int i = 0; stabilizer_rows[i]; i++)
        if (list->states[i] && stabilizer_rows[i]->after_gradient)
            stabilizer_rows[i]->after_gradient(list->states[i], step);
}

void stabilizers_after_update(const stabilizers_t *list, step_t *step) {
    for (int i = 0; stabilizer_rows[i]; i++)
        if (list->states[i] && stabilizer_rows[i]->after_update)
            stabilizer_rows[i]->after_update(list->states[i], step);
}

void stabilizers_record(const stabilizers_t *list, record_t *record) {
    for (int i = 0; stabilizer_rows[i]; i++)
        if (list->states[i] && stabilizer_rows[i]->record)
            stabilizer_rows[i]->record(list->states[i], record);
}

const char *stabilizers_unsaved(const stabilizers_t *list) {
    for (int i = 0; stabilizer_rows[i]; i++) {
        const stabilizer_row_t *row = stabilizer_rows[i];
        if (list->states[i] && !row->is_stateless && !(row->save && row->load)) return row->name;
    }
    return NULL;
}

void stabilizers_save(const stabilizers_t *list, record_t *record) {
    for (int i = 0; stabilizer_rows[i]; i++)
        if (list->states[i] && stabilizer_rows[i]->save)
            stabilizer_rows[i]->save(list->states[i], record);
}

status_t stabilizers_load(const stabilizers_t *list, const record_t *record) {
    for (int i = 0; stabilizer_rows[i]; i++)
        if (list->states[i] && stabilizer_rows[i]->load)
            TRY(stabilizer_rows[i]->load(list->states[i], record));
    return STATUS_OK;
}
