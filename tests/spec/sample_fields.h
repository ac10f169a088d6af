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

#define OPTIONS struct sample_model
static const field_t sample_model_rows[] = {
    CHOICE_FIELD("model.norm", norm, .fallback = "pre_ln", .choices = sample_norms,
                 .doc = "the norm"),
    INT_FIELD("model.layers", layers, .min = 1, .max = 96, .fallback = "4",
              .doc = "number of blocks"),
    INT_FIELD("model.width", width, .min = 8, .max = 65536, .fallback = "128", .doc = "features"),
    BOOL_FIELD("model.bias", bias, .fallback = "false", .doc = "biases"),
};
#undef OPTIONS
#define OPTIONS struct sample_train
static const field_t sample_train_rows[] = {
    REAL_FIELD("train.lr", lr, .min = 1e-8, .max = 10, .fallback = "1e-3", .doc = "learning rate"),
    REAL_FIELD("train.dropout", dropout, .min = 0, .max = 1, .fallback = "0",
               .doc = "dropped share"),
    INT_FIELD("train.steps", steps, .min = 1, .max = 1e9, .fallback = "200",
              .doc = "optimizer steps"),
    TEXT_FIELD("train.data", data, .fallback = "", .doc = "a path"),
    INT_LIST_FIELD("train.probes", probes, .min = 0, .max = 1e9, .fallback = "[0]", .doc = "steps"),
};
#undef OPTIONS
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
