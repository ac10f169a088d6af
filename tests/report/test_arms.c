/* The table of arms, on pairs whose outcomes are laid down here. */
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

enum { PAIRS = 12, ARMS = 4, TRIALS = PAIRS * ARMS };
static const char *const names[ARMS] = {"base", "clip1", "worse", "same"};

/* base diverges in 8 pairs, clip1 in one of these, worse in these and two more, same in these. */
static int diverges(int arm, int pair) {
    static const int limit[ARMS] = {8, 1, 10, 8};
    return pair < limit[arm];
}

/* A diverged run goes on (train.stop_on_divergence: false) and its numbers must count nowhere. */
static void fill_row(frame_t *frame, size_t row, int arm, int pair) {
    char id[32];
    int has_diverged = diverges(arm, pair);
    snprintf(id, sizeof id, "%012d", pair);
    frame_set_text(frame, "arm", row, names[arm]);
    frame_set_text(frame, "pair", row, id);
    frame_set_text(frame, "state", row, has_diverged ? "DIVERGED" : "COMPLETED");
    frame_numbers(frame, "outcome/step")[row] = has_diverged ? 10 : 100;
    frame_numbers(frame, "outcome/seconds_processor")[row] = (1 + 0.1 * arm) * (1 + pair);
    frame_numbers(frame, "outcome/valid_accuracy")[row] = has_diverged ? 1e3 : 0.5 + 0.1 * arm;
    frame_numbers(frame, "outcome/valid_loss")[row] =
        has_diverged ? 1e3 : 2 + 0.01 * pair - arm * (1 + 0.01 * (pair % 2));
    frame_numbers(frame, "summary/m_near_unit")[row] = 0.8;
    frame_numbers(frame, "summary/m_near_unit_last")[row] = has_diverged ? 1e3 : 0.7 - 0.1 * arm;
}

/* Rows in an order that no table may depend on. */
static frame_t comparison(void) {
    frame_t frame = {.rows = TRIALS};
    for (size_t i = 0; i < TRIALS; i++) {
        size_t place = i * 17 % TRIALS;
        fill_row(&frame, i, (int)(place / PAIRS), (int)(place % PAIRS));
    }
    return frame;
}

static size_t row_of(const report_table_t *table, const char *arm, const char *source) {
    for (size_t row = 0; row < table->row_count; row++)
        if (strcmp(report_cell(table, row, "arm")->text, arm) == 0 &&
            strcmp(report_cell(table, row, "source")->text, source) == 0)
            return row;
    fail_msg("no row for %s", arm);
    return 0;
}

static double value(const report_table_t *table, const char *arm, const char *key, int which) {
    return report_cell(table, row_of(table, arm, "ours"), key)->value[which];
}

static void pairs_are_counted(void **state) {
    (void)state;
    frame_t frame = comparison();
    report_table_t table = recipe_arms(&frame);
    assert_true(value(&table, "base", "diverged", 0) == 8);
    assert_true(value(&table, "clip1", "diverged", 0) == 1);
    assert_true(value(&table, "clip1", "only_base", 0) == 7);
    assert_true(value(&table, "clip1", "only_base", 1) == 0);
    assert_true(value(&table, "worse", "only_base", 1) == 2);
    assert_true(value(&table, "same", "pairs", 0) == PAIRS);
    report_table_destroy(&table);
    frame_clear(&frame);
}

/* McNemar 7:0 has p = 2/2^7, Holm's correction over three arms makes it three times as much; SciPy
 * 1.17.1: fisher_exact([[1, 11], [8, 4]]). */
static void tests_are_corrected_over_the_arms(void **state) {
    (void)state;
    frame_t frame = comparison();
    report_table_t table = recipe_arms(&frame);
    assert_near(value(&table, "clip1", "mcnemar_raw", 0), 2 / 128.0, 1e-12);
    assert_near(value(&table, "clip1", "mcnemar", 0), 6 / 128.0, 1e-12);
    assert_near(value(&table, "clip1", "fisher_raw", 0), 0.00942253331539, 1e-9);
    assert_near(value(&table, "same", "mcnemar", 0), 1, 1e-12);
    assert_true(isnan(value(&table, "base", "mcnemar", 0)));
    report_table_destroy(&table);
    frame_clear(&frame);
}

static void quality_is_compared_within_pairs(void **state) {
    (void)state;
    frame_t frame = comparison();
    report_table_t table = recipe_arms(&frame);
    assert_near(value(&table, "clip1", "accuracy", 0), 60, 1e-9);
    assert_true(isnan(value(&table, "clip1", "accuracy_low", 0))); /* the same in all pairs */
    /* the pair's share cancels: -1, -1.01, -1, -1.01; t of 3 degrees 3.182446 */
    assert_near(value(&table, "clip1", "loss_low", 0), -1.005 - 3.182446 * 0.01 / sqrt(12), 1e-8);
    assert_near(value(&table, "clip1", "loss_low", 1), -1.005 + 3.182446 * 0.01 / sqrt(12), 1e-8);
    assert_near(value(&table, "clip1", "overhead", 0), 10, 1e-9);
    assert_near(value(&table, "worse", "overhead", 0), 20, 1e-9);
    assert_near(value(&table, "clip1", "m_first", 0), 0.8, 1e-12);
    assert_near(value(&table, "clip1", "m_last", 0), 0.6, 1e-12);
    assert_true(value(&table, "clip1", "m_lower", 0) == PAIRS - 8);
    assert_true(value(&table, "clip1", "m_lower", 1) == PAIRS - 8);
    assert_true(isnan(value(&table, "base", "m_lower", 0)));
    report_table_destroy(&table);
    frame_clear(&frame);
}

static void published_figures_stand_beside_arms_of_their_name(void **state) {
    (void)state;
    frame_t frame = comparison();
    report_table_t table = recipe_arms(&frame);
    assert_near(report_cell(&table, row_of(&table, "clip1", "paper"), "percent")->value[0], 58.3,
                1e-12);
    assert_int_equal(table.row_count, ARMS + 2); /* base, clip1 */
    report_table_destroy(&table);
    frame_clear(&frame);
}

static void a_run_without_partner_counts_outside_pairs_only(void **state) {
    (void)state;
    frame_t frame = comparison();
    for (size_t row = 0; row < frame.rows; row++) {
        int is_base = strcmp(frame_find(&frame, "arm")->text[row], "base") == 0;
        int is_first = strcmp(frame_find(&frame, "pair")->text[row], "000000000003") == 0;
        if (is_base && is_first) frame_set_text(&frame, "state", row, "PENDING");
    }
    report_table_t table = recipe_arms(&frame);
    assert_true(value(&table, "clip1", "diverged", 1) == PAIRS);
    assert_true(value(&table, "clip1", "pairs", 0) == PAIRS - 1);
    assert_true(value(&table, "clip1", "only_base", 0) == 6);
    report_table_destroy(&table);
    frame_clear(&frame);
}

static const char *note(const report_table_t *table, const char *key) {
    for (size_t i = 0; i < table->note_count; i++)
        if (strcmp(table->notes[i].key, key) == 0) return table->notes[i].text;
    return "";
}

static int has_note(const report_table_t *table, const char *key) { return *note(table, key) != 0; }

/* Of trials that have a result; what they were computed by decides on their last digits. */
static void unlike_kernels_are_said(void **state) {
    (void)state;
    frame_t frame = comparison();
    report_table_t unknown = recipe_arms(&frame);
    for (size_t row = 1; row < frame.rows; row++) {
        frame_set_text(&frame, "outcome/isa", row, "x86-64-v4");
        frame_set_text(&frame, "outcome/blas", row, "OpenBLAS 0.3.21");
        frame_set_text(&frame, "outcome/blas_core", row, "SkylakeX");
    }
    report_table_t alike = recipe_arms(&frame);
    frame_set_text(&frame, "outcome/blas_core", 7, "Haswell");
    report_table_t mixed = recipe_arms(&frame);
    assert_false(has_note(&unknown, "kernels"));
    assert_string_equal(note(&alike, "kernels"),
                        "Computed by x86-64-v4 kernels, OpenBLAS 0.3.21 for SkylakeX.");
    assert_non_null(strstr(note(&mixed, "kernels"), "and 1 of 47 trials by others"));
    assert_non_null(strstr(note(&mixed, "kernels"), "for Haswell"));
    report_table_destroy(&unknown);
    report_table_destroy(&alike);
    report_table_destroy(&mixed);
    frame_clear(&frame);
}

static void what_was_selected_is_said(void **state) {
    (void)state;
    frame_t frame = comparison();
    report_table_t plain = recipe_arms(&frame);
    frame_set_text(&frame, "state", 5, "PRUNED");
    for (size_t row = 0; row < frame.rows; row++)
        frame_set_text(&frame, "search.key", row, "train.lr");
    report_table_t selected = recipe_arms(&frame);
    assert_false(has_note(&plain, "pruned") || has_note(&plain, "search"));
    assert_true(has_note(&selected, "pruned") && has_note(&selected, "search"));
    report_table_destroy(&plain);
    report_table_destroy(&selected);
    frame_clear(&frame);
}

/* clip1 diverges in the first pair only; the arm named base is one among the others then. */
static void any_arm_can_be_what_others_are_compared_with(void **state) {
    (void)state;
    frame_t frame = comparison();
    for (size_t row = 0; row < frame.rows; row++)
        frame_set_text(&frame, "pairs.base", row, "clip1");
    report_table_t table = recipe_arms(&frame);
    assert_int_equal(row_of(&table, "clip1", "ours"), 0);
    assert_true(isnan(value(&table, "clip1", "mcnemar_raw", 0)));
    assert_true(value(&table, "base", "only_base", 0) == 0);
    assert_true(value(&table, "base", "only_base", 1) == 7);
    assert_near(value(&table, "base", "mcnemar_raw", 0), 2 / 128.0, 1e-12);
    assert_near(value(&table, "base", "loss_low", 1), 1.005 + 3.182446 * 0.01 / sqrt(12), 1e-8);
    assert_true(value(&table, "worse", "only_base", 1) == 9);
    assert_true(has_note(&table, "base"));
    assert_null(strstr(note(&table, "correlation"), "published"));
    assert_true(isnan(report_cell(&table, row_of(&table, "base", "paper"), "overhead")->value[0]));
    assert_true(isnan(report_cell(&table, row_of(&table, "clip1", "paper"), "overhead")->value[0]));
    report_table_destroy(&table);
    frame_clear(&frame);
}

static void a_sweep_without_results_makes_an_empty_table(void **state) {
    (void)state;
    frame_t frame = {.rows = 2};
    frame_set_text(&frame, "state", 0, "PENDING");
    report_table_t table = recipe_arms(&frame);
    assert_int_equal(table.row_count, 0);
    report_table_destroy(&table);
    frame_clear(&frame);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_counted),
        cmocka_unit_test(tests_are_corrected_over_the_arms),
        cmocka_unit_test(quality_is_compared_within_pairs),
        cmocka_unit_test(published_figures_stand_beside_arms_of_their_name),
        cmocka_unit_test(a_run_without_partner_counts_outside_pairs_only),
        cmocka_unit_test(unlike_kernels_are_said),
        cmocka_unit_test(what_was_selected_is_said),
        cmocka_unit_test(any_arm_can_be_what_others_are_compared_with),
        cmocka_unit_test(a_sweep_without_results_makes_an_empty_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
