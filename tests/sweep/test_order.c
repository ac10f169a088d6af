/* Sweeps that go by an order: screened once, run in turn, and what a stopped one says of its
 * chances. Oracle: the sequence of policy/order.h made anew from the scores. */
#include "dispatch/until.h"
#include "harness.h"
#include "rundir/turns.h"

enum { TRIALS = 40 };
#define AUDIT 0.25

static void write_ordered(const char *order, int milliseconds) {
    write_plain_spec(TRIALS, milliseconds);
    FILE *file = fopen(spec_path, "a");
    assert_non_null(file);
    fprintf(file, "%s\n", order);
    assert_int_equal(fclose(file), 0);
}
#define BY_RISK "order: {by: m_near_unit, audit: 0.25}"

static const char *file_of(const char *run, const char *name) {
    char path[PATH_SIZE + 32];
    snprintf(path, sizeof path, "%s/%s", run, name);
    return read_file(path);
}

/* The sequence as it should be. */
static order_t expected_order(const plan_t *plan) {
    double score[TRIALS];
    order_t order;
    for (size_t i = 0; i < TRIALS; i++) score[i] = fake_score(plan_trial(plan, i));
    assert_int_equal(order_create(TRIALS, score, ORDER_HIGHEST_FIRST, AUDIT, 7, &order), STATUS_OK);
    return order;
}

typedef struct turn {
    char id[16], state[16];
    int audit;
    double chance;
} turn_t;

/* RUN/turns, line by line. */
static void read_turns(const char *run, turn_t turns[TRIALS]) {
    const char *at = strchr(file_of(run, "turns"), '\n');
    for (int t = 0; t < TRIALS; t++) {
        int number;
        assert_non_null(at);
        assert_int_equal(sscanf(at + 1, "%d %15s %d %15s %lf", &number, turns[t].id,
                                &turns[t].audit, turns[t].state, &turns[t].chance),
                         5);
        assert_int_equal(number, t + 1);
        at = strchr(at + 1, '\n');
    }
}

static void trials_start_in_their_turn(void **state) {
    (void)state;
    results_t results;
    const char *run = new_run();
    write_ordered(BY_RISK, 0);
    assert_int_equal(run_sweep(run, "1"), STATUS_OK);
    look(run, &results);
    order_t order = expected_order(results.plan);
    const char *at = read_file(log_path);
    for (int t = 0; t < TRIALS; t++) {
        char line[64];
        snprintf(line, sizeof line, "start %s\n", plan_trial(results.plan, order.trial[t])->id);
        at = strstr(at, "start ");
        assert_non_null(at);
        assert_memory_equal(at, line, strlen(line));
        at += strlen(line);
    }
    assert_null(strstr(at, "screen ")); /* all before the first start */
    order_destroy(&order);
    forget(&results);
}

static void rows_are_those_of_any_order(void **state) {
    (void)state;
    static const char *const orders[] = {"order.by: length", "order.by: random", BY_RISK,
                                         "order: {by: m_near_unit, first: lowest}"};
    static const char *const workers[] = {"1", "2", "1", "3"};
    char first[PATH_SIZE];
    for (int i = 0; i < 4; i++) {
        results_t results;
        const char *run = new_run();
        write_ordered(orders[i], 1);
        assert_int_equal(run_sweep(run, workers[i]), STATUS_OK);
        if (i == 0) strcpy(first, run);
        look(run, &results);
        assert_int_equal(results.count, TRIALS);
        assert_int_equal(store_compare(first, run, results.plan, results.plan), STATUS_OK);
        forget(&results);
    }
}

static void any_number_of_workers_keeps_the_order(void **state) {
    (void)state;
    static const char *const workers[] = {"1", "4"};
    turn_t first[TRIALS], turns[TRIALS];
    write_ordered(BY_RISK, 1);
    for (int i = 0; i < 2; i++) {
        const char *run = new_run();
        assert_int_equal(run_sweep(run, workers[i]), STATUS_OK);
        assert_int_equal(log_lines("screen"), TRIALS);
        read_turns(run, i ? turns : first);
    }
    for (int t = 0; t < TRIALS; t++) {
        assert_string_equal(turns[t].id, first[t].id);
        assert_int_equal(turns[t].audit, first[t].audit);
        assert_true(turns[t].chance == 1);
    }
}

static void await_screened(int count) {
    for (double deadline = clock_seconds() + PATIENCE; log_lines("screen") < count; usleep(2000))
        if (clock_seconds() > deadline) fail_msg("not screened: %s", read_file(output_path));
}

static void a_killed_sweep_screens_nobody_twice(void **state) {
    (void)state;
    results_t results;
    const char *run = new_run();
    write_ordered(BY_RISK, 5);
    pid_t child = start(run, "2", NULL);
    await_screened(12);
    kill(-child, SIGKILL);
    end_of(child);
    char path[PATH_SIZE + 32];
    snprintf(path, sizeof path, "%s/screening.m_near_unit", run);
    FILE *file = fopen(path, "a"); /* and the last line is torn */
    assert_non_null(file);
    fputs("0123", file);
    fclose(file);
    child = start(run, "2", NULL);
    await_starts(6);
    kill(-child, SIGKILL);
    end_of(child);
    assert_int_equal(run_sweep(run, "2"), STATUS_OK);
    assert_in_range(log_lines("screen"), TRIALS, TRIALS + 4); /* those in hand at the first kill */
    look(run, &results);
    order_t order = expected_order(results.plan);
    turn_t turns[TRIALS];
    read_turns(run, turns);
    for (int t = 0; t < TRIALS; t++)
        assert_string_equal(turns[t].id, plan_trial(results.plan, order.trial[t])->id);
    order_destroy(&order);
    forget(&results);
}

/* Trials that begin in BEGINNINGS different ways, at several rates each: TRIALS of RATES. */
enum { BEGINNINGS = 8 };
#define RATES "[1, 2, 3, 4, 5]"

static void write_alike(const char *rates) {
    FILE *file = fopen(spec_path, "w");
    assert_non_null(file);
    fprintf(file,
            "name: fake\nseed: 7\n" BY_RISK
            "\naxes: {product: {fake.number: [0, 1, 2, 3, 4, 5, 6, 7], "
            "train.lr: %s}}\n",
            rates);
    assert_int_equal(fclose(file), 0);
}

static int file_lines(const char *run, const char *name) {
    int count = 0;
    for (const char *at = file_of(run, name); (at = strchr(at, '\n')); at++) count++;
    return count;
}

static void those_that_begin_alike_are_screened_once(void **state) {
    (void)state;
    static const char *const workers[] = {"1", "3"};
    turn_t first[TRIALS], turns[TRIALS];
    write_alike(RATES);
    for (int i = 0; i < 2; i++) {
        const char *run = new_run();
        assert_int_equal(run_sweep(run, workers[i]), STATUS_OK);
        assert_int_equal(log_lines("screen"), BEGINNINGS);
        assert_int_equal(file_lines(run, "screening.m_near_unit"), TRIALS);
        results_t results;
        look(run, &results);
        order_t order = expected_order(results.plan);
        read_turns(run, i ? turns : first);
        for (int t = 0; t < TRIALS; t++)
            assert_string_equal((i ? turns : first)[t].id,
                                plan_trial(results.plan, order.trial[t])->id);
        order_destroy(&order);
        forget(&results);
    }
}

static void remove_from(const char *run, const char *name) {
    char command[PATH_SIZE + 32];
    snprintf(command, sizeof command, "rm -rf %s/%s", run, name);
    assert_int_equal(system(command), 0);
}

/* Cuts the file of scores after that many lines, as a kill between two of them would. */
static void keep_scores(const char *run, int lines) {
    char path[PATH_SIZE + 32];
    snprintf(path, sizeof path, "%s/screening.m_near_unit", run);
    const char *text = read_file(path), *end = text;
    for (int i = 0; i < lines; i++) end = strchr(end, '\n') + 1;
    assert_int_equal(truncate(path, end - text), 0);
}

static void a_score_that_one_of_them_has_is_that_of_all(void **state) {
    (void)state;
    const char *run = new_run();
    write_alike(RATES);
    assert_int_equal(run_sweep(run, "1"), STATUS_OK);
    char *turns = strdup(file_of(run, "turns"));
    remove_from(run, "trials");
    remove_from(run, "segments");
    keep_scores(run, TRIALS / BEGINNINGS + 2); /* all of the first beginning, two of the second */
    unlink(log_path);
    assert_int_equal(run_sweep(run, "1"), STATUS_OK);
    assert_int_equal(log_lines("screen"), BEGINNINGS - 2);
    assert_int_equal(file_lines(run, "screening.m_near_unit"), TRIALS);
    assert_string_equal(file_of(run, "turns"), turns);
    free(turns);
}

static void one_that_cannot_be_screened_leaves_it_to_those_alike(void **state) {
    (void)state;
    const char *run = new_run();
    write_alike("[1, 2]");
    setenv("FAKE_SCREEN_CRASH", "3", 1);
    assert_int_equal(run_sweep(run, "5"), STATUS_FAILED);
    unsetenv("FAKE_SCREEN_CRASH");
    assert_int_equal(log_lines("screen"), BEGINNINGS - 1 + 2 * 2); /* two ranks for each */
    assert_int_equal(count_state(run, TRIAL_FAILED), 2);
    assert_int_equal(count_results(run), 2 * BEGINNINGS);
}

/* k audited ones among the trials that no ranked turn has come to, over how many there are. */
static void a_stopped_sweep_tells_its_chances(void **state) {
    (void)state;
    turn_t turns[TRIALS];
    results_t results;
    const char *run = new_run();
    write_ordered(BY_RISK, 1);
    pid_t child = start_held(run, "1", 15);
    await_starts(15);
    kill(child, SIGINT);
    assert_int_equal(end_of(child), STATUS_INCOMPLETE);
    read_turns(run, turns);
    look(run, &results);
    order_t order = expected_order(results.plan);
    int over = 0, ranked = -1, sampled = 0;
    while (over < TRIALS && strcmp(turns[over].state, "PENDING")) over++;
    assert_int_equal(over, 14);
    for (int t = 0; t < over; t++)
        if (!turns[t].audit) ranked = (int)order.rank[order.trial[t]];
    for (int t = 0; t < over; t++) sampled += (int)order.rank[order.trial[t]] > ranked;
    assert_true(sampled > 0);
    for (int t = 0; t < TRIALS; t++) {
        int is_certain = (int)order.rank[order.trial[t]] <= ranked;
        double chance = is_certain ? 1 : sampled / (double)(TRIALS - 1 - ranked);
        assert_true(fabs(turns[t].chance - (t < over ? chance : 0)) < 1e-8);
    }
    order_destroy(&order);
    forget(&results);
}

/* Its ranks die while they screen it: it is FAILED, goes first, and the others run. */
static void a_trial_that_cannot_be_screened_fails_alone(void **state) {
    (void)state;
    const char *run = new_run();
    write_ordered(BY_RISK, 1);
    setenv("FAKE_SCREEN_CRASH", "3", 1);
    assert_int_equal(run_sweep(run, "4"), STATUS_FAILED);
    unsetenv("FAKE_SCREEN_CRASH");
    assert_int_equal(count_state(run, TRIAL_FAILED), 1);
    assert_int_equal(count_results(run), TRIALS);
    turn_t turns[TRIALS];
    read_turns(run, turns);
    assert_string_equal(turns[0].state, "FAILED");
}

static void enough_may_be_known_on_the_way(void **state) {
    (void)state;
    char first[STOPPED_TEXT_MAX];
    static const char *const workers[] = {"1", "3"};
    write_ordered("order: {by: m_near_unit, audit: 0.5}", 2);
    for (int i = 0; i < 2; i++) {
        const char *run = new_run();
        setenv("FAKE_UNTIL_CI", "0.25", 1);
        assert_int_equal(run_sweep(run, workers[i]), STATUS_OK);
        unsetenv("FAKE_UNTIL_CI");
        assert_true(count_results(run) < TRIALS);
        if (i == 0) snprintf(first, sizeof first, "%.255s", file_of(run, "stopped"));
        assert_string_equal(file_of(run, "stopped"), first);
    }
}

static void a_search_has_an_order_of_its_own(void **state) {
    (void)state;
    const char *run = new_run();
    FILE *file = fopen(spec_path, "w");
    assert_non_null(file);
    fprintf(file, "name: fake\norder.by: random\n"
                  "search: {key: fake.level, from: 0.1, to: 10, rounds: 3}\n");
    assert_int_equal(fclose(file), 0);
    assert_int_equal(run_sweep(run, "1"), STATUS_SPEC);
    assert_output_says("order.by does not go with search");
}

int main(int argc, char **argv) {
    if (argc > 1) return fake_main(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trials_start_in_their_turn),
        cmocka_unit_test(rows_are_those_of_any_order),
        cmocka_unit_test(any_number_of_workers_keeps_the_order),
        cmocka_unit_test(a_killed_sweep_screens_nobody_twice),
        cmocka_unit_test(those_that_begin_alike_are_screened_once),
        cmocka_unit_test(a_score_that_one_of_them_has_is_that_of_all),
        cmocka_unit_test(one_that_cannot_be_screened_leaves_it_to_those_alike),
        cmocka_unit_test(a_stopped_sweep_tells_its_chances),
        cmocka_unit_test(a_trial_that_cannot_be_screened_fails_alone),
        cmocka_unit_test(enough_may_be_known_on_the_way),
        cmocka_unit_test(a_search_has_an_order_of_its_own),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
