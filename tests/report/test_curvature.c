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
    size_t row = row_of(&table, "median_scaled", "4");
    assert_true(isnan(report_cell(&table, row, "median")->value[0]));
    assert_near(report_cell(&table, row, "measured")->value[0], 0, 0);
    report_table_destroy(&table);
    frame_clear(&frame);
    frame_t none = {0};
    table = recipe_curvature(&none);
    assert_int_equal(table.row_count, 0);
    report_table_destroy(&table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_depths_with_median_and_range),
        cmocka_unit_test(runs_that_count_are_counted),
        cmocka_unit_test(one_run_that_blows_up_leaves_the_table_readable),
        cmocka_unit_test(growth_is_noted),
        cmocka_unit_test(a_sweep_without_curvature_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
