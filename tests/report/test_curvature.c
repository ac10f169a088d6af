/* The table of curvature by depth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "report/recipe.h"
#include "report/sweep_frame.h"

/* Curvature grows with depth: 8 layers have three times the lambda(H) of 4, all else alike. */
static frame_t measured_frame(void) {
    frame_t frame = sweep_frame();
    for (size_t row = 0; row < frame.rows; row++) {
        double layers = frame_numbers(&frame, "model.layers")[row];
        double lambda = (layers > 4 ? 30 : 10) + (row % 2 ? 1 : -1);
        sweep_put(&frame, "summary/median_lambda_hessian", row, lambda);
        sweep_put(&frame, "summary/max_lr_lambda", row, row == 0 ? NAN : 5);
    }
    return frame;
}

static size_t row_of(const report_table_t *table, const char *quantity, const char *layers) {
    for (size_t r = 0; r < table->row_count; r++)
        if (!strcmp(report_cell(table, r, "quantity")->text, quantity) &&
            !strcmp(report_cell(table, r, "layers")->text, layers))
            return r;
    fail_msg("no row of %s for %s layers", quantity, layers);
    return 0;
}

static void rows_are_depths_with_median_and_range(void **state) {
    (void)state;
    frame_t frame = measured_frame();
    report_table_t table = recipe_curvature(&frame);
    size_t shallow = row_of(&table, "median_hessian", "4");
    assert_int_equal(row_of(&table, "median_hessian", "8"), shallow + 1);
    assert_near(report_cell(&table, shallow, "median")->value[0], 10, 1e-12);
    assert_near(report_cell(&table, shallow, "low")->value[0], 9, 1e-12);
    assert_near(report_cell(&table, shallow, "low")->value[1], 11, 1e-12);
    assert_near(report_cell(&table, shallow + 1, "median")->value[0], 30, 1e-12);
    assert_near(report_cell(&table, shallow + 1, "diverged")->value[1], SWEEP_TRIALS / 2, 0);
    report_table_destroy(&table);
    frame_clear(&frame);
}

static void runs_that_count_are_counted(void **state) {
    (void)state; /* row 0 was not measured; all diverged runs of 4 layers were: 5 */
    frame_t frame = measured_frame();
    report_table_t table = recipe_curvature(&frame);
    size_t row = row_of(&table, "max_lr_scaled", "4");
    assert_near(report_cell(&table, row, "measured")->value[0], SWEEP_TRIALS / 2 - 1, 0);
    assert_near(report_cell(&table, row, "measured_diverged")->value[0], 5, 0);
    report_table_destroy(&table);
    frame_clear(&frame);
}

static void one_run_that_blows_up_leaves_the_table_readable(void **state) {
    (void)state;
    frame_t frame = measured_frame();
    char shown[CELL_SHOWN_MAX];
    frame_numbers(&frame, "summary/median_lambda_hessian")[0] = 7.65432e21;
    report_table_t table = recipe_curvature(&frame);
    size_t row = row_of(&table, "median_hessian", "4");
    assert_near(report_cell(&table, row, "median")->value[0], 10, 1.01);
    for (size_t c = 0; c < table.column_count; c++) {
        if (strcmp(table.columns[c].key, "low") != 0) continue;
        report_show(&table.columns[c], &table.rows[row].cells[c], shown);
        assert_string_equal(shown, "9–7.65e+21");
    }
    report_table_destroy(&table);
    frame_clear(&frame);
}

static void what_no_run_measured_has_no_rows(void **state) {
    (void)state;
    frame_t frame = measured_frame();
    report_table_t table = recipe_curvature(&frame);
    for (size_t r = 0; r < table.row_count; r++)
        assert_true(report_cell(&table, r, "measured")->value[0] > 0);
    report_table_destroy(&table);
    frame_clear(&frame);
}

static void growth_is_noted(void **state) {
    (void)state;
    frame_t frame = measured_frame();
    report_table_t table = recipe_curvature(&frame);
    assert_string_equal(table.notes[0].key, "median_hessian");
    assert_near(table.notes[0].values[0].value, 3, 1e-12);
    report_table_destroy(&table);
    frame_clear(&frame);
}

static void a_sweep_without_curvature_says_so(void **state) {
    (void)state;
    frame_t frame = sweep_frame();
    report_table_t table = recipe_curvature(&frame);
    assert_int_equal(table.row_count, 0);
    assert_non_null(strstr(table.notes[1].text, "set curvature.every"));
    report_table_destroy(&table);
    frame_clear(&frame);
    frame_t none = {0};
    table = recipe_curvature(&none);
    assert_int_equal(table.row_count, 0);
    report_table_destroy(&table);
}

/* Every other replica is the partner of the one before, in another arm, with twice its curvature.
 */
static void arms_are_compared_in_pairs(void **state) {
    (void)state;
    frame_t frame = measured_frame();
    double *lambda = frame_numbers(&frame, "summary/median_lambda_hessian");
    for (size_t row = 0; row < frame.rows; row++) {
        frame_set_text(&frame, "arm", row, row % 2 ? "batches4" : "base");
        frame_set_text(&frame, "pair", row, frame_find(&frame, "id")->text[row - row % 2]);
        if (row % 2) lambda[row] = lambda[row - 1] * (row % 4 == 1 ? 1.8 : 2.2);
    }
    report_table_t table = recipe_curvature(&frame);
    size_t base = row_of(&table, "median_hessian", "4");
    assert_string_equal(report_cell(&table, base, "arm")->text, "base");
    assert_string_equal(report_cell(&table, base + 1, "arm")->text, "batches4");
    assert_true(isnan(report_cell(&table, base, "ratio_low")->value[0]));
    /* Pairs of 4 layers are those of rows 0, 4, ...: all of ratio 1.8, which shows no scatter. */
    assert_true(isnan(report_cell(&table, base + 1, "ratio_low")->value[0]));
    for (size_t row = 1; row < frame.rows; row += 8) lambda[row] = lambda[row - 1] * 2.2;
    report_table_destroy(&table);
    table = recipe_curvature(&frame);
    const double *ratio = report_cell(&table, base + 1, "ratio_low")->value;
    size_t pairs = SWEEP_TRIALS / 4; /* half of ratio 2.2, half of 1.8 */
    double half = log(2.2 / 1.8) / 2, mean = log(2.2 * 1.8) / 2;
    double sd = half * sqrt((double)pairs / (double)(pairs - 1));
    double reach = 2.045229642 * sd / sqrt((double)pairs); /* t of 29 degrees of freedom */
    assert_near(ratio[0], exp(mean - reach), 1e-6);
    assert_near(ratio[1], exp(mean + reach), 1e-6);
    report_table_destroy(&table);
    frame_clear(&frame);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_depths_with_median_and_range),
        cmocka_unit_test(runs_that_count_are_counted),
        cmocka_unit_test(one_run_that_blows_up_leaves_the_table_readable),
        cmocka_unit_test(what_no_run_measured_has_no_rows),
        cmocka_unit_test(growth_is_noted),
        cmocka_unit_test(arms_are_compared_in_pairs),
        cmocka_unit_test(a_sweep_without_curvature_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
