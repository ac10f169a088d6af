/* What is handed out when, by a clock that the test turns itself: no processes, no waiting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dispatch/dispatch.h"
#include "fake.h"

enum { RANK = 1, TRIALS = 4 };
static const int milliseconds[TRIALS] = {1500, 200, 1500, 200};
static double now; /* seconds; dispatch takes a clock without context */

static double test_clock(void) { return now; }

static void write_spec(const char *path) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "name: fake\naxes:\n  zip:\n    fake.number: [0, 1, 2, 3]\n"
                  "    fake.milliseconds: [");
    for (int i = 0; i < TRIALS; i++) fprintf(file, "%s%d", i ? ", " : "", milliseconds[i]);
    fprintf(file, "]\n");
    assert_int_equal(fclose(file), 0);
}

/* One worker that runs whatever it gets, until it gets nothing or the time is up. Returns how many
 * it began, their numbers in begun[]. */
static int work(dispatch_t *dispatch, double seconds, size_t begun[TRIALS]) {
    int count = 0;
    while (now < seconds && dispatch_next(dispatch, RANK, &begun[count])) {
        attempt_t attempt = {.trial = begun[count], .state = TRIAL_COMPLETED};
        attempt.seconds = 1e-3 * milliseconds[begun[count++]];
        now += attempt.seconds;
        dispatch_report(dispatch, RANK, &attempt);
    }
    return count;
}

/* Begins with one of 1.5 s. Of the 1.4 s that are left then, the other one has to wait for the two
 * short ones; and is still worth beginning, since it can go on from its checkpoint. */
static void what_does_not_fit_waits_for_what_does(void **state) {
    (void)state;
    char folder[] = "/tmp/koopsweep-dispatch-XXXXXX", spec[64], run[64], command[64];
    size_t begun[TRIALS + 1];
    assert_non_null(mkdtemp(folder));
    snprintf(spec, sizeof spec, "%s/spec.yaml", folder);
    snprintf(run, sizeof run, "%s/run", folder);
    write_spec(spec);
    const sweep_options_t options = {.spec_path = spec,
                                     .run_dir = run,
                                     .is_quiet = 1,
                                     .max_seconds = 2.9,
                                     .estimate = fake_estimate,
                                     .clock = test_clock,
                                     .field_sets = fake_sets};
    session_t session;
    dispatch_t dispatch;
    assert_int_equal(session_load(&options, &session), STATUS_OK);
    assert_int_equal(session_take(&session), STATUS_OK);
    assert_int_equal(session_survey(&session), STATUS_OK);
    assert_int_equal(dispatch_open(&session, NULL, 2, 1, &dispatch), STATUS_OK);
    assert_int_equal(work(&dispatch, options.max_seconds, begun), TRIALS);
    assert_int_equal(milliseconds[begun[0]], 1500);
    assert_int_equal(milliseconds[begun[1]], 200);
    assert_int_equal(milliseconds[begun[2]], 200);
    assert_int_equal(milliseconds[begun[3]], 1500);
    dispatch_close(&dispatch);
    session_close(&session);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_does_not_fit_waits_for_what_does)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
