/* plan.h: a small plan for targets that read files about trials. */
#ifndef TESTS_FUZZ_PLAN_H
#define TESTS_FUZZ_PLAN_H

#include "fuzz/target.h"
#include "plan/plan.h"
#include "spec/sample_fields.h"

/* Four trials; made once. */
static inline const plan_t *fuzz_plan(void) {
    static plan_t *plan;
    static spec_t *spec;
    if (plan) return plan;
    spec = sample_spec(
        "name: fuzz\naxes: {product: {train.lr: [1e-3, 1e-2], model.width: [8, 16]}}\n");
    if (!spec || plan_create(spec, &plan) != STATUS_OK) abort();
    return plan;
}

#endif
