/* The table of quality compares arms in pairs, by normalisation and learning rate. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/frame.h"
#include "near.h"
#include "report/recipe.h"

enum { RATES = 2, SEEDS = 3, RUNS = 2 * RATES * SEEDS };

/* Base runs first, then their partners; loss 4, at the second rate 5; shaping takes .1, .2, .3 off.
 * The last pair's base run diverged. */
static frame_t make(void) {
    frame_t trials = {.rows = RUNS};
    for (size_t row = 0; row < RUNS; row++) {
        size_t base = row % (RATES * SEEDS), rate = base / SEEDS;
        int is_base = row < RATES * SEEDS, has_diverged = row == RATES * SEEDS - 1;
        char id[8], pair[8];
        snprintf(id, sizeof id, "%zu", row);
        snprintf(pair, sizeof pair, "%zu", base);
        frame_set_text(&trials, "id", row, id);
        frame_set_text(&trials, "pair", row, pair);
        frame_set_text(&trials, "arm", row, is_base ? "base" : "kss0.15");
        frame_set_text(&trials, "state", row, has_diverged ? "DIVERGED" : "COMPLETED");
        frame_set_text(&trials, "task.name", row, "text");
        frame_set_text(&trials, "model.norm", row, "pre_ln");
        frame_numbers(&trials, "train.lr")[row] = rate ? 3e-2 : 3e-3;
        double loss = 4 + (double)rate - (is_base ? 0 : 0.1 * (double)(base % SEEDS + 1));
        frame_numbers(&trials, "outcome/valid_loss")[row] = loss;
        frame_numbers(&trials, "outcome/valid_perplexity")[row] = exp(loss);
        frame_numbers(&trials, "outcome/valid_accuracy")[row] = is_base ? 0.2 : 0.2 + loss / 100;
    }
    return trials;
}

/* Row of the section that begins so, of the arm, from where. */
static size_t row_of(const report_table_t *table, const char *section, const char *arm,
                     const char *source) {
    for (size_t r = 0; r < table->row_count; r++)
        if (!strcmp(table->rows[r].section, section) &&
            !strcmp(report_cell(table, r, "arm")->text, arm) &&
            !strcmp(report_cell(table, r, "source")->text, source))
            return r;
    fail_msg("no row of %s, %s, %s", section, arm, source);
    return 0;
}

static void a_rate_is_compared_with_itself(void **state) {
    (void)state;
    frame_t trials = make();
    report_table_t table = recipe_quality(&trials);
    size_t row = row_of(&table, "pre_ln, learning rate 0.003", "kss0.15", "ours");
    const double *ratio = report_cell(&table, row, "ratio_low")->value;
    double reach = 4.302652730 * 0.1 / sqrt(3); /* t of 2 degrees of freedom */
    assert_near(ratio[0], 100 * expm1(-0.2 - reach), 1e-6);
    assert_near(ratio[1], 100 * expm1(-0.2 + reach), 1e-6);
    assert_near(report_cell(&table, row, "pairs")->value[0], 3, 0);
    report_table_destroy(&table);
    frame_clear(&trials);
}

/* As a program outside that says its loss alone. */
static void pairs_without_accuracy_are_pairs(void **state) {
    (void)state;
    frame_t trials = make();
    for (size_t i = 0; i < RUNS; i++) frame_numbers(&trials, "outcome/valid_accuracy")[i] = NAN;
    report_table_t table = recipe_quality(&trials);
    size_t row = row_of(&table, "pre_ln, learning rate 0.003", "kss0.15", "ours");
    assert_near(report_cell(&table, row, "pairs")->value[0], 3, 0);
    report_table_destroy(&table);
    frame_clear(&trials);
}

static void pairs_with_a_diverged_run_count_for_divergence_alone(void **state) {
    (void)state;
    frame_t trials = make();
    report_table_t table = recipe_quality(&trials);
    size_t row = row_of(&table, "pre_ln, all learning rates", "kss0.15", "ours");
    const double *only = report_cell(&table, row, "only_base")->value;
    assert_true(only[0] == 1 && only[1] == 0);
    assert_near(report_cell(&table, row, "pairs")->value[0], 5, 0);
    row = row_of(&table, "pre_ln, learning rate 0.03", "base", "ours");
    assert_near(report_cell(&table, row, "diverged")->value[0], 1, 0);
    assert_near(report_cell(&table, row, "perplexity")->value[0], exp(5), 1e-9);
    report_table_destroy(&table);
    frame_clear(&trials);
}

static void published_values_stand_below_the_same_arm(void **state) {
    (void)state;
    frame_t trials = make();
    report_table_t table = recipe_quality(&trials);
    size_t row = row_of(&table, "pre_ln, all learning rates", "kss0.15", "paper, 85M");
    assert_near(report_cell(&table, row, "perplexity")->value[0], 38.5, 0);
    assert_near(report_cell(&table, row, "diverged")->value[0], 1, 0);
    assert_near(report_cell(&table, row, "diverged")->value[1], 24, 0);
    assert_true(isnan(report_cell(&table, row, "accuracy")->value[0]));
    report_table_destroy(&table);
    frame_clear(&trials);
}

static void a_sweep_without_arms_says_so(void **state) {
    (void)state;
    frame_t trials = {.rows = 1};
    frame_set_text(&trials, "state", 0, "COMPLETED");
    report_table_t table = recipe_quality(&trials);
    assert_int_equal(table.row_count, 0);
    assert_string_equal(table.notes[1].key, "no_base");
    report_table_destroy(&table);
    frame_clear(&trials);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rate_is_compared_with_itself),
        cmocka_unit_test(pairs_without_accuracy_are_pairs),
        cmocka_unit_test(pairs_with_a_diverged_run_count_for_divergence_alone),
        cmocka_unit_test(published_values_stand_below_the_same_arm),
        cmocka_unit_test(a_sweep_without_arms_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
