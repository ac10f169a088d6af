/* Sweeps that stop when enough is known. Oracle: the decision taken anew from the result files, in
 * the order that seed and number of trials give. */
#include "dispatch/until.h"
#include "harness.h"
#include "policy/order.h"
#include "stats/delong.h"

enum { TRIALS = 60, LEAST = 5 /* of fake_main */ };
#define TARGET "0.14"

static const char *stopped(const char *run) {
    char path[PATH_SIZE + 16];
    snprintf(path, sizeof path, "%s/stopped", run);
    return read_file(path);
}

static int run_until(const char *run, const char *workers, const char *target) {
    setenv("FAKE_UNTIL_CI", target, 1);
    int code = run_sweep(run, workers);
    unsetenv("FAKE_UNTIL_CI");
    return code;
}

/* The results of a run: score, and whether it diverged. -1: the trial has none. */
static void read_results(const char *run, double score[TRIALS], int label[TRIALS]) {
    results_t results;
    look(run, &results);
    for (size_t i = 0; i < TRIALS; i++) {
        char state[TRIAL_STATE_MAX];
        record_t record = {0};
        label[i] = -1;
        if (store_read_trial(run, plan_trial(results.plan, i), state, &record) == STATUS_OK) {
            label[i] = strcmp(state, "DIVERGED") == 0;
            assert_int_equal(record_get(&record, "summary/m_near_unit", RECORD_F64, 1, &score[i]),
                             STATUS_OK);
        }
        record_clear(&record);
    }
    forget(&results);
}

/* After how many trials the sweep should stop; checks that these were run. */
static int expected_stop(const char *run, double target) {
    static const int looks[] = {10, 13, 17, 22, 28, 35, 44, 55};
    double all_scores[TRIALS], score[TRIALS], weight[TRIALS];
    int all_labels[TRIALS], label[TRIALS];
    order_t order;
    read_results(run, all_scores, all_labels);
    assert_int_equal(order_create(TRIALS, NULL, 0, 1, 7, &order), STATUS_OK);
    int stop = 0;
    for (size_t k = 0; k < sizeof looks / sizeof *looks && !stop; k++) {
        for (int t = 0; t < looks[k]; t++) {
            size_t trial = order.trial[t];
            assert_int_not_equal(all_labels[trial], -1);
            score[t] = all_scores[trial];
            label[t] = all_labels[trial];
            weight[t] = 1;
        }
        delong_t found = delong((size_t)looks[k], score, label, NULL, weight);
        int is_wide = !(found.interval.high - found.interval.low <= 2 * target);
        if (!is_wide && found.positives >= LEAST && found.negatives >= LEAST) stop = looks[k];
    }
    order_destroy(&order);
    return stop;
}

static void assert_stopped_after(const char *run, int trials) {
    char words[64];
    snprintf(words, sizeof words, " <= " TARGET " after %d of %d trials ", trials, TRIALS);
    if (!strstr(stopped(run), words)) fail_msg("no '%s' in: %s", words, stopped(run));
}

static void the_sweep_stops_when_enough_is_known(void **state) {
    (void)state;
    const char *run = new_run();
    write_plain_spec(TRIALS, 1);
    assert_int_equal(run_until(run, "1", TARGET), STATUS_OK);
    assert_output_says("stopped: AUROC CI half-width 0.1");
    int stop = expected_stop(run, atof(TARGET));
    assert_true(stop > 0);
    assert_int_equal(count_results(run), stop);
    assert_stopped_after(run, stop);
}

static void what_is_left_runs_when_asked(void **state) {
    (void)state;
    results_t before, after;
    const char *run = new_run();
    write_plain_spec(TRIALS, 1);
    assert_int_equal(run_until(run, "2", TARGET), STATUS_OK);
    look(run, &before);
    assert_true(before.count < TRIALS);
    unlink(log_path);
    assert_int_equal(run_until(run, "2", TARGET), STATUS_OK); /* still enough: nothing to run */
    assert_int_equal(log_lines("start"), 0);
    assert_output_says("stopped: ");
    assert_int_equal(run_sweep(run, "2"), STATUS_OK);
    look(run, &after);
    assert_int_equal(after.count, TRIALS);
    assert_kept(&before, &after);
    assert_string_equal(stopped(run), "");
    forget(&before);
    forget(&after);
}

static void any_number_of_workers_decides_alike(void **state) {
    (void)state;
    static const char *const workers[] = {"1", "2", "4"};
    char first[STOPPED_TEXT_MAX];
    write_plain_spec(TRIALS, 3);
    for (int i = 0; i < 3; i++) {
        const char *run = new_run();
        assert_int_equal(run_until(run, workers[i], TARGET), STATUS_OK);
        if (i == 0) snprintf(first, sizeof first, "%.255s", stopped(run));
        assert_string_equal(stopped(run), first);
        assert_true(count_results(run) >= expected_stop(run, atof(TARGET)));
        /* Those under way at the stop end all the same. */
        assert_int_equal(count_state(run, TRIAL_COMPLETED) + count_state(run, TRIAL_DIVERGED),
                         count_results(run));
        assert_int_equal(count_results(run), log_lines("start"));
    }
}

static void a_killed_sweep_decides_as_if_it_had_not_been(void **state) {
    (void)state;
    write_plain_spec(TRIALS, 10);
    const char *run = new_run();
    for (int starts = 6; starts <= 12; starts += 6) {
        setenv("FAKE_UNTIL_CI", TARGET, 1);
        pid_t child = start_held(run, "2", starts);
        await_starts(starts);
        kill(-child, SIGKILL);
        end_of(child);
    }
    assert_int_equal(run_until(run, "2", TARGET), STATUS_OK);
    assert_stopped_after(run, expected_stop(run, atof(TARGET)));
}

/* What ran before, the longest first, is no sample: it counts in its turn only. */
static void earlier_results_count_in_their_turn(void **state) {
    (void)state;
    const char *run = new_run();
    write_plain_spec(TRIALS, 10);
    pid_t child = start_held(run, "1", 15);
    await_starts(15);
    kill(child, SIGINT);
    assert_int_equal(end_of(child), STATUS_INCOMPLETE);
    int before = count_results(run);
    assert_int_equal(before, 14);
    assert_int_equal(run_until(run, "1", TARGET), STATUS_OK);
    int stop = expected_stop(run, atof(TARGET));
    assert_stopped_after(run, stop);
    assert_true(count_results(run) > stop);
}

static void a_target_out_of_reach_runs_them_all(void **state) {
    (void)state;
    const char *run = new_run();
    write_plain_spec(20, 0);
    assert_int_equal(run_until(run, "1", "0.001"), STATUS_OK);
    assert_int_equal(count_results(run), 20);
    assert_string_equal(stopped(run), "");
    assert_output_says("next: koopsweep table");
}

static void failures_are_told_all_the_same(void **state) {
    (void)state;
    const char *run = new_run();
    write_spec(TRIALS, 0, 5,
               (const char *const[]){"complete", "diverge", "fail", "diverge", "complete"});
    assert_int_equal(run_until(run, "1", "0.2"), STATUS_FAILED);
    assert_output_says("stopped: ");
    assert_true(count_results(run) < TRIALS);
}

static void a_search_is_refused(void **state) {
    (void)state;
    const char *run = new_run();
    FILE *file = fopen(spec_path, "w");
    assert_non_null(file);
    fprintf(file, "name: fake\nsearch: {key: fake.level, from: 0.1, to: 10, rounds: 3}\n");
    assert_int_equal(fclose(file), 0);
    assert_int_equal(run_until(run, "1", TARGET), STATUS_SPEC);
    assert_output_says("--until-ci does not go with search");
    assert_int_equal(access(run, F_OK), -1);
}

int main(int argc, char **argv) {
    if (argc > 1) return fake_main(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sweep_stops_when_enough_is_known),
        cmocka_unit_test(what_is_left_runs_when_asked),
        cmocka_unit_test(any_number_of_workers_decides_alike),
        cmocka_unit_test(a_killed_sweep_decides_as_if_it_had_not_been),
        cmocka_unit_test(earlier_results_count_in_their_turn),
        cmocka_unit_test(a_target_out_of_reach_runs_them_all),
        cmocka_unit_test(failures_are_told_all_the_same),
        cmocka_unit_test(a_search_is_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
