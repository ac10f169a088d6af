/* What is handed out when, by a clock that the test turns itself: no processes, no waiting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dispatch/dispatch.h"
#include "fake.h"
#include "store/store.h"

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

/* A sweep that is about to hand out, in a folder of its own. */
typedef struct bench {
    char folder[40], spec[64], run[64];
    sweep_options_t options;
    session_t session;
    dispatch_t dispatch;
} bench_t;

static void open_bench(bench_t *bench, int workers, double max_seconds) {
    *bench = (bench_t){.folder = "/tmp/koopsweep-dispatch-XXXXXX"};
    assert_non_null(mkdtemp(bench->folder));
    snprintf(bench->spec, sizeof bench->spec, "%s/spec.yaml", bench->folder);
    snprintf(bench->run, sizeof bench->run, "%s/run", bench->folder);
    write_spec(bench->spec);
    bench->options = (sweep_options_t){.spec_path = bench->spec,
                                       .run_dir = bench->run,
                                       .is_quiet = 1,
                                       .max_seconds = max_seconds,
                                       .run = fake_run,
                                       .estimate = fake_estimate,
                                       .clock = test_clock,
                                       .field_sets = fake_sets};
    assert_int_equal(session_load(&bench->options, &bench->session), STATUS_OK);
    assert_int_equal(session_take(&bench->session), STATUS_OK);
    assert_int_equal(session_survey(&bench->session), STATUS_OK);
    assert_int_equal(dispatch_open(&bench->session, NULL, workers + 1, workers, &bench->dispatch),
                     STATUS_OK);
}

static void close_bench(bench_t *bench) {
    char command[64];
    dispatch_close(&bench->dispatch);
    session_close(&bench->session);
    snprintf(command, sizeof command, "rm -rf %s", bench->folder);
    assert_int_equal(system(command), 0);
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
    size_t begun[TRIALS + 1];
    bench_t bench;
    now = 0;
    open_bench(&bench, 1, 2.9);
    assert_int_equal(work(&bench.dispatch, bench.options.max_seconds, begun), TRIALS);
    assert_int_equal(milliseconds[begun[0]], 1500);
    assert_int_equal(milliseconds[begun[1]], 200);
    assert_int_equal(milliseconds[begun[2]], 200);
    assert_int_equal(milliseconds[begun[3]], 1500);
    close_bench(&bench);
}

/* What a worker does who ends it. */
static attempt_t finish(const bench_t *bench, size_t trial) {
    record_t record = {0};
    attempt_t attempt = {.trial = trial, .state = TRIAL_COMPLETED, .seconds = 1};
    record_put_text(&record, "outcome/message", "");
    assert_int_equal(
        store_write_trial(bench->run, plan_trial(bench->session.plan, trial), "COMPLETED", &record),
        STATUS_OK);
    record_clear(&record);
    return attempt;
}

/* Hands trials to `rank`, which ends them, until it is handed `trial`. */
static void work_up_to(bench_t *bench, int rank, size_t trial) {
    size_t other;
    for (;;) {
        assert_int_equal(dispatch_next(&bench->dispatch, rank, &other), 1);
        if (other == trial) return;
        attempt_t attempt = finish(bench, other);
        dispatch_report(&bench->dispatch, rank, &attempt);
    }
}

static size_t completed(const bench_t *bench) {
    const progress_t *progress = &bench->dispatch.ledger.progress;
    assert_int_equal(progress->ended, progress->count[TRIAL_COMPLETED]);
    assert_int_equal(progress->count[TRIAL_PENDING] + progress->count[TRIAL_COMPLETED], TRIALS);
    return progress->ended;
}

/* Rank 1 is taken for dead and ends its trial after all; rank 2, which runs it again, dies. */
static void a_trial_that_two_ranks_ran_ends_once(void **state) {
    (void)state;
    size_t trial;
    bench_t bench;
    process_t process = process_self();
    open_bench(&bench, 2, 0);
    assert_int_equal(dispatch_next(&bench.dispatch, 1, &trial), 1);
    dispatch_bury(&bench.dispatch, 1, &process, RANK_FELL_SILENT, 0);
    work_up_to(&bench, 2, trial);
    attempt_t late = finish(&bench, trial);
    size_t before = completed(&bench);
    dispatch_report(&bench.dispatch, 1, &late);
    assert_int_equal(completed(&bench), before + 1);
    dispatch_bury(&bench.dispatch, 2, &process, RANK_DIED, 1);
    assert_int_equal(completed(&bench), before + 1);
    assert_int_equal(bench.dispatch.deaths[trial], 0);
    close_bench(&bench);
}

/* The other way round: rank 2 dies first, whose file is found; then rank 1 tells. */
static void nor_does_it_when_the_late_one_tells_last(void **state) {
    (void)state;
    size_t trial;
    bench_t bench;
    process_t process = process_self();
    open_bench(&bench, 2, 0);
    assert_int_equal(dispatch_next(&bench.dispatch, 1, &trial), 1);
    dispatch_bury(&bench.dispatch, 1, &process, RANK_FELL_SILENT, 0);
    work_up_to(&bench, 2, trial);
    attempt_t late = finish(&bench, trial);
    size_t before = completed(&bench);
    dispatch_bury(&bench.dispatch, 2, &process, RANK_DIED, 1);
    dispatch_report(&bench.dispatch, 1, &late);
    assert_int_equal(completed(&bench), before + 1);
    close_bench(&bench);
}

/* Its file says FAILED until it has ended anew: that is no end that a lost rank has left. */
static void a_failed_trial_that_runs_again_is_not_ended_by_its_old_file(void **state) {
    (void)state;
    size_t trial, again;
    bench_t bench;
    record_t record = {0};
    process_t process = process_self();
    open_bench(&bench, 1, 0);
    record_put_text(&record, "outcome/message", "no room for it");
    assert_int_equal(dispatch_next(&bench.dispatch, 1, &trial), 1);
    assert_int_equal(
        store_write_trial(bench.run, plan_trial(bench.session.plan, trial), "FAILED", &record),
        STATUS_OK);
    record_clear(&record);
    dispatch_bury(&bench.dispatch, 1, &process, RANK_DIED, 1);
    assert_int_equal(completed(&bench), 0);
    for (int i = 0; i < TRIALS; i++) {
        assert_int_equal(dispatch_next(&bench.dispatch, 1, &again), 1);
        if (i + 1 == TRIALS) break;
        attempt_t attempt = finish(&bench, again);
        dispatch_report(&bench.dispatch, 1, &attempt);
    }
    assert_int_equal(again, trial); /* last, having cost a rank */
    close_bench(&bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_not_fit_waits_for_what_does),
        cmocka_unit_test(a_trial_that_two_ranks_ran_ends_once),
        cmocka_unit_test(nor_does_it_when_the_late_one_tells_last),
        cmocka_unit_test(a_failed_trial_that_runs_again_is_not_ended_by_its_old_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
