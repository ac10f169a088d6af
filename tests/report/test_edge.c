/* The table of crossings of the edge and spikes counts runs and intervals, and a run counts as one.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/frame.h"
#include "near.h"
#include "report/recipe.h"

/* Six runs, three of either rate. */
static const struct {
    double lr, above, above_spiked, below, below_spiked, auroc;
} runs[] = {
    {1e-3, 0, 0, 10, 0, NAN}, {1e-3, 2, 1, 8, 0, 0.9}, {1e-3, 4, 0, 6, 0, NAN},
    {1e-2, 10, 5, 0, 0, 0.4}, {1e-2, 5, 2, 5, 1, 0.6}, {1e-2, 4, 0, 6, 0, NAN},
};
enum { RUNS = sizeof runs / sizeof *runs };

static frame_t make(void) {
    frame_t trials = {.rows = RUNS};
    for (size_t row = 0; row < RUNS; row++) {
        frame_set_text(&trials, "state", row, "COMPLETED");
        frame_numbers(&trials, "train.lr")[row] = runs[row].lr;
        frame_numbers(&trials, "edge/above")[row] = runs[row].above;
        frame_numbers(&trials, "edge/above_spiked")[row] = runs[row].above_spiked;
        frame_numbers(&trials, "edge/below")[row] = runs[row].below;
        frame_numbers(&trials, "edge/below_spiked")[row] = runs[row].below_spiked;
        frame_numbers(&trials, "edge/auroc")[row] = runs[row].auroc;
    }
    return trials;
}

static const double *cell(const report_table_t *table, size_t row, const char *key) {
    return report_cell(table, row, key)->value;
}

static void rows_are_learning_rates_and_all(void **state) {
    (void)state;
    frame_t trials = make();
    report_table_t table = recipe_edge(&trials);
    assert_int_equal(table.row_count, 3); /* nothing of H, which was not measured */
    assert_string_equal(report_cell(&table, 0, "lr")->text, "0.001");
    assert_string_equal(report_cell(&table, 2, "lr")->text, "all");
    report_table_destroy(&table);
    frame_clear(&trials);
}

static void runs_and_intervals_are_counted(void **state) {
    (void)state;
    frame_t trials = make();
    report_table_t table = recipe_edge(&trials);
    const double *crossed = cell(&table, 2, "crossed_spiked"),
                 *calm = cell(&table, 2, "calm_spiked");
    assert_true(crossed[0] == 3 && crossed[1] == 5 && calm[0] == 0 && calm[1] == 1);
    const double *above = cell(&table, 2, "above_spiked"), *below = cell(&table, 2, "below_spiked");
    assert_true(above[0] == 8 && above[1] == 25 && below[0] == 1 && below[1] == 35);
    report_table_destroy(&table);
    frame_clear(&trials);
}

static void a_run_counts_once_whatever_its_intervals(void **state) {
    (void)state; /* gaps of the four runs with both kinds: .5, 0, .2, 0 */
    frame_t trials = make();
    report_table_t table = recipe_edge(&trials);
    const double *gap = cell(&table, 2, "gap_low");
    double mean = 17.5, sd = sqrt((32.5 * 32.5 + 2 * 17.5 * 17.5 + 2.5 * 2.5) / 3);
    assert_near(gap[0], mean - 3.182446305 * sd / 2, 1e-6); /* t of 3 degrees of freedom */
    assert_near(gap[1], mean + 3.182446305 * sd / 2, 1e-6);
    assert_near(*cell(&table, 2, "inside"), (0.9 + 0.4 + 0.6) / 3, 1e-12);
    assert_true(*cell(&table, 2, "inside_runs") == 3);
    report_table_destroy(&table);
    frame_clear(&trials);
}

/* 0 to 1 would be an interval that nothing gave. */
static void runs_without_scatter_have_no_interval(void **state) {
    (void)state;
    frame_t trials = make();
    for (size_t row = 0; row < RUNS; row++)
        if (!isnan(runs[row].auroc)) frame_numbers(&trials, "edge/auroc")[row] = 1;
    report_table_t table = recipe_edge(&trials);
    assert_near(*cell(&table, 2, "inside"), 1, 0);
    assert_true(isnan(cell(&table, 2, "inside_low")[0]) && isnan(cell(&table, 2, "inside_low")[1]));
    report_table_destroy(&table);
    frame_clear(&trials);
}

static void runs_are_compared_within_their_rate(void **state) {
    (void)state; /* shares above: 0, .2, .4 with .2 spiked; 1, .5, .4 with 1, .5 spiked */
    frame_t trials = make();
    report_table_t table = recipe_edge(&trials);
    assert_near(*cell(&table, 0, "between"), 0.5, 1e-12);
    assert_near(*cell(&table, 1, "between"), 1, 1e-12);
    assert_near(*cell(&table, 2, "between"), 0.75, 1e-12); /* pooled it would be 7/9 */
    report_table_destroy(&table);
    frame_clear(&trials);
}

static void a_sweep_without_curvature_has_no_rows(void **state) {
    (void)state;
    frame_t trials = {.rows = 1};
    frame_set_text(&trials, "state", 0, "COMPLETED");
    report_table_t table = recipe_edge(&trials);
    assert_int_equal(table.row_count, 0);
    report_table_destroy(&table);
    frame_clear(&trials);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_learning_rates_and_all),
        cmocka_unit_test(runs_and_intervals_are_counted),
        cmocka_unit_test(a_run_counts_once_whatever_its_intervals),
        cmocka_unit_test(runs_without_scatter_have_no_interval),
        cmocka_unit_test(runs_are_compared_within_their_rate),
        cmocka_unit_test(a_sweep_without_curvature_has_no_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
