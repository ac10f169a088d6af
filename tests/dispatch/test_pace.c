/* What trials are expected to take. Expected values by the formula at the top of pace.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "dispatch/pace.h"
#include "near.h"

/* Trials 0, 1 of kind 0 and 2 of kind 1 are one family, trial 3 of kind 2 another. */
static uint32_t kind_of[] = {0, 0, 1, 2};
static cost_kind_t kinds[] = {{{.flops = 100}, 0}, {{.flops = 300}, 0}, {{.flops = 200}, 1}};
static const costs_t costs = {kind_of, kinds, 3, 2};

static pace_t fresh(void) {
    pace_t pace;
    assert_int_equal(pace_create(&costs, &pace), STATUS_OK);
    return pace;
}

static void before_the_first_end_work_counts(void **state) {
    (void)state;
    pace_t pace = fresh();
    assert_true(pace_expected(&pace, 2) == 300);
    assert_true(pace_expected(&pace, 3) == 200);
    pace_destroy(&pace);
}

static void one_pace_is_taken_for_all(void **state) {
    (void)state;
    pace_t pace = fresh();
    pace_learn(&pace, 0, 50);
    for (size_t i = 0; i < 4; i++)
        assert_near(pace_expected(&pace, i), 0.5 * costs_of(&costs, i)->cost.flops, 1e-9);
    pace_destroy(&pace);
}

static void few_observations_lean_on_the_family_and_that_on_all(void **state) {
    (void)state;
    pace_t pace = fresh();
    pace_learn(&pace, 0, 100); /* log pace 0, twice */
    pace_learn(&pace, 1, 100);
    pace_learn(&pace, 3, 200 * exp(3.0)); /* log pace 3 */
    double all = 1, family_0 = (0 + 0 + all) / 3, family_1 = (3 + all) / 2;
    assert_near(log(pace_of(&pace, 0)), (0 + 0 + family_0) / 3, 1e-12);
    assert_near(log(pace_of(&pace, 2)), family_0, 1e-12); /* its kind was not seen */
    assert_near(log(pace_of(&pace, 3)), (3 + family_1) / 2, 1e-12);
    pace_destroy(&pace);
}

static void a_family_that_is_slow_goes_before_one_with_more_work(void **state) {
    (void)state;
    pace_t pace = fresh();
    for (int i = 0; i < 5; i++) pace_learn(&pace, 0, 10);
    for (int i = 0; i < 5; i++) pace_learn(&pace, 3, 2000);
    assert_true(pace_expected(&pace, 3) > pace_expected(&pace, 2));
    pace_destroy(&pace);
}

static void nonsense_teaches_nothing(void **state) {
    (void)state;
    pace_t pace = fresh();
    pace_learn(&pace, 0, 0);
    pace_learn(&pace, 0, NAN);
    pace_learn(&pace, 0, INFINITY);
    assert_int_equal(pace.all.count, 0);
    pace_destroy(&pace);
}

static void a_table_teaches_by_its_completed_trials(void **state) {
    (void)state;
    pace_t pace = fresh();
    frame_t table = {.rows = 4};
    static const char *const states[] = {"COMPLETED", "DIVERGED", "PENDING", "FAILED"};
    for (size_t i = 0; i < 4; i++) {
        frame_texts(&table, "state");
        frame_set_text(&table, "state", i, states[i]);
        frame_numbers(&table, "outcome/seconds")[i] = 200;
    }
    pace_learn_table(&pace, &table);
    assert_int_equal(pace.all.count, 1);
    assert_near(pace_of(&pace, 0), 2, 1e-12);
    frame_clear(&table);
    pace_destroy(&pace);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_the_first_end_work_counts),
        cmocka_unit_test(one_pace_is_taken_for_all),
        cmocka_unit_test(few_observations_lean_on_the_family_and_that_on_all),
        cmocka_unit_test(a_family_that_is_slow_goes_before_one_with_more_work),
        cmocka_unit_test(nonsense_teaches_nothing),
        cmocka_unit_test(a_table_teaches_by_its_completed_trials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
