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

static void rows_are_depths_with_their_means(void **state) {
    (void)state;
    frame_t frame = measured_frame();
    report_table_t table = recipe_curvature(&frame);
    assert_int_equal(table.row_count, 2);
    assert_string_equal(report_cell(&table, 0, "layers")->text, "4");
    assert_string_equal(report_cell(&table, 1, "layers")->text, "8");
    assert_near(report_cell(&table, 0, "median_hessian")->value[0], 10, 1e-12);
    assert_near(report_cell(&table, 1, "median_hessian")->value[0], 30, 1e-12);
    assert_near(report_cell(&table, 0, "max_lr_scaled")->value[0], 5, 1e-12);
    assert_near(report_cell(&table, 0, "measured")->value[0], SWEEP_TRIALS / 2, 0);
    assert_near(report_cell(&table, 1, "diverged")->value[1], SWEEP_TRIALS / 2, 0);
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
    assert_int_equal(table.row_count, 2);
    assert_true(isnan(report_cell(&table, 0, "median_scaled")->value[0]));
    assert_near(report_cell(&table, 0, "measured")->value[0], 0, 0);
    report_table_destroy(&table);
    frame_clear(&frame);
    frame_t none = {0};
    table = recipe_curvature(&none);
    assert_int_equal(table.row_count, 0);
    report_table_destroy(&table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_depths_with_their_means),
        cmocka_unit_test(growth_is_noted),
        cmocka_unit_test(a_sweep_without_curvature_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
