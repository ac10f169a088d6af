/* The table of gated arms, on trials whose gates and outcomes are laid down here. */
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
#include "stats/interval.h"

/* So many trials of an arm, of which the first diverge. */
static void add(frame_t *frame, size_t *row, const char *arm, int risky, int on, int runs,
                int diverged) {
    for (int i = 0; i < runs; i++, (*row)++) {
        frame_set_text(frame, "arm", *row, arm);
        frame_set_text(frame, "state", *row, i < diverged ? "DIVERGED" : "COMPLETED");
        frame_set_text(frame, "gate.score", *row, "m_near_unit");
        frame_numbers(frame, "gate.threshold")[*row] = 0.5;
        frame_numbers(frame, "gate.control")[*row] = 0.25;
        frame_numbers(frame, "gate/risky")[*row] = risky;
        frame_numbers(frame, "gate/on")[*row] = on;
    }
}

enum { TRIALS = 120 };

/* Switched on: 12 of 60 diverge; control: 15 of 20; not risky: 4 of 20; a base arm beside. */
static frame_t gated_sweep(int has_control) {
    frame_t frame = {.rows = has_control ? TRIALS : TRIALS - 20};
    size_t row = 0;
    add(&frame, &row, "gated", 1, 1, 60, 12);
    add(&frame, &row, "gated", 0, 0, 20, 4);
    add(&frame, &row, "base", 0, 0, 20, 16);
    for (size_t i = row - 20; i < row; i++)
        frame_numbers(&frame, "gate/risky")[i] = frame_numbers(&frame, "gate/on")[i] = NAN;
    if (has_control) add(&frame, &row, "gated", 1, 0, 20, 15);
    return frame;
}

static void chance_alone_is_compared(void **state) {
    (void)state;
    frame_t frame = gated_sweep(1);
    report_table_t table = recipe_gate(&frame);
    interval_t interval = interval_difference(12, 60, 15, 20);
    assert_int_equal(table.row_count, 1);
    assert_string_equal(report_cell(&table, 0, "arm")->text, "gated");
    assert_near(report_cell(&table, 0, "risky")->value[0], 80, 0);
    assert_near(report_cell(&table, 0, "risky")->value[1], 100, 0);
    assert_near(report_cell(&table, 0, "on_diverged")->value[0], 12, 0);
    assert_near(report_cell(&table, 0, "control_diverged")->value[1], 20, 0);
    assert_near(report_cell(&table, 0, "calm_diverged")->value[0], 4, 0);
    assert_near(report_cell(&table, 0, "effect")->value[0], 100 * (12 / 60.0 - 15 / 20.0), 1e-9);
    assert_near(report_cell(&table, 0, "effect_low")->value[1], 100 * interval.high, 1e-9);
    assert_near(report_cell(&table, 0, "policy")->value[0], 80 * (12 / 60.0 - 15 / 20.0), 1e-9);
    assert_near(report_cell(&table, 0, "policy_low")->value[0], 80 * interval.low, 1e-9);
    report_table_destroy(&table);
    frame_clear(&frame);
}

static void without_control_nothing_is_claimed(void **state) {
    (void)state;
    frame_t frame = gated_sweep(0);
    report_table_t table = recipe_gate(&frame);
    assert_true(isnan(report_cell(&table, 0, "effect")->value[0]));
    assert_true(isnan(report_cell(&table, 0, "policy_low")->value[0]));
    assert_string_equal(table.rows[0].marks, "*");
    report_table_destroy(&table);
    frame_clear(&frame);
}

static void a_sweep_without_gate_says_so(void **state) {
    (void)state;
    frame_t frame = {.rows = 1};
    frame_set_text(&frame, "state", 0, "COMPLETED");
    frame_set_text(&frame, "arm", 0, "base");
    report_table_t table = recipe_gate(&frame);
    assert_int_equal(table.row_count, 0);
    assert_non_null(strstr(table.notes[1].text, "No run of an arm with a gate"));
    report_table_destroy(&table);
    frame_clear(&frame);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chance_alone_is_compared),
        cmocka_unit_test(without_control_nothing_is_claimed),
        cmocka_unit_test(a_sweep_without_gate_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
