/* table2.c: which measurement tells diverging runs from stable ones, the paper's Table 2; beside it
 * what the configuration alone tells, and what is left once divergence itself is out of sight. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/config_scores.h"
#include "report/findings.h"
#include "report/predictors.h"
#include "report/recipe.h"
#include "report/roles.h"
#include "stats/delong.h"
#include "stats/scratch.h"
#include "stats/significance.h"

enum { CONFIG = PREDICTOR_CONFIG, INIT = PREDICTOR_INIT, ALL = COHORT_ALL };

/* AUROC and its interval as the paper has them. */
typedef struct published {
    double auroc, low, high;
} published_t;

/* A heading (label NULL) or a predictor. */
typedef struct score_row {
    const char *section;
    int landmark; /* the runs of the section: alive after this step */
    const char *label, *column;
    int last_step;                /* that the predictor sees, or CONFIG, INIT      */
    int is_fit;                   /* its direction was learnt from other runs      */
    int is_optional;              /* left out where no run has the column          */
    const published_t *published; /* NULL: the paper has none       */
} score_row_t;

#define SECTION(...) {__VA_ARGS__},
#define SCORE(...)   {__VA_ARGS__},
#define PAPER(...)                                                                                 \
    &(const published_t) { __VA_ARGS__ }
static const score_row_t score_rows[] = {
#include "analysis/table2.def"
};
#undef SECTION
#undef SCORE
#undef PAPER
enum { SCORE_ROWS = sizeof score_rows / sizeof *score_rows };

#define STRATUM(key_, label_, column_)                                                             \
    {.key = key_, .title = "same\n" label_, .kind = CELL_NUMBER, .decimals = 2, .missing = "n/a"}, \
        {.key = key_ "_low",                                                                       \
         .key_two = key_ "_high",                                                                  \
         .title = "same " label_ " 95%",                                                           \
         .kind = CELL_INTERVAL,                                                                    \
         .decimals = 2,                                                                            \
         .missing = "n/a",                                                                         \
         .is_detail = 1},                                                                          \
        {.key = key_ "_pairs",                                                                     \
         .title = "same " label_ " pairs",                                                         \
         .kind = CELL_NUMBER,                                                                      \
         .missing = "n/a",                                                                         \
         .is_detail = 1},
static const report_column_t columns[] = {
    {.key = "predictor", .title = "predictor"},
    {.key = "column", .title = "column", .is_detail = 1},
    {.key = "known", .title = "known\nfrom"},
    {.key = "diverged", .key_two = "runs", .title = "diverged\n/runs", .kind = CELL_RATE},
    {.key = "dropped", .title = "dropped", .kind = CELL_NUMBER, .is_detail = 1},
    {.key = "inside", .title = "diverged inside", .kind = CELL_NUMBER, .is_detail = 1},
    {.key = "auroc", .title = "AUROC", .kind = CELL_NUMBER, .decimals = 3, .missing = "n/a"},
    {.key = "low",
     .key_two = "high",
     .title = "95%",
     .kind = CELL_INTERVAL,
     .decimals = 2,
     .missing = "n/a"},
    {.key = "p_no_norm",
     .title = "p against no-norm, Holm",
     .kind = CELL_NUMBER,
     .decimals = 3,
     .missing = "n/a",
     .is_detail = 1},
#include "analysis/strata.def"
    {.key = "published", .title = "paper\nAUROC", .kind = CELL_NUMBER, .decimals = 3},
    {.key = "published_low",
     .key_two = "published_high",
     .title = "paper\n95%",
     .kind = CELL_INTERVAL,
     .decimals = 2},
};

/* When a score is known decides what it is worth: before the run costs nothing, at step 100 it has
 * cost 100 steps. */
static void set_known(report_table_t *table, int last_step) {
    if (last_step == CONFIG)
        report_set_text(table, "known", "config");
    else if (last_step == INIT)
        report_set_text(table, "known", "init");
    else
        report_set_text(table, "known", "%d", last_step);
}

/* Over all runs of the section: AUROC, its intervals, and how many runs stand behind it. */
static void set_pooled(report_table_t *table, const cohort_t *cohort, const double *score) {
    auroc_t a = predictors_auroc(cohort, score, NULL);
    interval_t interval = predictors_interval(cohort, score, NULL);
    report_set_two(table, "diverged", (double)a.positives, (double)(a.positives + a.negatives));
    report_set(table, "dropped", (double)a.dropped);
    report_set(table, "auroc", a.value);
    report_set_two(table, "low", interval.low, interval.high);
}

/* Diverged runs whose divergence the score has seen: telling these is no prediction. */
static size_t count_inside(cohort_t *cohort, const double *score, int last_step) {
    const double *step = cohort_numbers(cohort, "outcome/step");
    size_t inside = 0;
    for (size_t i = 0; i < cohort->runs.rows; i++)
        inside += cohort->diverged[i] && !isnan(score[i]) && step[i] <= last_step;
    return inside;
}

/* A row without an AUROC has nothing to be marked. */
static void set_marks(report_table_t *table, cohort_t *cohort, const double *score,
                      const score_row_t *row) {
    size_t inside = count_inside(cohort, score, row->last_step);
    int has_auroc = !isnan(report_cell(table, table->row_count - 1, "auroc")->value[0]);
    report_set(table, "inside", (double)inside);
    if (has_auroc && !row->is_fit && predictors_is_inverted(cohort, score)) report_mark(table, "†");
    if (has_auroc && inside) report_mark(table, "*");
}

/* Beside the pooled value, which a score reaches that merely tells norms or learning rates apart.
 */
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

/* Is it better than the flag "is no-norm"? Not asked of the configuration's own scores. */
static void set_p(report_table_t *table, cohort_t *cohort, const double *score, int last_step) {
    if (last_step == CONFIG || cohort->is_weighted) return;
    const double *no_norm = cohort_numbers(cohort, "config/no_norm");
    report_set(table, "p_no_norm",
               delong_compare(cohort->runs.rows, score, no_norm, cohort->diverged).p);
}

static void set_published(report_table_t *table, const published_t *published) {
    if (!published) return;
    report_set(table, "published", published->auroc);
    report_set_two(table, "published_low", published->low, published->high);
}

static int is_measured(const frame_t *runs, const char *column) {
    const frame_column_t *found = frame_find(runs, column);
    for (size_t i = 0; found && found->number && i < runs->rows; i++)
        if (!isnan(found->number[i])) return 1;
    return 0;
}

static void add_score(report_table_t *table, const char *section, predictors_t *predictors,
                      const score_row_t *row) {
    cohort_t *cohort = &predictors->cohort;
    if (row->is_optional && !is_measured(&cohort->runs, row->column)) return;
    double *score = predictors_score(cohort, row->column, row->last_step);
    report_add_row(table, section);
    report_set_text(table, "predictor", "%s", row->label);
    report_set_text(table, "column", "%s", row->column);
    set_known(table, row->last_step);
    set_pooled(table, cohort, score);
    set_within(table, predictors, score);
    set_marks(table, cohort, score, row);
    set_p(table, cohort, score, row->last_step);
    set_published(table, row->published);
    free(score);
}

/* Columns of names that a program outside has chosen (docs/external.md): their prefix says what
 * they are, the rest is the row's name. */
typedef struct own_rows {
    const char *section, *prefix, *known;
    int last_step;
} own_rows_t;

/* When it knew is its word, so nothing is dropped or marked for it. */
static const own_rows_t own_predictors = {"said by the program itself", "external/", "its word",
                                          INIT};
static const own_rows_t own_parameters = {"configuration alone, nothing measured", CONFIG_PARAMETER,
                                          "config", CONFIG};

static void add_own(report_table_t *table, predictors_t *predictors, const own_rows_t *own) {
    const frame_t *runs = &predictors->cohort.runs;
    size_t length = strlen(own->prefix);
    for (size_t c = 0; c < runs->column_count; c++) {
        const char *column = runs->columns[c].name;
        if (!runs->columns[c].number || strncmp(column, own->prefix, length) != 0) continue;
        double *score = predictors_score(&predictors->cohort, column, own->last_step);
        report_add_row(table, own->section);
        report_set_text(table, "predictor", "%s", column + length);
        report_set_text(table, "column", "%s", column);
        report_set_text(table, "known", "%s", own->known);
        set_pooled(table, &predictors->cohort, score);
        set_within(table, predictors, score);
        set_p(table, &predictors->cohort, score, own->last_step);
        free(score);
    }
}

/* Holm over all measured predictors, in all sections: one question was asked many times. */
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
    report_note(
        table, "", "same",
        "same X: only runs of equal X are compared, so a score that merely tells X apart "
        "gets 0.5; n/a: no X has both classes. Of a number with more than 12 values: runs of "
        "the same fifth by its size.");
    report_note(table, "", "logistic",
                "all varied options: a logistic regression on every option that differs between "
                "runs; each configuration is predicted from the others (at most 10 folds, runs of "
                "equal options in one) and ranked by its log odds without the fold's intercept.");
    report_note(table, "", "intervals",
                "95%%: DeLong's on the logit scale by Student's t, or Newcombe's, whichever "
                "reaches further; n/a with one run of a class, which says nothing of others. "
                "paper: 214 runs of associative recall. csv and json have more columns: p against "
                "the flag \"is no-norm\" (DeLong, Student's t, Holm's correction over all measured "
                "predictors of all sections), intervals of same X.");
}

/* Which of a program's parameters was taken for what. */
static void note_roles(report_table_t *table, const frame_t *trials) {
    char roles[256];
    roles_describe(trials, roles, sizeof roles);
    if (*roles)
        report_note(table, "", "roles", "By their names, parameters of the program outside: %s.",
                    roles);
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
                    "upside down: low values go with divergence (the interval lies below 0.5, and "
                    "less than 2.5 %% of random outcomes give so low an AUROC). Read the other way "
                    "round, the AUROC is one minus this.");
}

/* Rows whose step lies beyond the end of every run that came to an end. */
static void note_unreached(report_table_t *table, cohort_t *cohort) {
    const double *step = cohort_numbers(cohort, "outcome/step");
    double longest = 0;
    size_t unreached = 0;
    for (size_t i = 0; i < cohort->runs.rows; i++)
        if (!cohort->diverged[i]) longest = fmax(longest, step[i]);
    for (size_t i = 0; i < SCORE_ROWS; i++)
        unreached += score_rows[i].label && score_rows[i].last_step >= longest;
    if (!unreached || cohort->positives == cohort->runs.rows) return;
    report_note(table, "", "unreached",
                "No run that completed has more than %.0f steps: what is known from a later step "
                "only is n/a.",
                longest);
    report_note_value(table, "steps", longest);
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
            "their intervals are about all trials, of which an estimated %.1f %% diverge. "
            "Tests between predictors, calibration and decisions are left out.",
            audited, 100 * diverged / trials);
    report_note_value(table, "audited", (double)audited);
    report_note_value(table, "diverged_share", diverged / trials);
}

/* What weighs no runs is left out where runs must be weighed, rather than shown for the survivors.
 */
static void note_findings(report_table_t *table, predictors_t *predictors) {
    const cohort_t *cohort = &predictors->cohort;
    if (cohort->is_weighted && has_both_classes(cohort)) {
        if (cohort->is_pruned) note_weights(table, cohort);
        findings_strata(table, predictors);
        return;
    }
    if (has_both_classes(cohort)) {
        findings_comparison(table, predictors);
        findings_addition(table, predictors);
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
    if (start == 0) add_own(table, &predictors, &own_predictors);
    if (score_rows[start + 1].last_step == CONFIG) add_own(table, &predictors, &own_parameters);
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
    note_unreached(&table, &all.cohort);
    note_findings(&table, &all);
    note_roles(&table, trials);
    note_legend(&table);
    cohort_note_coverage(trials, &table);
    cohort_note_order(trials, &table);
    predictors_destroy(&all);
    return table;
}
