/* Slopes of spectra over the size of the model are those of the values made, by norm and arm. */
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

enum { SIZES = 4, REPLICAS = 3, ROWS = 2 * SIZES * REPLICAS };

/* M~1 = 1 - .1 log10(parameters) in the base arm and .5 in the other, off by replica; of the last
 * run nothing was measured. */
static frame_t make(void) {
    frame_t trials = {.rows = ROWS};
    for (size_t row = 0; row < ROWS; row++) {
        double power = 4 + (double)(row / REPLICAS % SIZES);
        int is_base = row < ROWS / 2;
        double off = 0.01 * ((double)(row % REPLICAS) - 1);
        frame_set_text(&trials, "state", row, row == 5 ? "DIVERGED" : "COMPLETED");
        frame_set_text(&trials, "model.norm", row, "pre_ln");
        frame_set_text(&trials, "arm", row, is_base ? "base" : "mup");
        frame_numbers(&trials, "outcome/step")[row] = 0;
        frame_numbers(&trials, "outcome/parameters")[row] = pow(10, power);
        if (row + 1 == ROWS) continue;
        frame_numbers(&trials, "summary/m_near_unit")[row] =
            (is_base ? 1 - 0.1 * power : 0.5) + off;
    }
    return trials;
}

static double cell(report_table_t *table, size_t row, const char *key, int which) {
    return report_cell(table, row, key)->value[which];
}

static void slopes_are_per_tenfold_of_the_parameters(void **state) {
    (void)state;
    frame_t trials = make();
    report_table_t table = recipe_sizes(&trials);
    assert_int_equal(table.row_count, 2); /* of each arm M~1, the one quantity measured */
    assert_near(cell(&table, 0, "slope", 0), -0.1, 1e-12);
    assert_near(cell(&table, 0, "from", 0), 1e4, 1e-9);
    assert_near(cell(&table, 0, "to", 0), 1e7, 1e-6);
    assert_near(cell(&table, 0, "smallest", 0), 0.6, 1e-12);
    assert_near(cell(&table, 0, "largest", 0), 0.3, 1e-12);
    assert_string_equal(report_cell(&table, 0, "published")->text, "falls");
    report_table_destroy(&table);
    frame_clear(&trials);
}

/* Offsets of -.01, 0, .01 at each of four sizes leave squares of 8e-4 over 10 degrees of freedom;
 * the sizes' own are 15; t of 10 degrees is 2.228139. */
static void the_interval_is_students(void **state) {
    (void)state;
    frame_t trials = make();
    report_table_t table = recipe_sizes(&trials);
    double half = 2.228139 * sqrt(8e-4 / 10 / 15);
    assert_near(cell(&table, 0, "low", 0), -0.1 - half, 1e-8);
    assert_near(cell(&table, 0, "low", 1), -0.1 + half, 1e-8);
    report_table_destroy(&table);
    frame_clear(&trials);
}

static void an_arm_has_its_own_line(void **state) {
    (void)state;
    frame_t trials = make();
    report_table_t table = recipe_sizes(&trials);
    assert_string_equal(table.rows[1].section, "pre_ln, mup");
    assert_near(cell(&table, 1, "runs", 0), ROWS / 2 - 1, 0);
    assert_true(fabs(cell(&table, 1, "slope", 0)) < 0.01);
    report_table_destroy(&table);
    frame_clear(&trials);
}

static void one_size_has_no_line(void **state) {
    (void)state;
    frame_t trials = make();
    for (size_t row = 0; row < ROWS; row++) frame_numbers(&trials, "outcome/parameters")[row] = 1e5;
    report_table_t table = recipe_sizes(&trials);
    assert_int_equal(table.row_count, 0);
    report_table_destroy(&table);
    frame_clear(&trials);
}

static void a_sweep_without_spectra_has_no_rows(void **state) {
    (void)state;
    frame_t trials = {.rows = 1};
    frame_set_text(&trials, "state", 0, "COMPLETED");
    frame_set_text(&trials, "model.norm", 0, "pre_ln");
    report_table_t table = recipe_sizes(&trials);
    assert_int_equal(table.row_count, 0);
    assert_non_null(strstr(table.notes[1].text, "several sizes"));
    report_table_destroy(&table);
    frame_clear(&trials);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slopes_are_per_tenfold_of_the_parameters),
        cmocka_unit_test(the_interval_is_students),
        cmocka_unit_test(an_arm_has_its_own_line),
        cmocka_unit_test(one_size_has_no_line),
        cmocka_unit_test(a_sweep_without_spectra_has_no_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
