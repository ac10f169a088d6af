/* Table 1: features and divergence per normalisation, beside the published values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/recipe.h"
#include "report/sweep_frame.h"
#include "stats/interval.h"
#include "stats/moments.h"

/* Row of that norm and source; fails the test when there is none. */
static size_t find_row(const report_table_t *table, const char *norm, const char *source) {
    for (size_t r = 0; r < table->row_count; r++)
        if (!strcmp(report_cell(table, r, "norm")->text, norm) &&
            !strcmp(report_cell(table, r, "source")->text, source))
            return r;
    fail_msg("no row %s, %s", norm, source);
    return 0;
}

static const report_note_t *find_note(const report_table_t *table, const char *word) {
    for (size_t i = 0; i < table->note_count; i++)
        if (strstr(table->notes[i].text, word)) return &table->notes[i];
    return NULL;
}

static void counts_runs_and_divergence_per_norm(void **state) {
    (void)state;
    frame_t frame = sweep_frame();
    report_table_t table = recipe_table1(&frame);
    const report_cell_t *cell = report_cell(&table, find_row(&table, "none", "ours"), "diverged");
    assert_true(cell->value[0] == 10 && cell->value[1] == 20);
    cell = report_cell(&table, find_row(&table, "post_ln", "ours"), "percent_low");
    interval_t wilson = interval_wilson(1, 20);
    assert_true(cell->value[0] == 100 * wilson.low && cell->value[1] == 100 * wilson.high);
    report_table_destroy(&table);
    frame_clear(&frame);
}

static void features_are_means_over_runs_of_the_norm(void **state) {
    (void)state;
    frame_t frame = sweep_frame();
    report_table_t table = recipe_table1(&frame);
    double own[SWEEP_TRIALS], *all = frame_numbers(&frame, "summary/m_near_unit");
    for (size_t i = 0; i < frame.rows; i++)
        own[i] = strcmp(frame_texts(&frame, "model.norm")[i], "none") ? NAN : all[i];
    moments_t expected = moments(frame.rows, own);
    const report_cell_t *cell =
        report_cell(&table, find_row(&table, "none", "ours"), "m_near_unit");
    assert_true(cell->value[0] == expected.mean && cell->value[1] == expected.sd);
    cell = report_cell(&table, find_row(&table, "none", "ours"), "log10_kappa");
    assert_true(fabs(cell->value[0] - log10(1205)) < 0.01);
    report_table_destroy(&table);
    frame_clear(&frame);
}

static void published_values_stand_beside_ours(void **state) {
    (void)state;
    frame_t frame = sweep_frame();
    report_table_t table = recipe_table1(&frame);
    size_t row = find_row(&table, "none", "paper");
    assert_int_equal(row, find_row(&table, "none", "ours") + 1);
    assert_true(report_cell(&table, row, "diverged")->value[0] == 81);
    assert_true(report_cell(&table, row, "m_near_unit")->value[0] == 0.80);
    assert_true(isnan(report_cell(&table, row, "m_near_unit")->value[1]));
    report_table_destroy(&table);
    frame_clear(&frame);
}

static void says_what_does_not_reproduce_only_where_it_occurs(void **state) {
    (void)state;
    frame_t frame = sweep_frame();
    report_table_t table = recipe_table1(&frame);
    assert_string_equal(table.rows[find_row(&table, "sub_ln", "ours")].marks, "*");
    assert_non_null(find_note(&table, "sub_ln: "));
    assert_non_null(find_note(&table, "deep_norm: "));
    report_table_destroy(&table);
    for (size_t i = 0; i < frame.rows; i++) frame_set_text(&frame, "model.norm", i, "pre_ln");
    table = recipe_table1(&frame);
    assert_int_equal(table.row_count, 2);
    assert_null(find_note(&table, "sub_ln: "));
    report_table_destroy(&table);
    frame_clear(&frame);
}

static void a_norm_of_ones_own_gets_a_row(void **state) {
    (void)state;
    frame_t frame = sweep_frame();
    for (size_t i = 0; i < 4; i++) frame_set_text(&frame, "model.norm", i, "my_norm");
    report_table_t table = recipe_table1(&frame);
    size_t row = find_row(&table, "my_norm", "ours");
    assert_int_equal(row, table.row_count - 1);
    assert_true(report_cell(&table, row, "diverged")->value[1] == 4);
    report_table_destroy(&table);
    frame_clear(&frame);
}

static void only_results_count_and_the_rest_is_named(void **state) {
    (void)state;
    frame_t frame = sweep_frame();
    frame_set_text(&frame, "state", 0, "PENDING");
    frame_set_text(&frame, "state", 1, "FAILED");
    report_table_t table = recipe_table1(&frame);
    size_t row = find_row(&table, "pre_ln", "ours");
    assert_true(report_cell(&table, row, "diverged")->value[1] == 18);
    const report_note_t *note = find_note(&table, "118 of 120 trials have a result");
    assert_non_null(note);
    assert_non_null(strstr(note->text, "1 PENDING, 1 FAILED"));
    report_table_destroy(&table);
    frame_clear(&frame);
}

static void fisher_compares_no_norm_with_the_rest(void **state) {
    (void)state; /* scipy.stats.fisher_exact([[10, 10], [1, 99]]) */
    frame_t frame = sweep_frame();
    report_table_t table = recipe_table1(&frame);
    const report_note_t *note = find_note(&table, "Fisher");
    assert_non_null(note);
    assert_true(fabs(note->values[0].value / 1.6062593743304914e-08 - 1) < 1e-9);
    report_table_destroy(&table);
    frame_clear(&frame);
}

static void an_empty_frame_makes_an_empty_table(void **state) {
    (void)state;
    frame_t frame = {0};
    report_table_t table = recipe_table1(&frame);
    assert_int_equal(table.row_count, 0);
    assert_non_null(find_note(&table, "0 of 0 trials"));
    report_table_destroy(&table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_runs_and_divergence_per_norm),
        cmocka_unit_test(features_are_means_over_runs_of_the_norm),
        cmocka_unit_test(published_values_stand_beside_ours),
        cmocka_unit_test(says_what_does_not_reproduce_only_where_it_occurs),
        cmocka_unit_test(a_norm_of_ones_own_gets_a_row),
        cmocka_unit_test(only_results_count_and_the_rest_is_named),
        cmocka_unit_test(fisher_compares_no_norm_with_the_rest),
        cmocka_unit_test(an_empty_frame_makes_an_empty_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
