/* The coordinate check's slopes are exponents of the width, by normalisation and arm. */
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

enum { WIDTHS = 4, REPLICAS = 3, ROWS = 2 * WIDTHS * REPLICAS, COORDINATES = 6 };

/* Sizes width^1.5 in the base arm and width^0 in the other, up to a factor by replica. */
static frame_t make(void) {
    frame_t trials = {.rows = ROWS};
    for (size_t row = 0; row < ROWS; row++) {
        double width = 64 * pow(2, (double)(row / REPLICAS % WIDTHS));
        int is_base = row < ROWS / 2;
        double off = 1 + 0.1 * ((double)(row % REPLICAS) - 1);
        frame_set_text(&trials, "state", row, row == 5 ? "DIVERGED" : "COMPLETED");
        frame_set_text(&trials, "model.norm", row, "pre_ln");
        frame_set_text(&trials, "arm", row, is_base ? "base" : "mup");
        frame_numbers(&trials, "outcome/step")[row] = 4;
        frame_numbers(&trials, "model.width")[row] = width;
        frame_numbers(&trials, "coords/hidden_first")[row] = off;
        frame_numbers(&trials, "coords/hidden_last")[row] = is_base ? pow(width, 1.5) * off : off;
    }
    return trials;
}

static void slopes_are_exponents(void **state) {
    (void)state;
    frame_t trials = make();
    report_table_t table = recipe_coords(&trials);
    assert_int_equal(table.row_count, 2 * COORDINATES);
    assert_near(report_cell(&table, 1, "slope")->value[0], 1.5, 1e-12);
    assert_near(report_cell(&table, 1, "wide")->value[0], pow(512, 1.5), 1e-6);
    assert_near(report_cell(&table, COORDINATES + 1, "slope")->value[0], 0, 1e-12);
    assert_string_equal(table.rows[COORDINATES].section, "pre_ln, mup");
    const double *interval = report_cell(&table, 1, "low")->value;
    assert_true(interval[0] < 1.5 && interval[1] > 1.5 && interval[1] - interval[0] < 0.2);
    assert_true(isnan(report_cell(&table, 2, "slope")->value[0])); /* not measured */
    report_table_destroy(&table);
    frame_clear(&trials);
}

static void a_sweep_without_the_check_has_no_rows(void **state) {
    (void)state;
    frame_t trials = {.rows = 1};
    frame_set_text(&trials, "state", 0, "COMPLETED");
    frame_set_text(&trials, "model.norm", 0, "pre_ln");
    report_table_t table = recipe_coords(&trials);
    assert_int_equal(table.row_count, 0);
    assert_non_null(strstr(table.notes[1].text, "set probe.coords.steps"));
    report_table_destroy(&table);
    frame_clear(&trials);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slopes_are_exponents),
        cmocka_unit_test(a_sweep_without_the_check_has_no_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
