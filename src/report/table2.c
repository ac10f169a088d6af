/* table2.c: which measurement tells diverging runs from stable ones, the paper's Table 2; beside it
 * what the configuration alone tells, and what is left once divergence itself is out of sight. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/findings.h"
#include "report/predictors.h"
#include "report/recipe.h"
#include "stats/delong.h"
#include "stats/scratch.h"
#include "stats/significance.h"

enum { CONFIG = -2, INIT = -1, ALL = COHORT_ALL };

/* A heading (label NULL) or a predictor. */
typedef struct score_row {
    const char *section;
    int landmark; /* the runs of the section: alive after this step */
    const char *label, *column;
    int last_step; /* that the predictor sees, or CONFIG, INIT */
    double published, low, high;
} score_row_t;

#define SECTION(landmark_, heading) {.section = heading, .landmark = landmark_},
#define SCORE(label_, column_, last_step_, published_, low_, high_)                                \
    {.label = label_,                                                                              \
     .column = column_,                                                                            \
     .last_step = last_step_,                                                                      \
     .published = published_,                                                                      \
     .low = low_,                                                                                  \
     .high = high_},
static const score_row_t score_rows[] = {
#include "analysis/table2.def"
};
#undef SECTION
#undef SCORE
enum { SCORE_ROWS = sizeof score_rows / sizeof *score_rows };

#define STRATUM(key, label, column)                                                                \
    {key, NULL, "same\n" label, CELL_NUMBER, 2, "n/a", 0},                                         \
        {key "_low", key "_high", "same " label " 95%", CELL_INTERVAL, 2, "n/a", 1},               \
        {key "_pairs", NULL, "same " label " pairs", CELL_NUMBER, 0, "n/a", 1},
static const report_column_t columns[] = {
    {"predictor", NULL, "predictor", CELL_TEXT, 0, "", 0},
    {"column", NULL, "column", CELL_TEXT, 0, "", 1},
    {"known", NULL, "known\nfrom", CELL_TEXT, 0, "", 0},
    {"diverged", "runs", "diverged\n/runs", CELL_RATE, 0, "", 0},
    {"dropped", NULL, "dropped", CELL_NUMBER, 0, "", 1},
    {"inside", NULL, "diverged inside", CELL_NUMBER, 0, "", 1},
    {"auroc", NULL, "AUROC", CELL_NUMBER, 3, "n/a", 0},
    {"bootstrap_low", "bootstrap_high", "bootstrap\n95%", CELL_INTERVAL, 2, "n/a", 0},
    {"delong_low", "delong_high", "DeLong\n95%", CELL_INTERVAL, 2, "n/a", 0},
    {"p_no_norm", NULL, "p against no-norm", CELL_NUMBER, 3, "n/a", 1},
#include "analysis/strata.def"
    {"published", NULL, "paper\nAUROC", CELL_NUMBER, 3, "", 0},
    {"published_low", "published_high", "paper\n95%", CELL_INTERVAL, 2, "", 0},
};

static void set_known(report_table_t *table, int last_step) {
    if (last_step == CONFIG)
        report_set_text(table, "known", "config");
    else if (last_step == INIT)
        report_set_text(table, "known", "init");
    else
        report_set_text(table, "known", "%d", last_step);
}

/* Diverged runs whose divergence the score has seen. */
static size_t count_inside(cohort_t *cohort, const double *score, int last_step) {
    const double *step = cohort_numbers(cohort, "outcome/step");
    size_t inside = 0;
    for (size_t i = 0; i < cohort->runs.rows; i++)
        inside += cohort->diverged[i] && !isnan(score[i]) && step[i] <= last_step;
    return inside;
}

/* Over all runs of the section: AUROC, its intervals, and how many runs stand behind it. */
static void set_pooled(report_table_t *table, const cohort_t *cohort, const double *score) {
    size_t rows = cohort->runs.rows;
    auroc_t a = predictors_auroc(cohort, score, NULL);
    interval_t bootstrap = predictors_interval(cohort, score, NULL);
    interval_t wide =
        cohort->is_weighted ? INTERVAL_NONE : delong(rows, score, cohort->diverged).interval;
    report_set_two(table, "diverged", (double)a.positives, (double)(a.positives + a.negatives));
    report_set(table, "dropped", (double)a.dropped);
    report_set(table, "auroc", a.value);
    report_set_two(table, "bootstrap_low", bootstrap.low, bootstrap.high);
    report_set_two(table, "delong_low", wide.low, wide.high);
    if (bootstrap.high < 0.5) report_mark(table, "†");
}

static void set_within(report_table_t *table, const predictors_t *predictors, const double *score) {
    char key[64];
    for (size_t s = 0; s < stratum_row_count; s++) {
        auroc_t within = predictors_within(predictors, score, s);
        interval_t interval = predictors_within_interval(predictors, score, s);
        report_set(table, stratum_rows[s].key, within.value);
        snprintf(key, sizeof key, "%s_low", stratum_rows[s].key);
        report_set_two(table, key, interval.low, interval.high);
        snprintf(key, sizeof key, "%s_pairs", stratum_rows[s].key);
        report_set(table, key, within.pairs);
    }
}

static void add_score(report_table_t *table, const char *section, predictors_t *predictors,
                      const score_row_t *row) {
    cohort_t *cohort = &predictors->cohort;
    const double *score = cohort_numbers(cohort, row->column);
    size_t inside = count_inside(cohort, score, row->last_step);
    report_add_row(table, section);
    report_set_text(table, "predictor", "%s", row->label);
    report_set_text(table, "column", "%s", row->column);
    set_known(table, row->last_step);
    set_pooled(table, cohort, score);
    set_within(table, predictors, score);
    report_set(table, "inside", (double)inside);
    if (inside) report_mark(table, "*");
    if (row->last_step != CONFIG && !cohort->is_weighted)
        report_set(table, "p_no_norm",
                   delong_compare(cohort->runs.rows, score,
                                  cohort_numbers(cohort, "config/no_norm"), cohort->diverged)
                       .p);
    report_set(table, "published", row->published);
    report_set_two(table, "published_low", row->low, row->high);
}

/* Holm over all measured predictors: one question was asked many times. */
static void adjust_p(report_table_t *table) {
    double *p = scratch(table->row_count, sizeof *p);
    for (size_t r = 0; r < table->row_count; r++)
        p[r] = report_cell(table, r, "p_no_norm")->value[0];
    significance_holm(table->row_count, p);
    for (size_t r = 0; r < table->row_count; r++)
        report_cell(table, r, "p_no_norm")->value[0] = p[r];
    free(p);
}

static void note_legend(report_table_t *table) {
    report_note(table, "", "legend",
                "AUROC: the chance that a diverged run scores above a stable one. 0.5 says "
                "nothing, 1 is perfect, 0 perfect upside down. known from: config = nothing "
                "measured, init = one pass before training, else the training step.");
    report_note(table, "", "same",
                "same X: only runs of equal X are compared, so a score that merely tells X apart "
                "gets 0.5; n/a: no X has both classes.");
    report_note(table, "", "logistic",
                "logistic regression: on log lr, norm and depth; each configuration is predicted "
                "from the others (10 folds) and ranked by its log odds without the fold's "
                "intercept.");
    report_note(table, "", "intervals",
                "bootstrap: %d resamples inside each class. DeLong: on the logit scale; "
                "Newcombe's where separation is perfect. paper: 214 runs of associative recall.",
                PREDICTORS_RESAMPLES);
}

static int has_mark(const report_table_t *table, const char *mark) {
    for (size_t r = 0; r < table->row_count; r++)
        if (strstr(table->rows[r].marks, mark)) return 1;
    return 0;
}

static void note_marks(report_table_t *table) {
    double inside = 0;
    for (size_t r = 0; r < table->row_count; r++)
        inside = fmax(inside, report_cell(table, r, "inside")->value[0]);
    if (has_mark(table, "*"))
        report_note(table, "*", "inside",
                    "sees divergence itself: up to %.0f runs had diverged within the steps it "
                    "looks at. Judge it among the runs still alive after them.",
                    inside);
    if (has_mark(table, "†"))
        report_note(table, "†", "inverted",
                    "upside down: low values go with divergence. Read the other way round, the "
                    "AUROC is one minus this.");
}

static int has_both_classes(const cohort_t *cohort) {
    return cohort->positives > 0 && cohort->positives < cohort->runs.rows;
}

/* What was pruned is accounted for, and what cannot be said then. */
static void note_weights(report_table_t *table, const cohort_t *cohort) {
    double trials = 0, diverged = 0;
    size_t audited = 0;
    const frame_column_t *inclusion = frame_find(&cohort->runs, "policy/inclusion");
    for (size_t i = 0; i < cohort->runs.rows; i++) {
        trials += cohort->weight[i];
        if (cohort->diverged[i]) diverged += cohort->weight[i];
        audited += inclusion && inclusion->number[i] < 1;
    }
    if (audited == 0)
        report_note(table, "", "weights",
                    "Policies pruned trials, and no audited run stands for them: all AUROCs are "
                    "about the survivors alone. A larger policy.audit would tell more.");
    else
        report_note(
            table, "", "weights",
            "Policies pruned trials: %zu audited runs, which a rule spoke against, stand for "
            "those too. Runs are weighted by one over the chance to be seen: all AUROCs and "
            "bootstrap intervals are about all trials, of which an estimated %.1f %% diverge. "
            "DeLong's intervals and tests, calibration and decisions are left out.",
            audited, 100 * diverged / trials);
    report_note_value(table, "audited", (double)audited);
    report_note_value(table, "diverged_share", diverged / trials);
}

static void note_findings(report_table_t *table, predictors_t *predictors) {
    const cohort_t *cohort = &predictors->cohort;
    if (cohort->is_weighted && has_both_classes(cohort)) {
        if (cohort->is_pruned) note_weights(table, cohort);
        findings_strata(table, predictors);
        return;
    }
    if (has_both_classes(cohort)) {
        findings_comparison(table, predictors);
        findings_calibration(table, predictors);
        findings_decision(table, predictors);
        findings_strata(table, predictors);
        return;
    }
    if (cohort->runs.rows == 0) {
        report_note(table, "", "no_result", "No run has a result yet, so every AUROC is n/a.");
        return;
    }
    report_note(table, "", "one_class",
                "One class only: %zu of %zu runs diverged, so there is nothing to tell apart and "
                "every AUROC is n/a.",
                cohort->positives, cohort->runs.rows);
}

/* Nothing to rank among the runs of a landmark: one line instead of many n/a. */
static void add_one_class(report_table_t *table, const char *section, const cohort_t *cohort) {
    report_add_row(table, section);
    report_set_text(table, "predictor", cohort->runs.rows ? "one class only" : "no run got there");
    report_set_two(table, "diverged", (double)cohort->positives, (double)cohort->runs.rows);
}

/* Adds the section whose heading is row `start`; returns the row after its last. */
static size_t add_section(report_table_t *table, const frame_t *trials, size_t start) {
    const score_row_t *heading = &score_rows[start];
    predictors_t predictors = predictors_create(trials, heading->landmark);
    int is_short = heading->landmark != ALL && !has_both_classes(&predictors.cohort);
    size_t i = start + 1;
    for (; i < SCORE_ROWS && score_rows[i].label; i++)
        if (!is_short) add_score(table, heading->section, &predictors, &score_rows[i]);
    if (is_short) add_one_class(table, heading->section, &predictors.cohort);
    predictors_destroy(&predictors);
    return i;
}

report_table_t recipe_table2(const frame_t *trials) {
    report_table_t table = report_table_create("table2", columns, sizeof columns / sizeof *columns,
                                               "Table 2. Which runs diverge? AUROC of what can be "
                                               "known before or early");
    predictors_t all = predictors_create(trials, ALL);
    for (size_t i = 0; i < SCORE_ROWS;) i = add_section(&table, trials, i);
    adjust_p(&table);
    note_marks(&table);
    note_findings(&table, &all);
    note_legend(&table);
    cohort_note_coverage(trials, &table);
    cohort_note_order(trials, &table);
    predictors_destroy(&all);
    return table;
}
