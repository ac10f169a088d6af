/* The table of families: rows by arm and learning rate, beside the published ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/frame.h"
#include "near.h"
#include "report/recipe.h"

static const char *const arms[] = {"base", "moe_top1", "own_arm"};
enum { ARMS = 3, RATES = 2, SEEDS = 2, RUNS = ARMS * RATES * SEEDS };

/* Arm by arm, rate by rate. At the higher rate moe_top1 diverges, with an accuracy that must count
 * nowhere. */
static frame_t trials(size_t rates) {
    frame_t frame = {.rows = ARMS * rates * SEEDS};
    for (size_t i = 0; i < frame.rows; i++) {
        size_t arm = i / (rates * SEEDS), rate = i / SEEDS % rates, seed = i % SEEDS;
        int diverged = arm == 1 && rate == 1;
        char id[24];
        snprintf(id, sizeof id, "t%zu", i);
        frame_set_text(&frame, "id", i, id);
        snprintf(id, sizeof id, "t%zu", i % (rates * SEEDS));
        frame_set_text(&frame, "pair", i, id);
        frame_set_text(&frame, "arm", i, arms[arm]);
        frame_set_text(&frame, "state", i, diverged ? "DIVERGED" : "COMPLETED");
        frame_numbers(&frame, "outcome/diverged")[i] = diverged;
        frame_numbers(&frame, "outcome/step")[i] = diverged ? 10 : 100;
        frame_numbers(&frame, "train.lr")[i] = rate ? 0.1 : 0.01;
        frame_numbers(&frame, "outcome/parameters")[i] = 1000.0 + (double)arm;
        frame_numbers(&frame, "outcome/valid_accuracy")[i] =
            diverged ? 1 : 0.2 + 0.1 * (double)seed;
        frame_numbers(&frame, "outcome/valid_perplexity")[i] = diverged ? 1e9 : 10 + (double)seed;
        frame_numbers(&frame, "summary/m_near_unit")[i] =
            0.1 * (double)(arm + 1) + 0.02 * (double)seed;
        frame_numbers(&frame, "summary/kappa_v")[i] = seed ? 1000 : 10;
    }
    return frame;
}

/* Row of an arm in a section, ours or the paper's. */
static size_t row_of(const report_table_t *table, const char *section, const char *arm,
                     const char *source) {
    for (size_t r = 0; r < table->row_count; r++)
        if ((!section || strcmp(table->rows[r].section, section) == 0) &&
            strcmp(report_cell(table, r, "family")->text, arm) == 0 &&
            strcmp(report_cell(table, r, "source")->text, source) == 0)
            return r;
    fail_msg("no row %s %s", arm, source);
    return 0;
}

static double first(const report_table_t *table, size_t row, const char *key) {
    return report_cell(table, row, key)->value[0];
}

static void a_row_is_of_one_arm_at_one_learning_rate(void **state) {
    (void)state;
    frame_t frame = trials(RATES);
    report_table_t table = recipe_families(&frame);
    size_t calm = row_of(&table, "train.lr 0.01", "moe_top1", "ours");
    size_t hot = row_of(&table, "train.lr 0.1", "moe_top1", "ours");
    assert_near(first(&table, calm, "diverged"), 0, 0);
    assert_near(first(&table, hot, "diverged"), 2, 0);
    assert_near(first(&table, calm, "m_near_unit"), 0.21, 1e-12);
    assert_near(report_cell(&table, calm, "m_near_unit")->value[1], 0.02 / sqrt(2), 1e-12);
    assert_near(first(&table, calm, "log10_kappa"), 2, 1e-12);
    assert_near(first(&table, calm, "accuracy"), 25, 1e-9);
    assert_near(first(&table, calm, "perplexity"), 10.5, 1e-9);
    assert_near(first(&table, calm, "parameters"), 1001, 0);
    assert_true(isnan(first(&table, hot, "accuracy")) && isnan(first(&table, hot, "perplexity")));
    report_table_destroy(&table);
    frame_clear(&frame);
}

static void published_rows_stand_beside_the_arm_of_that_name(void **state) {
    (void)state;
    frame_t frame = trials(1);
    report_table_t table = recipe_families(&frame);
    size_t paper = row_of(&table, NULL, "moe_top1", "paper"), remarks = 0;
    assert_int_equal(paper, row_of(&table, NULL, "moe_top1", "ours") + 1);
    assert_near(first(&table, paper, "m_near_unit"), 0.72, 0);
    assert_near(first(&table, paper, "percent"), 25, 0);
    assert_int_equal(table.row_count, 3 + 2); /* own_arm is in no paper */
    assert_null(table.rows[0].section);
    assert_string_equal(table.rows[row_of(&table, NULL, "moe_top1", "ours")].marks, "*");
    for (size_t n = 0; n < table.note_count; n++)
        remarks += strcmp(table.notes[n].key, "reproduction") == 0;
    assert_int_equal(remarks, 1);
    report_table_destroy(&table);
    frame_clear(&frame);
}

static void without_a_base_arm_the_table_says_so(void **state) {
    (void)state;
    frame_t frame = {0};
    report_table_t table = recipe_families(&frame);
    assert_int_equal(table.row_count, 0);
    int is_said = 0;
    for (size_t n = 0; n < table.note_count; n++)
        is_said |= strcmp(table.notes[n].key, "no_base") == 0;
    assert_true(is_said);
    report_table_destroy(&table);
    frame_clear(&frame);
}

static void a_sweep_of_gpt_alone_has_no_rows(void **state) {
    (void)state;
    frame_t frame = trials(1);
    for (size_t i = 0; i < frame.rows; i++) frame_set_text(&frame, "model.arch", i, "gpt");
    report_table_t table = recipe_families(&frame);
    assert_int_equal(table.row_count, 0);
    assert_string_equal(table.notes[0].key, "one_family");
    report_table_destroy(&table);
    frame_set_text(&frame, "model.arch", 3, "moe");
    table = recipe_families(&frame);
    assert_true(table.row_count > 0);
    report_table_destroy(&table);
    frame_clear(&frame);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_of_one_arm_at_one_learning_rate),
        cmocka_unit_test(published_rows_stand_beside_the_arm_of_that_name),
        cmocka_unit_test(without_a_base_arm_the_table_says_so),
        cmocka_unit_test(a_sweep_of_gpt_alone_has_no_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
