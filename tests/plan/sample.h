/* sample.h: a plan of a sweep over the sample fields, written in the test itself. */
#ifndef TESTS_PLAN_SAMPLE_H
#define TESTS_PLAN_SAMPLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan/plan.h"
#include "spec/sample_fields.h"

/* A spec with its plan; both live until close_sample. */
typedef struct sample {
    spec_t *spec;
    plan_t *plan;
} sample_t;

static inline sample_t open_sample(const char *text) {
    sample_t sample = {.spec = sample_spec(text)};
    if (!sample.spec || plan_create(sample.spec, &sample.plan) != STATUS_OK)
        fail_msg("%s: %s", text, status_message());
    return sample;
}

static inline void close_sample(sample_t *sample) {
    plan_destroy(&sample->plan);
    spec_destroy(&sample->spec);
}

#endif
