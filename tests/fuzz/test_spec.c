/* A sweep file of any bytes is read and planned, or refused with a sentence that names the file;
 * what was read has an expanded text that reads back to itself. */
#include "fuzz/target.h"

#include "plan/plan.h"
#include "spec/sample_fields.h"

/* Replicas alone may ask for a million trials. */
enum { TRIALS_MAX = 2000 };

static void check_expanded(const spec_t *spec) {
    spec_t *again = sample_spec(spec_expanded(spec));
    fuzz_check(again && !strcmp(spec_expanded(spec), spec_expanded(again)),
               "the expanded text reads back to itself");
    spec_destroy(&again);
}

static void check_plan(const spec_t *spec) {
    plan_t *plan = NULL;
    status_t status = plan_create(spec, &plan);
    fuzz_check(status == STATUS_OK || *status_message(), "a refusal has a sentence");
    plan_destroy(&plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    spec_t *spec = NULL;
    status_t status = spec_parse("fuzz.yaml", (const char *)data, size, sample_sets, &spec);
    if (status == STATUS_OK) {
        fuzz_accepted++;
        check_expanded(spec);
        if (spec_replicas(spec) < TRIALS_MAX / 100) check_plan(spec);
    } else {
        fuzz_check(status == STATUS_SPEC, "what is not read is the spec's fault");
        fuzz_check(!strncmp(status_message(), "fuzz.yaml:", 10), "a refusal names the file");
    }
    spec_destroy(&spec);
    return 0;
}
