/* The table of stabilizers: which runs share a row, its interval, time against the paired run. */
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

static const char *const arms[] = {"base", "own_arm", "softcap"};
enum { ARMS = 3, RATES = 2, SEEDS = 2, RUNS = ARMS * RATES * SEEDS };

/* Arm by arm, rate by rate; at the higher rate every run of the base arm diverges, and
 * goes on with a perplexity that must count nowhere. own_arm never adds all of its 8 blocks. */
static frame_t trials(void) {
    frame_t frame = {.rows = RUNS};
    for (size_t i = 0; i < RUNS; i++) {
        size_t arm = i / (RATES * SEEDS), rate = i / SEEDS % RATES, seed = i % SEEDS;
        int diverged = arm == 0 && rate == 1;
        char id[16];
        snprintf(id, sizeof id, "t%zu", i);
        frame_set_text(&frame, "id", i, id);
        snprintf(id, sizeof id, "t%zu", i % (RATES * SEEDS));
        frame_set_text(&frame, "pair", i, id);
        frame_set_text(&frame, "arm", i, arms[arm]);
        frame_set_text(&frame, "state", i, diverged ? "DIVERGED" : "COMPLETED");
        frame_numbers(&frame, "outcome/diverged")[i] = diverged;
        frame_numbers(&frame, "outcome/step")[i] = diverged ? 10 : 100;
        frame_numbers(&frame, "train.lr")[i] = rate ? 0.1 : 0.01;
        frame_numbers(&frame, "model.layers")[i] = 8;
        frame_numbers(&frame, "outcome/seconds")[i] = 100.0 + 10.0 * (double)arm;
        frame_numbers(&frame, "outcome/valid_perplexity")[i] =
            diverged ? 1e9
                     : (20.0 + (double)(2 * seed)) * (arm == 2 ? 1.5 + 0.15 * (double)seed : 1);
        if (arm == 1) frame_numbers(&frame, "arch_warmup/active_blocks")[i] = 2 + (double)seed;
        frame_numbers(&frame, "summary/max_lr_lambda")[i] = 30;
    }
    return frame;
}

static size_t row_of(const report_table_t *table, const char *lr, const char *arm) {
    for (size_t r = 0; r < table->row_count; r++)
        if (!strcmp(report_cell(table, r, "lr")->text, lr) &&
            !strcmp(report_cell(table, r, "arm")->text, arm))
            return r;
    fail_msg("no row %s %s", lr, arm);
    return 0;
}

typedef struct made {
    frame_t frame;
    report_table_t table;
} made_t;

static int make(void **state) {
    static made_t made;
    made.frame = trials();
    made.table = recipe_awu(&made.frame);
    *state = &made;
    return 0;
}

static int destroy(void **state) {
    made_t *made = *state;
    report_table_destroy(&made->table);
    frame_clear(&made->frame);
    return 0;
}

static void rows_follow_the_paper_and_others_come_last(void **state) {
    const report_table_t *table = &((made_t *)*state)->table;
    assert_int_equal(table->row_count, ARMS * RATES);
    assert_string_equal(report_cell(table, 0, "arm")->text, "base");
    assert_string_equal(report_cell(table, 1, "arm")->text, "softcap");
    assert_string_equal(report_cell(table, 2, "arm")->text, "own_arm");
    assert_string_equal(report_cell(table, 1, "published")->text, "51.4/43.4/div");
    assert_string_equal(report_cell(table, 2, "published")->text, "");
}

static void divergence_has_wilsons_interval(void **state) {
    const report_table_t *table = &((made_t *)*state)->table;
    size_t row = row_of(table, "0.1", "base");
    const report_cell_t *rate = report_cell(table, row, "diverged");
    assert_true(rate->value[0] == 2 && rate->value[1] == 2);
    /* 2 of 2: low = n / (n + z^2), by hand */
    assert_near(report_cell(table, row, "percent_low")->value[0], 100 * 2 / (2 + 3.8414588207),
                1e-6);
    assert_true(isnan(report_cell(table, row, "perplexity")->value[0]));
}

static void perplexity_is_mean_and_spread_over_seeds(void **state) {
    const report_table_t *table = &((made_t *)*state)->table;
    size_t row = row_of(table, "0.01", "softcap");
    assert_near(report_cell(table, row, "perplexity")->value[0], 33.15, 1e-12);
    assert_near(report_cell(table, row, "perplexity")->value[1], 6.3 / sqrt(2), 1e-12);
    assert_true(report_cell(table, row, "perplexity_runs")->value[0] == SEEDS);
}

static void perplexity_is_compared_within_pairs(void **state) {
    const report_table_t *table = &((made_t *)*state)->table;
    const report_cell_t *ratio = report_cell(table, row_of(table, "0.01", "softcap"), "ratio_low");
    /* ratios 1.5 and 1.65: their logarithms are log 1.1 apart; t of one degree 12.7062 */
    double middle = sqrt(1.5 * 1.65), half = pow(1.1, 12.706204736432095 / 2);
    assert_near(ratio->value[0], 100 * (middle / half - 1), 1e-7);
    assert_near(ratio->value[1], 100 * (middle * half - 1), 1e-7);
    size_t row = row_of(table, "0.1", "softcap");
    assert_true(isnan(report_cell(table, row, "ratio_low")->value[0]));
    assert_true(report_cell(table, row, "perplexity_runs")->value[1] == 0);
}

static void diverged_runs_that_went_on_count_in_no_mean(void **state) {
    const report_table_t *table = &((made_t *)*state)->table;
    size_t row = row_of(table, "0.1", "base");
    assert_true(isnan(report_cell(table, row, "perplexity")->value[0]));
    assert_true(report_cell(table, row, "perplexity_runs")->value[0] == 0);
    assert_true(report_cell(table, row, "max_lr_lambda")->value[0] == 30);
}

static void blocks_that_were_never_added_show(void **state) {
    const report_table_t *table = &((made_t *)*state)->table;
    char shown[CELL_SHOWN_MAX] = "";
    size_t row = row_of(table, "0.01", "own_arm");
    for (size_t c = 0; c < table->column_count; c++)
        if (!strcmp(table->columns[c].key, "active") && !table->columns[c].is_detail)
            report_show(&table->columns[c], &table->rows[row].cells[c], shown);
    assert_string_equal(shown, "2.5/8.0");
    assert_true(isnan(report_cell(table, row_of(table, "0.01", "base"), "active")->value[0]));
}

/* Only where the partner went on to the end. */
static void time_is_that_over_the_partner(void **state) {
    const report_table_t *table = &((made_t *)*state)->table;
    assert_near(report_cell(table, row_of(table, "0.01", "own_arm"), "time")->value[0], 10, 1e-9);
    assert_near(report_cell(table, row_of(table, "0.01", "softcap"), "time")->value[0], 20, 1e-9);
    assert_true(isnan(report_cell(table, row_of(table, "0.1", "softcap"), "time")->value[0]));
    assert_true(isnan(report_cell(table, row_of(table, "0.01", "base"), "time")->value[0]));
}

static void a_sweep_without_arms_or_results_is_no_failure(void **state) {
    (void)state;
    frame_t frame = {.rows = 1};
    frame_set_text(&frame, "state", 0, "COMPLETED");
    frame_numbers(&frame, "outcome/step")[0] = 10;
    frame_numbers(&frame, "outcome/diverged")[0] = 0;
    report_table_t table = recipe_awu(&frame);
    assert_int_equal(table.row_count, 0);
    report_table_destroy(&table);
    frame_clear(&frame);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_follow_the_paper_and_others_come_last, make, destroy),
        cmocka_unit_test_setup_teardown(divergence_has_wilsons_interval, make, destroy),
        cmocka_unit_test_setup_teardown(perplexity_is_mean_and_spread_over_seeds, make, destroy),
        cmocka_unit_test_setup_teardown(perplexity_is_compared_within_pairs, make, destroy),
        cmocka_unit_test_setup_teardown(diverged_runs_that_went_on_count_in_no_mean, make, destroy),
        cmocka_unit_test_setup_teardown(blocks_that_were_never_added_show, make, destroy),
        cmocka_unit_test_setup_teardown(time_is_that_over_the_partner, make, destroy),
        cmocka_unit_test(a_sweep_without_arms_or_results_is_no_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
