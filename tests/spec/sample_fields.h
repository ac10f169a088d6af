/* sample_fields.h: a small set of options with every type of field, for the tests of spec and plan.
 */
#ifndef TESTS_SPEC_SAMPLE_FIELDS_H
#define TESTS_SPEC_SAMPLE_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "spec/spec.h"

struct sample_model {
    char norm[FIELD_NAME_MAX];
    int64_t layers, width;
    bool bias;
};

struct sample_train {
    double lr, dropout;
    int64_t steps;
    char data[FIELD_TEXT_MAX];
    int_list_t probes;
};

static inline const char *const *sample_norms(void) {
    static const char *const names[] = {"pre_ln", "post_ln", "rms_norm", "none", NULL};
    return names;
}

#define SAMPLE_MODEL(member) offsetof(struct sample_model, member)
#define SAMPLE_TRAIN(member) offsetof(struct sample_train, member)

static const field_t sample_model_rows[] = {
    {"model.norm", FIELD_CHOICE, SAMPLE_MODEL(norm), 0, 0, "pre_ln", sample_norms, "the norm"},
    {"model.layers", FIELD_INT, SAMPLE_MODEL(layers), 1, 96, "4", NULL, "number of blocks"},
    {"model.width", FIELD_INT, SAMPLE_MODEL(width), 8, 65536, "128", NULL, "features"},
    {"model.bias", FIELD_BOOL, SAMPLE_MODEL(bias), 0, 0, "false", NULL, "biases"},
};
static const field_t sample_train_rows[] = {
    {"train.lr", FIELD_REAL, SAMPLE_TRAIN(lr), 1e-8, 10, "1e-3", NULL, "learning rate"},
    {"train.dropout", FIELD_REAL, SAMPLE_TRAIN(dropout), 0, 1, "0", NULL, "dropped share"},
    {"train.steps", FIELD_INT, SAMPLE_TRAIN(steps), 1, 1e9, "200", NULL, "optimizer steps"},
    {"train.data", FIELD_TEXT, SAMPLE_TRAIN(data), 0, 0, "", NULL, "a path"},
    {"train.probes", FIELD_INT_LIST, SAMPLE_TRAIN(probes), 0, 1e9, "[0]", NULL, "steps"},
};
static const field_set_t sample_model_set = FIELD_SET("model", sample_model_rows);
static const field_set_t sample_train_set = FIELD_SET("train", sample_train_rows);
static const field_set_t *const sample_sets[] = {&sample_model_set, &sample_train_set, NULL};

/* The spec of `text`, or NULL with status_message(). */
static inline spec_t *sample_spec(const char *text) {
    spec_t *spec;
    spec_parse("sample.yaml", text, strlen(text), sample_sets, &spec);
    return spec;
}

#endif
