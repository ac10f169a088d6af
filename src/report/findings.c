#include "report/findings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "stats/calibration.h"
#include "stats/delong.h"
#include "stats/scratch.h"
#include "stats/selection.h"

#define RISK_SCORE                  "summary/m_near_unit"
#define VALUE(name, value, meaning) static const double name = value;
#include "analysis/decision.def"
#undef VALUE
enum { BINS = 10, NAMED_MAX = 8 }; /* ten bins, as the paper has; a line stays a line */

/* "Not shown to differ" and not "equal": absence of evidence. */
static const char *judge(const delong_test_t *test) {
    if (test->p >= 0.05) return "not shown to differ from knowing that alone";
    return test->difference > 0 ? "better than knowing that alone"
                                : "worse than knowing that alone";
}

/* The yardstick is the plainest baseline there is: who only reads off whether a model normalises
 * has predicted nothing. */
void findings_comparison(report_table_t *table, predictors_t *predictors) {
    cohort_t *cohort = &predictors->cohort;
    const double *score = cohort_numbers(cohort, RISK_SCORE);
    const double *no_norm = cohort_numbers(cohort, "config/no_norm");
    delong_test_t test = delong_compare(cohort->runs.rows, score, no_norm, cohort->diverged);
    char verdict[128] = "";
    if (isnan(test.difference)) return;
    if (isnan(test.p))
        text_append(verdict, sizeof verdict,
                    "; cannot be tested: one run of a class, or none that scatters");
    else
        text_append(verdict, sizeof verdict, ", p = %.2g (DeLong, Student's t): %s", test.p,
                    judge(&test));
    report_note(table, "", "m_near_unit_against_no_norm",
                "M~1 against the flag \"is no-norm\" on the same %zu runs: AUROC differs by "
                "%+.3f%s.",
                test.n, test.difference, verdict);
    report_note_value(table, "difference", test.difference);
    report_note_value(table, "t", test.t);
    report_note_value(table, "freedom", test.freedom);
    report_note_value(table, "p", test.p);
    report_note_value(table, "n", (double)test.n);
}

/* Held out both, so that the second cannot win by having one number more to fit. */
void findings_addition(report_table_t *table, predictors_t *predictors) {
    cohort_t *cohort = &predictors->cohort;
    const double *with = cohort_numbers(cohort, "config/logistic_risk");
    const double *without = cohort_numbers(cohort, "config/logistic");
    delong_test_t test = delong_compare(cohort->runs.rows, with, without, cohort->diverged);
    if (isnan(test.difference)) return;
    char verdict[64] = "; cannot be tested";
    if (!isnan(test.p))
        snprintf(verdict, sizeof verdict, ", p = %.2g (DeLong, Student's t)", test.p);
    report_note(table, "", "m_near_unit_beside_options",
                "M~1 beside all varied options, against these alone: held-out AUROC differs by "
                "%+.3f%s.",
                test.difference, verdict);
    report_note_value(table, "difference", test.difference);
    report_note_value(table, "p", test.p);
    report_note_value(table, "n", (double)test.n);
}

/* Held out beside raw: a score that ranks well can be calibrated, which says nothing of its raw
 * value as a probability, and that is what the paper reports. */
void findings_calibration(report_table_t *table, predictors_t *predictors) {
    cohort_t *cohort = &predictors->cohort;
    const double *raw = cohort_numbers(cohort, RISK_SCORE);
    const double *held_out = cohort_numbers(cohort, "config/calibrated");
    const int *diverged = cohort->diverged;
    size_t rows = cohort->runs.rows;
    double ece = calibration_error(rows, raw, diverged, BINS);
    double brier = calibration_brier(rows, raw, diverged);
    double ece_held_out = calibration_error(rows, held_out, diverged, BINS);
    double brier_held_out = calibration_brier(rows, held_out, diverged);
    if (isnan(ece)) return; /* M~1 was not measured */
    char after[160] =
        "cannot be held out: runs of one outcome are all alike in configuration or M~1";
    if (!isnan(ece_held_out))
        snprintf(after, sizeof after, "after held-out calibration %.3f and %.3f", ece_held_out,
                 brier_held_out);
    report_note(table, "", "calibration",
                "M~1 read as a probability: expected calibration error %.3f (paper %.3f), Brier "
                "score %.3f; %s.",
                ece, published_ece, brier, after);
    report_note_value(table, "ece", ece);
    report_note_value(table, "ece_published", published_ece);
    report_note_value(table, "brier", brier);
    report_note_value(table, "ece_held_out", ece_held_out);
    report_note_value(table, "brier_held_out", brier_held_out);
}

static void note_selection(report_table_t *table, const selection_t *s, const char *key,
                           const char *which) {
    report_note(table, "", key,
                "Not starting the %.4g runs with %s: %.4g of %zu diverged runs avoided (precision "
                "%.2f, recall %.2f), %.0f %% of all steps saved, %.4g stable runs lost.",
                s->flagged, which, s->hits, s->positives, s->precision, s->recall, 100 * s->saved,
                s->flagged - s->hits);
    report_note_value(table, "flagged", s->flagged);
    report_note_value(table, "hits", s->hits);
    report_note_value(table, "precision", s->precision);
    report_note_value(table, "recall", s->recall);
    report_note_value(table, "saved", s->saved);
}

/* Two rules on the same runs: the paper's fixed threshold, and as many runs as diverged, which no
 * choice of threshold can have flattered. Costs are steps: what a run that is not started saves. */
void findings_decision(report_table_t *table, predictors_t *predictors) {
    cohort_t *cohort = &predictors->cohort;
    const double *score = cohort_numbers(cohort, RISK_SCORE);
    const double *steps = cohort_numbers(cohort, "outcome/step");
    size_t rows = cohort->runs.rows;
    selection_t rule = selection_above(rows, score, cohort->diverged, steps, high_risk);
    selection_t budget = selection_budget(rows, score, cohort->diverged, steps, rule.positives);
    if (rule.n == 0) return;
    char which[64] = "";
    text_append(which, sizeof which, "M~1 > %g (the paper's rule)", high_risk);
    note_selection(table, &rule, "rule", which);
    note_selection(table, &budget, "budget", "the highest M~1");
}

/* All pairs of "same X" come from these, so a value that rests on one stratum is seen to. Appends
 * "norm: none 23/37, post_ln 1/13": the strata of both classes, the first few by name. */
static void append_mixed(const predictors_t *predictors, size_t which, char *text, size_t size) {
    int mixed = 0;
    text_append(text, size, "%s%s:", which ? "; " : "", stratum_rows[which].label);
    for (int s = 0; s < predictors->stratum_count[which]; s++) {
        stratum_count_t count = predictors_count(predictors, which, s);
        if (count.diverged == 0 || count.diverged == count.runs) continue;
        if (mixed++ < NAMED_MAX)
            text_append(text, size, "%s %s %zu/%zu", mixed > 1 ? "," : "", count.value,
                        count.diverged, count.runs);
    }
    if (mixed == 0) text_append(text, size, " no value");
    if (mixed > NAMED_MAX) text_append(text, size, " and %d more", mixed - NAMED_MAX);
}

void findings_strata(report_table_t *table, const predictors_t *predictors) {
    char text[2048] = "";
    for (size_t s = 0; s < stratum_row_count; s++) append_mixed(predictors, s, text, sizeof text);
    report_note(table, "", "strata",
                "Only these have both classes and count in \"same X\" (diverged/runs): %s.", text);
}
