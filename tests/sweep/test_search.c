/* Sweeps with a search, of fake trials: what runs, what is skipped, whoever runs it. */
#include "harness.h"

static void write_sweep(const char *ending, int milliseconds, const char *more) {
    FILE *file = fopen(spec_path, "w");
    assert_non_null(file);
    fprintf(file, "name: fake\nseed: 7\nreplicas: 2\nfake.milliseconds: %d\nfake.ending: %s\n%s\n",
            milliseconds, ending, more);
    assert_int_equal(fclose(file), 0);
}

#define NUMBERS "axes: {product: {fake.number: [0, 1]}}\n"

/* Two ladders of 15 rungs, 2 replicas: 16 of 60 trials run. The cliff lies near the middle. */
static void write_search(const char *ending, int milliseconds) {
    write_sweep(ending, milliseconds,
                NUMBERS "search: {key: fake.level, from: 0.1, to: 10, rounds: 4}");
}

enum { RUN = 2 * 2 * 4, SKIPPED = 2 * 2 * 15 - RUN };

static void assert_complete(const char *run) {
    results_t results;
    look(run, &results);
    assert_int_equal(results.count, RUN + SKIPPED);
    forget(&results);
    assert_int_equal(count_state(run, TRIAL_SKIPPED), SKIPPED);
}

static void a_search_is_the_same_on_any_number_of_workers(void **state) {
    (void)state;
    static const char *const workers[] = {"1", "2", "5"};
    char first[PATH_SIZE];
    results_t results;
    write_search("cliff", 1);
    for (int i = 0; i < 3; i++) {
        const char *run = new_run();
        assert_int_equal(run_sweep(run, workers[i]), STATUS_OK);
        assert_int_equal(log_lines("start"), RUN);
        assert_complete(run);
        if (i == 0) strcpy(first, run);
        look(run, &results);
        assert_int_equal(store_compare(first, run, results.plan, results.plan), STATUS_OK);
        forget(&results);
    }
}

static void nothing_is_asked_twice_when_all_is_known(void **state) {
    (void)state;
    const char *run = new_run();
    write_search("cliff", 0);
    assert_int_equal(run_sweep(run, "2"), STATUS_OK);
    unlink(log_path);
    assert_int_equal(run_sweep(run, "2"), STATUS_OK);
    assert_output_says("nothing to do");
    assert_int_equal(log_lines("start"), 0);
}

/* Killed after so many starts; the next run goes on where it was. */
static void a_killed_search_goes_its_way(void **state) {
    (void)state;
    char whole[PATH_SIZE];
    results_t results;
    write_search("cliff", 20);
    strcpy(whole, new_run());
    assert_int_equal(run_sweep(whole, "2"), STATUS_OK);
    for (int starts = 1; starts < RUN; starts += 7) {
        const char *run = new_run();
        pid_t sweep = start_held(run, "1", starts);
        await_starts(starts);
        kill(-sweep, SIGKILL);
        assert_int_equal(end_of(sweep), 128 + SIGKILL);
        assert_int_equal(run_sweep(run, "2"), STATUS_OK);
        assert_complete(run);
        look(run, &results);
        assert_int_equal(store_compare(whole, run, results.plan, results.plan), STATUS_OK);
        forget(&results);
    }
}

static void a_search_of_failing_trials_ends(void **state) {
    (void)state;
    const char *run = new_run();
    write_search("fail", 0);
    assert_int_equal(run_sweep(run, "2"), STATUS_FAILED);
    assert_int_equal(log_lines("start"), 4); /* the middle rung of both ladders */
    assert_int_equal(count_state(run, TRIAL_FAILED), 4);
    assert_int_equal(count_state(run, TRIAL_SKIPPED), RUN + SKIPPED - 4);
}

/* After the middle rungs failed, all is retried with trials that work: the search goes its whole
 * way, and what it leaves out is left out again. */
static void a_retried_search_goes_on(void **state) {
    (void)state;
    const char *run = new_run();
    write_search("cliff", 0);
    setenv("FAKE_FAIL", "1", 1);
    assert_int_equal(run_sweep(run, "2"), STATUS_FAILED);
    unsetenv("FAKE_FAIL");
    assert_int_equal(end_of(start(run, "2", "retry")), STATUS_OK);
    assert_complete(run);
    assert_int_equal(run_sweep(run, "2"), STATUS_OK);
    assert_output_says("nothing to do");
}

/* Of 7 rungs, then of 15: the finer ladder has all of the coarser one. */
static void a_search_that_is_extended_asks_for_one_rung_more(void **state) {
    (void)state;
    char grown[PATH_SIZE];
    results_t results;
    strcpy(grown, new_run());
    write_sweep("cliff", 0, NUMBERS "search: {key: fake.level, from: 0.1, to: 10, rounds: 3}");
    assert_int_equal(run_sweep(grown, "2"), STATUS_OK);
    unlink(log_path);
    write_search("cliff", 0);
    assert_int_equal(run_sweep(grown, "2"), STATUS_SPEC);
    assert_output_says("--extend (28 trials stay, 32 are new, 0 are left out)");
    assert_int_equal(end_of(start(grown, "2", "extend")), STATUS_OK);
    assert_int_equal(log_lines("start"), 2 * 2);
    assert_complete(grown);
    const char *fresh = new_run();
    assert_int_equal(run_sweep(fresh, "2"), STATUS_OK);
    look(fresh, &results);
    assert_int_equal(store_compare(grown, fresh, results.plan, results.plan), STATUS_OK);
    forget(&results);
}

/* What the search had left out is not left out by axes that ask for it. */
static void a_search_that_becomes_a_grid_runs_what_it_had_left_out(void **state) {
    (void)state;
    const char *run = new_run();
    write_sweep("cliff", 0, "search: {key: fake.level, from: 1, to: 16, rounds: 2}");
    assert_int_equal(run_sweep(run, "1"), STATUS_OK);
    assert_int_equal(count_state(run, TRIAL_SKIPPED), 2);
    write_sweep("cliff", 0, "axes: {product: {fake.level: [2, 4, 8]}}");
    unlink(log_path);
    assert_int_equal(end_of(start(run, "1", "extend")), STATUS_OK);
    assert_int_equal(log_lines("start"), 2);
    assert_int_equal(count_state(run, TRIAL_SKIPPED), 0);
}

int main(int argc, char **argv) {
    if (argc > 1) return fake_main(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_search_is_the_same_on_any_number_of_workers),
        cmocka_unit_test(nothing_is_asked_twice_when_all_is_known),
        cmocka_unit_test(a_killed_search_goes_its_way),
        cmocka_unit_test(a_search_of_failing_trials_ends),
        cmocka_unit_test(a_retried_search_goes_on),
        cmocka_unit_test(a_search_that_is_extended_asks_for_one_rung_more),
        cmocka_unit_test(a_search_that_becomes_a_grid_runs_what_it_had_left_out),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
