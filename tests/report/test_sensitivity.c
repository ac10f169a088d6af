/* What the choice of the learning rate costs is the mean excess over the best rate, and a diverged
 * run counts as if it had learnt nothing. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/frame.h"
#include "near.h"
#include "report/recipe.h"

enum { RATES = 3, REPLICAS = 4 };

/* Held-out loss 2, 1 and, at the largest rate, diverged from 5. `spread` apart from replica to
 * replica. */
static frame_t make(double spread) {
    frame_t trials = {.rows = RATES * REPLICAS};
    for (size_t row = 0; row < trials.rows; row++) {
        size_t rate = row / REPLICAS;
        double off = spread * ((double)(row % REPLICAS) - 1.5);
        frame_set_text(&trials, "state", row, rate == 2 ? "DIVERGED" : "COMPLETED");
        frame_set_text(&trials, "model.norm", row, "pre_ln");
        frame_set_text(&trials, "arm", row, "base");
        frame_numbers(&trials, "train.lr")[row] = pow(10, (double)rate - 3);
        frame_numbers(&trials, "outcome/step")[row] = 10;
        frame_numbers(&trials, "outcome/loss_first")[row] = 5;
        frame_numbers(&trials, "outcome/valid_loss")[row] = rate == 2 ? 9 : 2 - (double)rate + off;
    }
    return trials;
}

static void it_is_the_mean_excess_over_the_best_rate(void **state) {
    (void)state;
    frame_t trials = make(0.1);
    report_table_t table = recipe_sensitivity(&trials);
    assert_int_equal(table.row_count, 1);
    assert_near(report_cell(&table, 0, "sensitivity")->value[0], (1.0 + 0 + 4) / 3, 1e-12);
    assert_near(report_cell(&table, 0, "best_lr")->value[0], 1e-2, 1e-15);
    assert_near(report_cell(&table, 0, "best_loss")->value[0], 1, 1e-12);
    report_table_destroy(&table);
    frame_clear(&trials);
}

static void its_interval_holds_it_and_widens_with_the_spread(void **state) {
    (void)state;
    double width[2];
    for (int k = 0; k < 2; k++) {
        frame_t trials = make(k ? 0.1 : 0.01);
        report_table_t table = recipe_sensitivity(&trials);
        const double *interval = report_cell(&table, 0, "low")->value;
        assert_true(interval[0] < 5.0 / 3 && interval[1] > 5.0 / 3);
        width[k] = interval[1] - interval[0];
        report_table_destroy(&table);
        frame_clear(&trials);
    }
    assert_near(width[1] / width[0], 10, 1e-6);
}

static void runs_that_all_agree_have_no_interval(void **state) {
    (void)state;
    frame_t trials = make(0);
    report_table_t table = recipe_sensitivity(&trials);
    assert_true(report_cell(&table, 0, "sensitivity")->value[0] > 0);
    assert_true(isnan(report_cell(&table, 0, "low")->value[0]));
    report_table_destroy(&table);
    frame_clear(&trials);
}

static void two_rates_are_no_range(void **state) {
    (void)state;
    frame_t trials = make(0);
    for (size_t row = 2 * REPLICAS; row < trials.rows; row++)
        frame_numbers(&trials, "train.lr")[row] = 1e-2;
    report_table_t table = recipe_sensitivity(&trials);
    assert_int_equal(table.row_count, 0);
    report_table_destroy(&table);
    frame_clear(&trials);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_mean_excess_over_the_best_rate),
        cmocka_unit_test(its_interval_holds_it_and_widens_with_the_spread),
        cmocka_unit_test(runs_that_all_agree_have_no_interval),
        cmocka_unit_test(two_rates_are_no_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
