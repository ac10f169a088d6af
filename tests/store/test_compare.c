/* compare finds every bit that differs between two runs, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/capture.h"
#include "store/sample_run.h"

static sample_run_t a, b;

static int open_runs(void **state) {
    (void)state;
    sample_open(&a, SAMPLE_SWEEP);
    sample_open(&b, SAMPLE_SWEEP);
    sample_write_all(&a);
    sample_write_all(&b);
    return 0;
}

static int close_runs(void **state) {
    (void)state;
    sample_close(&a);
    sample_close(&b);
    return 0;
}

/* Compares and expects that status and that text, after the id of trial 2 when it begins so. */
static void expect(status_t expected, const char *says) {
    capture_begin();
    status_t status = store_compare(a.dir, b.dir, a.plan, a.plan);
    const char *said = capture_end();
    char line[300];
    snprintf(line, sizeof line, "%s %s", plan_trial(a.plan, 2)->id, says);
    if (status != expected || !(strstr(said, says) || strstr(said, line)))
        fail_msg("status %d, said: %s", status, said);
}

static void rewrite(const char *state, const record_t *record) {
    assert_int_equal(store_write_trial(b.dir, plan_trial(b.plan, 2), state, record), STATUS_OK);
}

static record_t sample(void) { return sample_record(plan_trial(b.plan, 2)); }

static void equal_runs_are_equal(void **state) {
    (void)state;
    expect(STATUS_OK, "12 of 12 trials are equal but for clocks and machine, 0 differ");
}

static void clocks_and_machines_may_differ(void **state) {
    (void)state;
    record_t record = sample();
    record_put_f64(&record, "outcome/seconds", 99);
    record_put_text(&record, "outcome/host", "elsewhere");
    rewrite("COMPLETED", &record);
    expect(STATUS_OK, "12 of 12 trials are equal");
    record_clear(&record);
}

static void the_first_entry_that_differs_is_shown(void **state) {
    (void)state;
    record_t record = sample();
    double *lambda = record_find(&record, "rksp/lambda")->data;
    lambda[2 * (1 * 15 + 2 * 5 + 3) + 1] = 0.5;
    lambda[2 * (1 * 15 + 2 * 5 + 4)] = 0.5;
    rewrite("COMPLETED", &record);
    expect(STATUS_CORRUPT, "rksp/lambda[1,2,3,1]: ");
    expect(STATUS_CORRUPT, " and 0.5, and 1 more of 60");
    expect(STATUS_CORRUPT, "11 of 12 trials are equal but for clocks and machine, 1 differ");
    record_clear(&record);
}

/* One bit of the last place, the sign of a zero, the payload of a NaN. */
static void the_smallest_difference_counts(void **state) {
    (void)state;
    record_t record = sample();
    double *rho = record_find(&record, "rksp/rho")->data;
    rho[0] = -0.0;
    rewrite("COMPLETED", &record);
    expect(STATUS_CORRUPT, "rksp/rho[0,0]: 0 and -0");
    record_clear(&record);
    record = sample();
    uint64_t *loss = record_find(&record, "series/loss")->data;
    loss[SAMPLE_STEPS - 1] ^= 1;
    rewrite("COMPLETED", &record);
    expect(STATUS_CORRUPT, "series/loss[19]: nan (7ff8000000000000) and nan (7ff8000000000001)");
    record_clear(&record);
}

/* A run that ended a step earlier. */
static void a_shorter_series_counts(void **state) {
    (void)state;
    record_t record = sample();
    for (size_t i = 0; i < record.count; i++)
        if (strncmp(record.items[i].path, "series/", 7) == 0) record.items[i].shape[0]--;
    rewrite("COMPLETED", &record);
    expect(STATUS_CORRUPT, "series/step: types or shapes differ");
    expect(STATUS_CORRUPT, "series/loss: types or shapes differ");
    record_clear(&record);
}

static void missing_items_texts_and_states_count(void **state) {
    (void)state;
    record_t record = sample();
    record_put_text(&record, "outcome/trigger", "loss");
    record_put_f64(&record, "outcome/valid_loss", 2);
    rewrite("DIVERGED", &record);
    expect(STATUS_CORRUPT, "outcome/trigger: \"none\" and \"loss\"");
    expect(STATUS_CORRUPT, "outcome/valid_loss: only in the second run");
    expect(STATUS_CORRUPT, "@state: \"COMPLETED\" and \"DIVERGED\"");
    record_clear(&record);
}

static void missing_trials_count(void **state) {
    (void)state;
    unlink(sample_path(&b, plan_trial(b.plan, 2)->id));
    expect(STATUS_CORRUPT, ": only in the first run");
    unlink(sample_path(&a, plan_trial(a.plan, 2)->id));
    expect(STATUS_OK, "11 of 12 trials are equal but for clocks and machine, 0 differ, 0 are "
                      "damaged, 1 have not been run in both");
}

static void damage_is_no_equality(void **state) {
    (void)state;
    assert_int_equal(truncate(sample_path(&b, plan_trial(b.plan, 2)->id), 600), 0);
    expect(STATUS_CORRUPT, "damaged: ");
}

#define COMPARE_TEST(function) cmocka_unit_test_setup_teardown(function, open_runs, close_runs)

int main(void) {
    const struct CMUnitTest tests[] = {
        COMPARE_TEST(equal_runs_are_equal),
        COMPARE_TEST(clocks_and_machines_may_differ),
        COMPARE_TEST(the_first_entry_that_differs_is_shown),
        COMPARE_TEST(the_smallest_difference_counts),
        COMPARE_TEST(a_shorter_series_counts),
        COMPARE_TEST(missing_items_texts_and_states_count),
        COMPARE_TEST(missing_trials_count),
        COMPARE_TEST(damage_is_no_equality),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
