/* Rows of Table 2 that are there for some sweeps only, and what M~1 adds to the options. */
#include "report/made_table.h"

#include <math.h>

static int has_row(const report_table_t *table, const char *predictor) {
    for (size_t r = 0; r < table->row_count; r++)
        if (!strcmp(report_cell(table, r, "predictor")->text, predictor)) return 1;
    return 0;
}

/* probe.early is off unless asked for: a table of fourteen n/a would say nothing. */
static void optional_predictors_have_rows_where_they_were_measured(void **state) {
    (void)state;
    made_t made = {.frame = sweep_frame()}, other = {.frame = sweep_frame()};
    for (size_t i = 0; i < SWEEP_TRIALS; i++)
        frame_numbers(&other.frame, "early/weight_norm_0")[i] =
            frame_numbers(&other.frame, "summary/rho")[i];
    made.table = recipe_table2(&made.frame);
    other.table = recipe_table2(&other.frame);
    assert_false(has_row(&made.table, "weight norm, 0"));
    assert_true(value(&other.table, ALL_RUNS, "weight norm, 0", "auroc") ==
                value(&other.table, ALL_RUNS, "rho", "auroc"));
    assert_false(has_row(&other.table, "weight norm, 10"));
    unmake(&made);
    unmake(&other);
}

/* M~1 that is the outcome itself makes the fit perfect; one that is the same everywhere, nothing.
 */
static void what_m_near_unit_adds_is_a_finding(void **state) {
    (void)state;
    for (int is_telling = 0; is_telling < 2; is_telling++) {
        made_t made = {.frame = sweep_frame()};
        const double *diverged = frame_numbers(&made.frame, "outcome/diverged");
        for (size_t i = 0; i < SWEEP_TRIALS; i++)
            frame_numbers(&made.frame, "summary/m_near_unit")[i] = is_telling * diverged[i];
        made.table = recipe_table2(&made.frame);
        double options = value(&made.table, CONFIG_ONLY, "all varied options", "auroc");
        double both = value(&made.table, CONFIG_ONLY, "all varied options and M~1", "auroc");
        double added = find_note(&made.table, "m_near_unit_beside_options")->values[0].value;
        assert_true(is_telling ? both > 0.99 : both == options);
        assert_true(fabs(added - (both - options)) < 1e-12);
        unmake(&made);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(optional_predictors_have_rows_where_they_were_measured),
        cmocka_unit_test(what_m_near_unit_adds_is_a_finding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
