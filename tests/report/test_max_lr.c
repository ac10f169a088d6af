/* The largest stable learning rate, from counts laid down here. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/frame.h"
#include "near.h"
#include "report/recipe.h"

enum { RATES = 4, RUNS = 10 };
static const double rates[RATES] = {1e-3, 2e-3, 4e-3, 8e-3};

/* `diverged` of ten runs at each learning rate, of one normalisation in the base arm. */
static report_table_t table_of(const int diverged[RATES]) {
    frame_t frame = {.rows = RATES * RUNS};
    for (size_t row = 0; row < frame.rows; row++) {
        size_t rate = row % RATES, run = row / RATES;
        int is_out = (int)run < diverged[rate];
        frame_set_text(&frame, "state", row, is_out ? "DIVERGED" : "COMPLETED");
        frame_set_text(&frame, "task.name", row, "associative_recall");
        frame_set_text(&frame, "model.norm", row, "none");
        frame_set_text(&frame, "arm", row, "base");
        frame_numbers(&frame, "train.lr")[row] = rates[rate];
    }
    report_table_t table = recipe_max_lr(&frame);
    frame_clear(&frame);
    assert_int_equal(table.row_count, 1);
    return table;
}

static void finds(const int diverged[RATES], double largest, double next) {
    report_table_t table = table_of(diverged);
    double found = report_cell(&table, 0, "max_lr")->value[0];
    double above = report_cell(&table, 0, "next_lr")->value[0];
    const double *interval = report_cell(&table, 0, "low")->value;
    assert_true(isnan(largest) ? isnan(found) : found == largest);
    assert_true(isnan(next) ? isnan(above) : above == next);
    assert_true(interval[0] <= (isnan(largest) ? 0 : largest));
    assert_true(interval[1] >= (isnan(largest) ? 0 : largest));
    report_table_destroy(&table);
}

static void below_a_fifth_is_stable(void **state) {
    (void)state;
    finds((const int[]){0, 1, 4, 10}, 2e-3, 4e-3);
    finds((const int[]){0, 2, 4, 10}, 1e-3, 2e-3); /* 20 % is not below 20 % */
}

static void both_ends_of_the_grid_are_told(void **state) {
    (void)state;
    finds((const int[]){0, 0, 0, 0}, 8e-3, NAN);
    finds((const int[]){5, 6, 7, 8}, NAN, 1e-3);
}

/* 3 of 10 and then none are 3 of 20, which is below a fifth. */
static void chance_is_evened_out(void **state) {
    (void)state;
    finds((const int[]){0, 3, 0, 10}, 4e-3, 8e-3);
    finds((const int[]){0, 5, 0, 10}, 1e-3, 2e-3);
}

/* None of ten: P(rate >= 0.2) = 3.2 % (scipy.stats.beta.sf(0.2, 0.5, 10.5)), above the 2.5 % that
 * the interval leaves out; of ten of ten, P(rate < 0.2) is nothing. */
static void agreement_of_few_runs_is_not_certainty(void **state) {
    (void)state;
    report_table_t table = table_of((const int[]){0, 0, 10, 10});
    const double *interval = report_cell(&table, 0, "low")->value;
    assert_true(interval[0] == 1e-3 && interval[1] == 2e-3);
    report_table_destroy(&table);
}

static void the_published_value_stands_beside(void **state) {
    (void)state;
    report_table_t table = table_of((const int[]){0, 0, 10, 10});
    assert_near(report_cell(&table, 0, "published")->value[0], 0.002, 1e-12);
    report_table_destroy(&table);
}

/* 3 of 10 at 2: unstable at the paper's 20 %, stable at the 50 % that this search asked for. */
static void a_search_has_its_own_option_and_limit(void **state) {
    (void)state;
    static const int diverged[] = {0, 3, 10};
    frame_t frame = {.rows = 3 * RUNS};
    for (size_t row = 0; row < frame.rows; row++) {
        size_t rung = row % 3, run = row / 3;
        frame_set_text(&frame, "state", row, (int)run < diverged[rung] ? "DIVERGED" : "COMPLETED");
        frame_set_text(&frame, "model.norm", row, "none");
        frame_set_text(&frame, "arm", row, "base");
        frame_set_text(&frame, "search.key", row, "model.init_gain");
        frame_numbers(&frame, "search.below")[row] = 0.5;
        frame_numbers(&frame, "model.init_gain")[row] = 1 + (double)rung;
        frame_numbers(&frame, "train.lr")[row] = 1e-3;
    }
    report_table_t table = recipe_max_lr(&frame);
    assert_int_equal(table.row_count, 1);
    assert_near(report_cell(&table, 0, "max_lr")->value[0], 2, 0);
    assert_near(report_cell(&table, 0, "next_lr")->value[0], 3, 0);
    assert_true(isnan(report_cell(&table, 0, "published")->value[0]));
    report_table_destroy(&table);
    frame_clear(&frame);
}

/* Two depths, the deeper of which bears half the learning rate; the warm-up is zipped with the
 * learning rate and splits nothing. */
static void further_axes_are_kept_apart(void **state) {
    (void)state;
    frame_t frame = {.rows = 2 * RATES * RUNS};
    for (size_t row = 0; row < frame.rows; row++) {
        size_t rate = row / 2 % RATES, is_deep = row % 2;
        int is_out = rate + is_deep > 2;
        frame_set_text(&frame, "state", row, is_out ? "DIVERGED" : "COMPLETED");
        frame_set_text(&frame, "task.name", row, "associative_recall");
        frame_set_text(&frame, "model.norm", row, "none");
        frame_set_text(&frame, "arm", row, "base");
        frame_numbers(&frame, "train.lr")[row] = rates[rate];
        frame_numbers(&frame, "train.warmup")[row] = 10 * (double)rate;
        frame_numbers(&frame, "model.layers")[row] = is_deep ? 12 : 6;
        frame_numbers(&frame, "summary/rho")[row] = (double)row;
    }
    report_table_t table = recipe_max_lr(&frame);
    assert_int_equal(table.row_count, 2);
    assert_string_equal(table.rows[0].section, "model.layers 6");
    assert_string_equal(table.rows[1].section, "model.layers 12");
    assert_near(report_cell(&table, 0, "max_lr")->value[0], 4e-3, 0);
    assert_near(report_cell(&table, 1, "max_lr")->value[0], 2e-3, 0);
    assert_true(report_cell(&table, 1, "diverged")->value[1] == RATES * RUNS);
    report_table_destroy(&table);
    frame_clear(&frame);
}

/* Twenty settings, each at a learning rate of its own, as a random sweep has them. */
static void one_learning_rate_has_no_largest(void **state) {
    (void)state;
    frame_t frame = {.rows = 20};
    for (size_t row = 0; row < frame.rows; row++) {
        frame_set_text(&frame, "state", row, "COMPLETED");
        frame_set_text(&frame, "model.norm", row, "none");
        frame_set_text(&frame, "arm", row, "base");
        frame_numbers(&frame, "train.lr")[row] = 1e-3 + 1e-4 * (double)(row / 2);
        frame_numbers(&frame, "model.width")[row] = 32 + (double)row;
    }
    report_table_t table = recipe_max_lr(&frame);
    assert_int_equal(table.row_count, 0);
    report_table_destroy(&table);
    frame_clear(&frame);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(below_a_fifth_is_stable),
        cmocka_unit_test(both_ends_of_the_grid_are_told),
        cmocka_unit_test(chance_is_evened_out),
        cmocka_unit_test(the_published_value_stands_beside),
        cmocka_unit_test(a_search_has_its_own_option_and_limit),
        cmocka_unit_test(agreement_of_few_runs_is_not_certainty),
        cmocka_unit_test(further_axes_are_kept_apart),
        cmocka_unit_test(one_learning_rate_has_no_largest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
