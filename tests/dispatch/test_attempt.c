/* The first result of a trial counts: who ends it later, on a rank that was taken for dead, reports
 * what stands there and writes nothing, wherever the first one lies by then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dispatch/attempt.h"
#include "fake.h"

typedef struct sweep {
    char folder[40], spec[64], run[64];
    sweep_options_t options;
    session_t session;
} sweep_t;

static sweep_t sweep;

static int open_sweep(void **state) {
    (void)state;
    sweep = (sweep_t){.folder = "/tmp/koopsweep-attempt-XXXXXX"};
    assert_non_null(mkdtemp(sweep.folder));
    snprintf(sweep.spec, sizeof sweep.spec, "%s/spec.yaml", sweep.folder);
    snprintf(sweep.run, sizeof sweep.run, "%s/run", sweep.folder);
    FILE *file = fopen(sweep.spec, "w");
    assert_true(file && fputs("name: fake\naxes: {product: {fake.number: [0, 1]}}\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    sweep.options = (sweep_options_t){.spec_path = sweep.spec,
                                      .run_dir = sweep.run,
                                      .is_quiet = 1,
                                      .run = fake_run,
                                      .estimate = fake_estimate,
                                      .field_sets = fake_sets};
    assert_int_equal(session_load(&sweep.options, &sweep.session), STATUS_OK);
    assert_int_equal(session_take(&sweep.session), STATUS_OK);
    return 0;
}

static int close_sweep(void **state) {
    (void)state;
    char command[64];
    session_close(&sweep.session);
    snprintf(command, sizeof command, "rm -rf %s", sweep.folder);
    return system(command);
}

static int go_on(void *context, int64_t step, int64_t steps) {
    (void)context, (void)step, (void)steps;
    return 0;
}

static attempt_t run(size_t trial) { return attempt_trial(&sweep.session, trial, go_on, NULL); }

static void assert_result(size_t trial, trial_state_t state) {
    char name[TRIAL_STATE_MAX];
    record_t record;
    assert_int_equal(
        store_read_trial(sweep.run, plan_trial(sweep.session.plan, trial), name, &record),
        STATUS_OK);
    assert_string_equal(name, trial_state_name(state));
    record_clear(&record);
}

/* The first attempt of trial 0 has completed; then it is called failed. */
static void end_twice(int is_packed) {
    attempt_t first = run(0);
    assert_int_equal(first.state, TRIAL_COMPLETED);
    if (is_packed) assert_int_equal(store_pack_all(sweep.run, 0), STATUS_OK);
    attempt_t late = attempt_write_failed(&sweep.session, 0, "its rank was lost");
    assert_int_equal(late.state, TRIAL_COMPLETED);
    assert_true(late.score == first.score || (isnan(late.score) && isnan(first.score)));
    assert_result(0, TRIAL_COMPLETED);
}

static void a_late_failure_leaves_the_first_result(void **state) {
    (void)state;
    end_twice(0);
}

static void a_late_failure_leaves_the_first_result_that_is_packed(void **state) {
    (void)state;
    end_twice(1);
}

/* The lists of segments were read before the second one was written. */
static void what_is_packed_later_is_seen_too(void **state) {
    (void)state;
    assert_int_equal(run(1).state, TRIAL_COMPLETED);
    assert_int_equal(store_pack_all(sweep.run, 0), STATUS_OK);
    end_twice(1);
}

static void a_failure_makes_way_for_a_result(void **state) {
    (void)state;
    assert_int_equal(attempt_write_failed(&sweep.session, 0, "no luck").state, TRIAL_FAILED);
    assert_int_equal(store_pack_all(sweep.run, 0), STATUS_OK);
    assert_int_equal(run(0).state, TRIAL_COMPLETED);
    assert_result(0, TRIAL_COMPLETED);
}

#define ATTEMPT_TEST(function) cmocka_unit_test_setup_teardown(function, open_sweep, close_sweep)

int main(void) {
    const struct CMUnitTest tests[] = {
        ATTEMPT_TEST(a_late_failure_leaves_the_first_result),
        ATTEMPT_TEST(a_late_failure_leaves_the_first_result_that_is_packed),
        ATTEMPT_TEST(what_is_packed_later_is_seen_too),
        ATTEMPT_TEST(a_failure_makes_way_for_a_result),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
