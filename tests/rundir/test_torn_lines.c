/* A line torn by a crash is no line: neither of scores nor of deaths, now or after the next one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dispatch/fake.h"
#include "rundir/run_dir.h"
#include "rundir/turns.h"

enum { TRIALS = 3 };
static const char text[] = "name: fake\naxes: {product: {fake.number: [0, 1, 2]}}\n";
static const char score_name[] = "m_near_unit";
static char folder[] = "/tmp/koopsweep-torn-XXXXXX", scores[64], deaths[64];
static spec_t *spec;
static plan_t *plan;

static int open_all(void **state) {
    (void)state;
    if (!mkdtemp(folder)) return -1;
    snprintf(scores, sizeof scores, "%s/screening.%s", folder, score_name);
    snprintf(deaths, sizeof deaths, "%s/deaths", folder);
    return spec_parse("text", text, strlen(text), fake_sets, &spec) || plan_create(spec, &plan);
}

static int close_all(void **state) {
    char command[64];
    (void)state;
    plan_destroy(&plan);
    spec_destroy(&spec);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static void append(const char *path, const char *format, size_t trial) {
    FILE *file = fopen(path, "a");
    assert_non_null(file);
    fprintf(file, "%s %s", plan_trial(plan, trial)->id, format);
    assert_int_equal(fclose(file), 0);
}

static size_t known_scores(double score[TRIALS]) {
    unsigned char is_known[TRIALS] = {0};
    return turns_read_scores(folder, score_name, plan, score, is_known);
}

/* Of "0x1.8p+3" the crash left a number, too: 1.5. */
static void half_a_score_is_none(void **state) {
    (void)state;
    double score[TRIALS] = {0};
    const trial_t *second = plan_trial(plan, 1);
    append(scores, "0x1.8", 0);
    assert_int_equal(known_scores(score), 0);
    assert_int_equal(turns_add_score(folder, score_name, second, 0.25), STATUS_OK);
    assert_int_equal(known_scores(score), 1);
    assert_true(score[0] == 0 && score[1] == 0.25);
}

static void half_a_death_is_none_and_takes_no_other_with_it(void **state) {
    (void)state;
    unsigned counts[TRIALS] = {0};
    process_t process = {.host = "node7", .pid = 123};
    append(deaths, "nod", 0);
    run_dir_add_death(folder, plan_trial(plan, 1), &process);
    run_dir_add_death(folder, plan_trial(plan, 2), &process);
    append(deaths, "*", 2); /* nor is half a pardon one */
    run_dir_count_deaths(folder, plan, counts);
    assert_int_equal(counts[0], 0);
    assert_int_equal(counts[1], 1);
    assert_int_equal(counts[2], 1);
    run_dir_forgive_deaths(folder, plan_trial(plan, 1));
    memset(counts, 0, sizeof counts);
    run_dir_count_deaths(folder, plan, counts);
    assert_int_equal(counts[1], 0);
    assert_int_equal(counts[2], 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_a_score_is_none),
        cmocka_unit_test(half_a_death_is_none_and_takes_no_other_with_it),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
