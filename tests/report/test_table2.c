/* Table 2: predictors beside honest baselines; landmarks; marks; one class. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "report/made_table.h"
#include "stats/auroc.h"

/* The sweep and its table that most tests look at; they change neither. */
static int make(void **state) {
    static made_t made;
    made.frame = sweep_frame();
    made.table = recipe_table2(&made.frame);
    *state = &made;
    return 0;
}

static int destroy(void **state) {
    unmake(*state);
    return 0;
}

static void auroc_is_that_of_the_column(void **state) {
    made_t *made = *state;
    int diverged[SWEEP_TRIALS];
    for (size_t i = 0; i < SWEEP_TRIALS; i++)
        diverged[i] = frame_numbers(&made->frame, "outcome/diverged")[i] == 1;
    auroc_t rho = auroc(SWEEP_TRIALS, frame_numbers(&made->frame, "summary/rho"), diverged);
    assert_true(value(&made->table, ALL_RUNS, "rho", "auroc") == rho.value);
    const report_cell_t *runs =
        report_cell(&made->table, find_row(&made->table, ALL_RUNS, "rho"), "diverged");
    assert_true(runs->value[0] == 11 && runs->value[1] == 120);
}

static void no_norm_flag_has_its_closed_form(void **state) {
    made_t *made = *state; /* 10 of 11 diverged and 10 of 109 stable runs carry the flag */
    double expected = (10 * 99 + 0.5 * (10 * 10 + 1 * 99)) / (11.0 * 109);
    assert_true(fabs(value(&made->table, CONFIG_ONLY, "is no-norm", "auroc") - expected) < 1e-15);
    assert_true(value(&made->table, CONFIG_ONLY, "is no-norm", "within_norm") == 0.5);
    assert_true(value(&made->table, CONFIG_ONLY, "learning rate", "within_lr") == 0.5);
}

static void within_norm_pairs_come_from_mixed_norms_only(void **state) {
    made_t *made = *state; /* none 10/20 and post_ln 1/20 */
    assert_true(value(&made->table, ALL_RUNS, "M~1", "within_norm_pairs") == 10 * 10 + 1 * 19);
    const report_note_t *note = find_note(&made->table, "strata");
    assert_non_null(strstr(note->text, "norm: none 10/20, post_ln 1/20;"));
}

/* Parameters of a program outside need not be set in every run. */
static void runs_of_unknown_norm_are_no_stratum(void **state) {
    (void)state;
    made_t made = {.frame = sweep_frame()};
    for (size_t i = 0; i < SWEEP_TRIALS; i++) /* none, 10/20, is left without its name */
        if (!strcmp(frame_find(&made.frame, "model.norm")->text[i], "none"))
            frame_set_text(&made.frame, "model.norm", i, "");
    made.table = recipe_table2(&made.frame);
    assert_true(value(&made.table, ALL_RUNS, "M~1", "within_norm_pairs") == 1 * 19);
    unmake(&made);
}

/* As a sweep that draws its rates at random: 120 values, of which no two runs share one. */
static void strata_of_a_drawn_number_are_fifths(void **state) {
    (void)state;
    made_t made = {.frame = sweep_frame()};
    double *lr = frame_numbers(&made.frame, "train.lr");
    int fifth[SWEEP_TRIALS], diverged[SWEEP_TRIALS];
    for (int i = 0; i < SWEEP_TRIALS; i++) {
        int place = i * 7 % SWEEP_TRIALS; /* each of 0 .. 119 once */
        lr[i] = 0.001 * (place + 1);
        fifth[i] = place / (SWEEP_TRIALS / 5);
        diverged[i] = frame_numbers(&made.frame, "outcome/diverged")[i] == 1;
    }
    made.table = recipe_table2(&made.frame);
    auroc_t within =
        auroc_within(SWEEP_TRIALS, frame_numbers(&made.frame, "summary/rho"), diverged, fifth);
    assert_near(value(&made.table, ALL_RUNS, "rho", "within_lr"), within.value, 1e-15);
    report_table_t strata = recipe_strata(&made.frame);
    size_t last = strata.row_count - 1;
    assert_string_equal(report_cell(&strata, last, "stratum")->text, "0.097–0.12");
    assert_int_equal(report_cell(&strata, last, "diverged")->value[1], SWEEP_TRIALS / 5);
    report_table_destroy(&strata);
    unmake(&made);
}

static void held_out_logistic_beats_the_flag_here(void **state) {
    made_t *made = *state; /* it knows the learning rate too, and the cliff is sharp */
    double logistic = value(&made->table, CONFIG_ONLY, "all varied options", "auroc");
    assert_true(logistic > value(&made->table, CONFIG_ONLY, "is no-norm", "auroc"));
    assert_true(logistic < 1);
}

/* Every trial runs twice, once with a limit that ends it: what decides is neither learning rate nor
 * norm nor depth. */
static frame_t decided_by_another_option(void) {
    frame_t frame = sweep_frame();
    for (size_t i = 0; i < frame.rows; i++) {
        int is_limited = (int)(i / 2 % 2); /* stands for the depth, which no longer varies */
        sweep_put(&frame, "model.layers", i, 4);
        sweep_put(&frame, "diverge.loss", i, is_limited ? 0.5 : 50);
        sweep_put(&frame, "outcome/diverged", i, is_limited);
        sweep_put(&frame, "outcome/step", i, is_limited ? 5 : 200);
        sweep_put(&frame, "summary/m_near_unit", i, i / 4 % SWEEP_NORMS * 0.1);
        frame_set_text(&frame, "state", i, is_limited ? "DIVERGED" : "COMPLETED");
    }
    return frame;
}

static void the_configuration_is_all_that_varies(void **state) {
    (void)state;
    made_t made = {.frame = decided_by_another_option()};
    made.table = recipe_table2(&made.frame);
    assert_true(value(&made.table, CONFIG_ONLY, "all varied options", "auroc") == 1);
    unmake(&made);
}

/* M~1 is the same in both halves, so held out it must say the rate, one half. */
static void calibration_does_not_see_twins(void **state) {
    (void)state;
    made_t made = {.frame = decided_by_another_option()};
    made.table = recipe_table2(&made.frame);
    const report_note_t *note = find_note(&made.table, "calibration");
    assert_near(note->values[3].value, 0, 1e-9);    /* expected calibration error */
    assert_near(note->values[4].value, 0.25, 1e-9); /* Brier score                */
    unmake(&made);
}

/* One configuration alone diverged: left out, nothing is there to learn divergence from, and the
 * others alone would make any calibration look better than it is. */
static void calibration_without_the_only_positives_is_missing(void **state) {
    (void)state;
    made_t made = {.frame = sweep_frame()};
    for (size_t i = 0; i < SWEEP_TRIALS; i++)
        frame_set_text(&made.frame, "state", i, i < 2 ? "DIVERGED" : "COMPLETED");
    made.table = recipe_table2(&made.frame);
    const report_note_t *note = find_note(&made.table, "calibration");
    assert_true(note->values[0].value > 0 && note->values[2].value > 0);
    assert_true(isnan(note->values[3].value) && isnan(note->values[4].value));
    assert_non_null(strstr(note->text, "cannot be held out"));
    unmake(&made);
}

/* What is learnt from the runs of one half is the wrong way round in the other. */
static void a_fit_is_never_called_upside_down(void **state) {
    (void)state;
    made_t made = {.frame = sweep_frame()};
    for (size_t i = 0; i < SWEEP_TRIALS; i++) {
        frame_set_text(&made.frame, "model.norm", i, "none");
        sweep_put(&made.frame, "train.lr", i, 1);
        sweep_put(&made.frame, "model.layers", i, 4);
        sweep_put(&made.frame, "model.width", i, (double)(i / 12));
        sweep_put(&made.frame, "summary/rho", i, (double)(i / 12 % 2));
        frame_set_text(&made.frame, "state", i, i / 12 % 2 ? "COMPLETED" : "DIVERGED");
    }
    made.table = recipe_table2(&made.frame);
    size_t fit = find_row(&made.table, CONFIG_ONLY, "all varied options");
    assert_true(report_cell(&made.table, fit, "low")->value[1] < 0.5);
    assert_string_equal(made.table.rows[fit].marks, "");
    assert_string_equal(made.table.rows[find_row(&made.table, ALL_RUNS, "rho")].marks, "†");
    unmake(&made);
}

static void few_positives_keep_a_width(void **state) {
    (void)state; /* two diverged runs, told apart perfectly; then one, which tells nothing of others
                  */
    for (size_t diverged = 1; diverged <= 2; diverged++) {
        made_t made = {.frame = sweep_frame()};
        for (size_t i = 0; i < SWEEP_TRIALS; i++) {
            frame_set_text(&made.frame, "state", i, i < diverged ? "DIVERGED" : "COMPLETED");
            sweep_put(&made.frame, "summary/rho", i, i < diverged ? 1 : 2);
        }
        made.table = recipe_table2(&made.frame);
        size_t row = find_row(&made.table, ALL_RUNS, "rho");
        const double *interval = report_cell(&made.table, row, "low")->value;
        assert_true(value(&made.table, ALL_RUNS, "rho", "auroc") == 0);
        if (diverged == 2) assert_true(interval[0] == 0 && interval[1] > 0.2);
        if (diverged == 1) assert_true(isnan(interval[0]) && isnan(interval[1]));
        interval = report_cell(&made.table, row, "within_depth_low")->value;
        assert_true(isnan(interval[0]) || interval[1] > 0.2);
        if (diverged == 1) assert_string_equal(made.table.rows[row].marks, "");
        unmake(&made);
    }
}

/* 20 steps: what a step beyond them would show is not known, though records have a number there,
 * that of the last step. */
static void what_no_run_reached_is_missing(void **state) {
    (void)state;
    made_t made = {.frame = sweep_frame()};
    for (size_t i = 0; i < SWEEP_TRIALS; i++) {
        double step = frame_find(&made.frame, "outcome/step")->number[i];
        sweep_put(&made.frame, "outcome/step", i, step < 200 ? 15 : 20);
    }
    made.table = recipe_table2(&made.frame);
    assert_true(isnan(value(&made.table, ALL_RUNS, "gradient norm, 100", "auroc")));
    assert_true(isnan(value(&made.table, ALL_RUNS, "loss spikes", "within_norm")));
    assert_true(value(&made.table, ALL_RUNS, "gradient norm, 10 / 0", "auroc") > 0.9);
    assert_true(find_note(&made.table, "unreached")->values[0].value == 20);
    report_table_t strata = recipe_strata(&made.frame);
    assert_false(isnan(report_cell(&strata, 1, "early_ratio")->value[0])); /* of norm none */
    report_table_destroy(&strata);
    for (size_t i = 0; i < SWEEP_TRIALS; i++) sweep_put(&made.frame, "outcome/step", i, 10);
    strata = recipe_strata(&made.frame);
    for (size_t r = 0; r < strata.row_count; r++)
        assert_true(isnan(report_cell(&strata, r, "early_ratio")->value[0]));
    report_table_destroy(&strata);
    unmake(&made);
}

static void published_values_stand_beside_ours(void **state) {
    made_t *made = *state;
    assert_true(value(&made->table, ALL_RUNS, "M~1", "published") == 0.995);
    assert_true(value(&made->table, ALL_RUNS, "loss spikes", "published_low") == 0.712);
    assert_true(isnan(value(&made->table, CONFIG_ONLY, "is no-norm", "published")));
}

static void predictors_that_see_the_divergence_are_marked(void **state) {
    made_t *made = *state; /* all diverge between steps 35 and 65 */
    size_t late = find_row(&made->table, ALL_RUNS, "gradient norm, 100");
    size_t early = find_row(&made->table, ALL_RUNS, "gradient norm, 10 / 0");
    assert_non_null(strstr(made->table.rows[late].marks, "*"));
    assert_string_equal(made->table.rows[early].marks, "");
    assert_true(report_cell(&made->table, late, "inside")->value[0] == 11);
    assert_non_null(find_note(&made->table, "inside"));
}

static void inverted_predictors_are_shown_as_they_are_and_marked(void **state) {
    made_t *made = *state;
    size_t rho = find_row(&made->table, ALL_RUNS, "rho");
    assert_true(report_cell(&made->table, rho, "auroc")->value[0] < 0.2);
    assert_string_equal(made->table.rows[rho].marks, "†");
}

static void landmarks_keep_only_runs_still_alive(void **state) {
    (void)state;
    made_t made = {.frame = sweep_frame()};
    double *step = frame_numbers(&made.frame, "outcome/step");
    for (size_t i = 0; i < SWEEP_TRIALS; i++)
        if (step[i] == 35) step[i] = i % 2 ? 10 : 150; /* lr 1e-2: at the landmark, or late */
    made.table = recipe_table2(&made.frame);
    const report_cell_t *alive =
        report_cell(&made.table, find_row(&made.table, ALIVE_10, "M~1"), "diverged");
    assert_true(alive->value[0] == 8 && alive->value[1] == 117);
    alive = report_cell(&made.table, find_row(&made.table, ALIVE_100, "M~1"), "diverged");
    assert_true(alive->value[0] == 2 && alive->value[1] == 111);
    unmake(&made);
}

static void a_landmark_of_one_class_is_one_row(void **state) {
    made_t *made = *state;
    size_t row = find_row(&made->table, ALIVE_100, "one class only");
    assert_true(report_cell(&made->table, row, "diverged")->value[1] == 109);
    assert_true(isnan(report_cell(&made->table, row, "auroc")->value[0]));
}

static void one_class_overall_is_said_in_a_line(void **state) {
    (void)state;
    made_t made = {.frame = sweep_frame()};
    for (size_t i = 0; i < SWEEP_TRIALS; i++) frame_set_text(&made.frame, "state", i, "COMPLETED");
    made.table = recipe_table2(&made.frame);
    assert_true(isnan(value(&made.table, ALL_RUNS, "M~1", "auroc")));
    assert_true(isnan(value(&made.table, ALL_RUNS, "M~1", "within_norm")));
    assert_non_null(find_note(&made.table, "one_class"));
    assert_null(find_note(&made.table, "calibration"));
    unmake(&made);
}

static void no_result_is_no_class(void **state) {
    (void)state;
    made_t made = {.frame = sweep_frame()};
    for (size_t i = 0; i < SWEEP_TRIALS; i++) frame_set_text(&made.frame, "state", i, "PENDING");
    made.table = recipe_table2(&made.frame);
    assert_non_null(find_note(&made.table, "no_result"));
    assert_null(find_note(&made.table, "one_class"));
    unmake(&made);
}

static void unknown_scores_are_left_out_and_counted(void **state) {
    (void)state;
    made_t made = {.frame = sweep_frame()};
    frame_numbers(&made.frame, "summary/rho")[0] = NAN;
    made.table = recipe_table2(&made.frame);
    assert_true(value(&made.table, ALL_RUNS, "rho", "dropped") == 1);
    const report_cell_t *runs =
        report_cell(&made.table, find_row(&made.table, ALL_RUNS, "rho"), "diverged");
    assert_true(runs->value[1] == 119);
    unmake(&made);
}

static void absent_columns_are_not_available(void **state) {
    (void)state;
    frame_t bare = {.rows = 4};
    for (size_t i = 0; i < 4; i++)
        frame_set_text(&bare, "state", i, i % 2 ? "DIVERGED" : "COMPLETED");
    report_table_t table = recipe_table2(&bare);
    assert_true(isnan(value(&table, ALL_RUNS, "M~1", "auroc")));
    assert_true(isnan(value(&table, ALL_RUNS, "M~1", "within_norm")));
    report_table_destroy(&table);
    frame_clear(&bare);
}

static void findings_carry_their_numbers(void **state) {
    made_t *made = *state;
    const report_note_t *test = find_note(&made->table, "m_near_unit_against_no_norm");
    double difference = value(&made->table, ALL_RUNS, "M~1", "auroc") -
                        value(&made->table, CONFIG_ONLY, "is no-norm", "auroc");
    assert_true(fabs(test->values[0].value - difference) < 1e-12);
    const report_note_t *calibration = find_note(&made->table, "calibration");
    assert_true(calibration->values[3].value < calibration->values[0].value);
    const report_note_t *rule = find_note(&made->table, "rule"); /* post_ln, deep_norm, none */
    assert_true(rule->values[0].value == 60 && rule->values[1].value == 11);
}

/* So the share of these that are hits is the share of the diverged runs that are found. */
static void the_budget_is_of_the_runs_with_a_score(void **state) {
    (void)state;
    made_t made = {.frame = sweep_frame()};
    size_t unknown = 0;
    for (size_t i = 0; i < SWEEP_TRIALS && unknown < 4; i++)
        if (frame_numbers(&made.frame, "outcome/diverged")[i] == 1) {
            frame_numbers(&made.frame, "summary/m_near_unit")[i] = NAN;
            unknown++;
        }
    made.table = recipe_table2(&made.frame);
    const report_note_t *budget = find_note(&made.table, "budget"); /* flagged, hits, ... */
    assert_near(budget->values[0].value, 11 - 4, 1e-12);
    assert_near(budget->values[2].value, budget->values[3].value, 1e-12);
    unmake(&made);
}

/* Beside the p of the finding on M~1, which is of one question. */
static void corrected_p_are_called_so(void **state) {
    made_t *made = *state;
    assert_non_null(strstr(find_note(&made->table, "intervals")->text, "Holm"));
}

static void a_difference_without_variance_is_not_judged(void **state) {
    (void)state; /* M~1 separates perfectly, the flag is the same everywhere */
    made_t made = {.frame = sweep_frame()};
    for (size_t i = 0; i < SWEEP_TRIALS; i++) {
        int diverged = frame_numbers(&made.frame, "outcome/diverged")[i] == 1;
        frame_set_text(&made.frame, "model.norm", i, "none");
        frame_numbers(&made.frame, "summary/m_near_unit")[i] = diverged ? 0.9 : 0.1;
    }
    made.table = recipe_table2(&made.frame);
    const report_note_t *note = find_note(&made.table, "m_near_unit_against_no_norm");
    assert_true(note->values[0].value == 0.5 && isnan(note->values[3].value));
    assert_non_null(strstr(note->text, "cannot be tested"));
    assert_null(strstr(note->text, "nan"));
    unmake(&made);
}

static void the_order_of_trials_does_not_matter(void **state) {
    made_t *made = *state;
    frame_t reversed = {.rows = SWEEP_TRIALS};
    for (size_t c = 0; c < made->frame.column_count; c++) {
        const frame_column_t *from = &made->frame.columns[c];
        for (size_t i = 0; i < SWEEP_TRIALS; i++) {
            if (from->text)
                frame_set_text(&reversed, from->name, i, from->text[SWEEP_TRIALS - 1 - i]);
            else
                frame_numbers(&reversed, from->name)[i] = from->number[SWEEP_TRIALS - 1 - i];
        }
    }
    report_table_t other = recipe_table2(&reversed);
    assert_int_equal(other.row_count, made->table.row_count);
    for (size_t r = 0; r < other.row_count; r++) {
        double a = report_cell(&made->table, r, "auroc")->value[0];
        double b = report_cell(&other, r, "auroc")->value[0];
        double low_a = report_cell(&made->table, r, "low")->value[0];
        double low_b = report_cell(&other, r, "low")->value[0];
        assert_true((isnan(a) && isnan(b)) || (fabs(a - b) < 1e-9 && fabs(low_a - low_b) < 1e-9));
    }
    report_table_destroy(&other);
    frame_clear(&reversed);
}

static void strata_show_each_alone_and_single_classes_as_missing(void **state) {
    made_t *made = *state;
    report_table_t table = recipe_strata(&made->frame);
    for (size_t r = 0; r < table.row_count; r++) {
        const report_cell_t *runs = report_cell(&table, r, "diverged");
        int is_mixed = runs->value[0] > 0 && runs->value[0] < runs->value[1];
        assert_int_equal(isnan(report_cell(&table, r, "m_near_unit")->value[0]), !is_mixed);
    }
    assert_int_equal(table.row_count, 6 + 2 + 5);
    report_table_destroy(&table);
}

/* Half of the risky runs are pruned, the others audited with a chance of one half: the table is
 * about all runs again, and says so. */
static void pruned_runs_are_accounted_for(void **state) {
    const made_t *whole = *state;
    made_t made = {.frame = sweep_frame()};
    size_t risky = 0;
    for (size_t i = 0; i < made.frame.rows; i++) {
        int is_risky = frame_find(&made.frame, "summary/m_near_unit")->number[i] > 0.5;
        frame_numbers(&made.frame, "policy/inclusion")[i] = is_risky ? 0.5 : 1;
        if (is_risky && risky++ % 2) frame_set_text(&made.frame, "state", i, "PRUNED");
    }
    made.table = recipe_table2(&made.frame);
    const report_note_t *note = find_note(&made.table, "weights");
    assert_non_null(note);
    assert_true(note->values[0].value == (double)((risky + 1) / 2));
    assert_near(value(&made.table, ALL_RUNS, "M~1", "auroc"),
                value(&whole->table, ALL_RUNS, "M~1", "auroc"), 0.03);
    assert_true(value(&made.table, ALL_RUNS, "M~1", "low") <
                value(&whole->table, ALL_RUNS, "M~1", "low")); /* fewer runs, less is known */
    assert_null(find_note(&whole->table, "weights"));
    unmake(&made);
}

/* Half of the runs outside the risky ones stand for the others; one ended out of turn. */
static void a_stopped_sweep_is_weighted_by_its_order(void **state) {
    const made_t *whole = *state;
    made_t made = {.frame = sweep_frame()};
    size_t calm = 0;
    for (size_t i = 0; i < made.frame.rows; i++) {
        int is_risky = frame_find(&made.frame, "summary/m_near_unit")->number[i] > 0.5;
        int is_seen = is_risky || calm++ % 2 == 0;
        frame_numbers(&made.frame, "order/inclusion")[i] = is_risky ? 1 : is_seen ? 0.5 : 0;
        if (!is_seen && calm > 2) frame_set_text(&made.frame, "state", i, "PENDING");
    }
    made.table = recipe_table2(&made.frame);
    const report_note_t *note = find_note(&made.table, "order");
    assert_non_null(note);
    assert_true(note->values[1].value == (double)((calm + 1) / 2));               /* sampled */
    assert_true(note->values[2].value == 1);                                      /* out of turn */
    assert_true(note->values[0].value + (double)calm == (double)made.frame.rows); /* certain */
    assert_non_null(strstr(note->text, "with a weight of 2."));
    assert_near(value(&made.table, ALL_RUNS, "M~1", "auroc"),
                value(&whole->table, ALL_RUNS, "M~1", "auroc"), 0.02);
    assert_true(isnan(value(&made.table, ALL_RUNS, "M~1", "p_no_norm")));
    assert_null(find_note(&whole->table, "order"));
    unmake(&made);
}

static void a_stopped_sweep_without_audit_is_about_those_that_ran(void **state) {
    (void)state;
    made_t made = {.frame = sweep_frame()};
    for (size_t i = 0; i < made.frame.rows; i++) {
        frame_numbers(&made.frame, "order/inclusion")[i] = i < 40;
        if (i >= 40) frame_set_text(&made.frame, "state", i, "PENDING");
    }
    made.table = recipe_table2(&made.frame);
    const report_note_t *note = find_note(&made.table, "order");
    assert_non_null(strstr(note->text, "40 trials were sure"));
    assert_non_null(strstr(note->text, "nothing is known of the other"));
    unmake(&made);
}

static void survivors_without_audit_are_called_so(void **state) {
    (void)state;
    made_t made = {.frame = sweep_frame()};
    frame_set_text(&made.frame, "state", 0, "PRUNED");
    made.table = recipe_table2(&made.frame);
    assert_non_null(strstr(find_note(&made.table, "weights")->text, "survivors alone"));
    unmake(&made);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pruned_runs_are_accounted_for),
        cmocka_unit_test(a_stopped_sweep_is_weighted_by_its_order),
        cmocka_unit_test(a_stopped_sweep_without_audit_is_about_those_that_ran),
        cmocka_unit_test(survivors_without_audit_are_called_so),
        cmocka_unit_test(auroc_is_that_of_the_column),
        cmocka_unit_test(no_norm_flag_has_its_closed_form),
        cmocka_unit_test(within_norm_pairs_come_from_mixed_norms_only),
        cmocka_unit_test(runs_of_unknown_norm_are_no_stratum),
        cmocka_unit_test(strata_of_a_drawn_number_are_fifths),
        cmocka_unit_test(held_out_logistic_beats_the_flag_here),
        cmocka_unit_test(the_configuration_is_all_that_varies),
        cmocka_unit_test(calibration_does_not_see_twins),
        cmocka_unit_test(calibration_without_the_only_positives_is_missing),
        cmocka_unit_test(a_fit_is_never_called_upside_down),
        cmocka_unit_test(few_positives_keep_a_width),
        cmocka_unit_test(what_no_run_reached_is_missing),
        cmocka_unit_test(published_values_stand_beside_ours),
        cmocka_unit_test(predictors_that_see_the_divergence_are_marked),
        cmocka_unit_test(inverted_predictors_are_shown_as_they_are_and_marked),
        cmocka_unit_test(landmarks_keep_only_runs_still_alive),
        cmocka_unit_test(a_landmark_of_one_class_is_one_row),
        cmocka_unit_test(one_class_overall_is_said_in_a_line),
        cmocka_unit_test(no_result_is_no_class),
        cmocka_unit_test(unknown_scores_are_left_out_and_counted),
        cmocka_unit_test(absent_columns_are_not_available),
        cmocka_unit_test(findings_carry_their_numbers),
        cmocka_unit_test(the_budget_is_of_the_runs_with_a_score),
        cmocka_unit_test(corrected_p_are_called_so),
        cmocka_unit_test(a_difference_without_variance_is_not_judged),
        cmocka_unit_test(the_order_of_trials_does_not_matter),
        cmocka_unit_test(strata_show_each_alone_and_single_classes_as_missing),
    };
    return cmocka_run_group_tests(tests, make, destroy);
}
