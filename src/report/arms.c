/* arms.c: every arm of a paired comparison against the base arm, beside the paper's figures. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/pairs.h"
#include "report/recipe.h"
#include "stats/interval.h"
#include "stats/moments.h"
#include "stats/paired.h"
#include "stats/scratch.h"
#include "stats/significance.h"

enum { CORRELATED_MIN = 3 };

typedef struct published {
    const char *arm;
    double percent, accuracy, m_near_unit, overhead;
} published_t;

#define ARM(...) {__VA_ARGS__},
static const published_t published_rows[] = {
#include "analysis/arms.def"
};
#undef ARM

static const report_column_t columns[] = {
    {.key = "arm", .title = "arm"},
    {.key = "source", .title = ""},
    {.key = "diverged", .key_two = "runs", .title = "diverged\n/runs", .kind = CELL_RATE},
    {.key = "percent", .title = "%", .kind = CELL_NUMBER, .decimals = 1},
    {.key = "percent_low",
     .key_two = "percent_high",
     .title = "Wilson\n95%",
     .kind = CELL_INTERVAL},
    {.key = "only_base", .key_two = "only_here", .title = "only base\n/here", .kind = CELL_RATE},
    {.key = "pairs", .title = "pairs", .kind = CELL_NUMBER, .is_detail = 1},
    {.key = "mcnemar", .title = "McNemar\np", .kind = CELL_P_VALUE, .decimals = 3},
    {.key = "mcnemar_raw",
     .title = "McNemar p, uncorrected",
     .kind = CELL_P_VALUE,
     .decimals = 4,
     .is_detail = 1},
    {.key = "fisher", .title = "Fisher\np", .kind = CELL_P_VALUE, .decimals = 3},
    {.key = "fisher_raw",
     .title = "Fisher p, uncorrected",
     .kind = CELL_P_VALUE,
     .decimals = 4,
     .is_detail = 1},
    {.key = "accuracy", .title = "acc.\n%", .kind = CELL_NUMBER, .decimals = 1, .missing = "n/a"},
    {.key = "accuracy_low",
     .key_two = "accuracy_high",
     .title = "less base,\n95%",
     .kind = CELL_INTERVAL,
     .decimals = 1},
    {.key = "perplexity",
     .title = "perplexity",
     .kind = CELL_NUMBER,
     .decimals = 2,
     .missing = "n/a",
     .is_detail = 1},
    {.key = "loss_low",
     .key_two = "loss_high",
     .title = "loss less base, 95%",
     .kind = CELL_INTERVAL,
     .decimals = 3,
     .is_detail = 1},
    {.key = "m_first",
     .title = "M~1 first",
     .kind = CELL_NUMBER,
     .decimals = 3,
     .missing = "n/a",
     .is_detail = 1},
    {.key = "m_last", .title = "M~1\nlast", .kind = CELL_NUMBER, .decimals = 2, .missing = "n/a"},
    {.key = "m_lower", .key_two = "m_pairs", .title = "M~1\nlower", .kind = CELL_RATE},
    {.key = "overhead", .title = "cost\n%", .kind = CELL_NUMBER, .missing = "n/a"},
};

/* Mean over the runs of an arm that have the value. */
static double mean_of(const arm_runs_t *arm, const double *value) {
    double *own = scratch(arm->count, sizeof *own);
    for (size_t i = 0; i < arm->count; i++) own[i] = value[arm->run[i]];
    double mean = moments(arm->count, own).mean;
    free(own);
    return mean;
}

/* A median, since one pair that met a busy machine must not set the figure, and of pairs, since
 * runs differ in length. Median over pairs of the ratio of the mean times of a step, less one, in
 * percent. */
static double overhead(const arm_runs_t *arm, const double *seconds) {
    double *ratio = scratch(arm->count, sizeof *ratio);
    for (size_t i = 0; i < arm->count; i++) {
        int has_partner = arm->partner[i] != (size_t)PAIRS_NONE;
        double x = has_partner ? seconds[arm->run[i]] / seconds[arm->partner[i]] : NAN;
        ratio[i] = isfinite(x) ? 100 * (x - 1) : NAN;
    }
    double median = extent(arm->count, ratio).median;
    free(ratio);
    return median;
}

/* Of the pairs, not of the arms: what a pair shares (weights, data) is no part of the scatter. */
static interval_t mean_difference(const arm_runs_t *arm, const double *value) {
    double *difference = scratch(arm->count, sizeof *difference);
    pairs_differences(arm, value, difference);
    interval_t interval = paired_interval(arm->count, difference);
    free(difference);
    return interval;
}

/* A count beside the mean: M~1 lies between 0 and 1, and how often it falls is clearer than by how
 * much. In how many of the pairs that have both values this arm's is the lower one. */
static size_t count_lower(const arm_runs_t *arm, const double *value, size_t *known) {
    double *difference = scratch(arm->count, sizeof *difference);
    size_t lower = *known = 0;
    pairs_differences(arm, value, difference);
    for (size_t i = 0; i < arm->count; i++) {
        *known += !isnan(difference[i]);
        lower += difference[i] < 0;
    }
    free(difference);
    return lower;
}

static void add_outcome(report_table_t *table, const arm_runs_t *arm) {
    interval_t wilson = interval_wilson(arm->diverged, arm->count);
    report_add_row(table, NULL);
    report_set_text(table, "arm", "%s", arm->name);
    report_set_text(table, "source", "ours");
    report_set_two(table, "diverged", (double)arm->diverged, (double)arm->count);
    report_set(table, "percent", 100 * (double)arm->diverged / (double)arm->count);
    report_set_two(table, "percent_low", 100 * wilson.low, 100 * wilson.high);
}

/* Of stable runs: a diverged one has a loss too, that of a model that is none. */
static void set_quality(report_table_t *table, cohort_t *cohort, const arm_runs_t *arm) {
    const double *loss = cohort_stable_numbers(cohort, "outcome/valid_loss");
    report_set(table, "accuracy",
               100 * mean_of(arm, cohort_stable_numbers(cohort, "outcome/valid_accuracy")));
    /* exp of the mean loss, the geometric mean: one bad run does not outweigh all others. */
    report_set(table, "perplexity", exp(mean_of(arm, loss)));
    report_set(table, "m_first", mean_of(arm, cohort_numbers(cohort, "summary/m_near_unit")));
    report_set(table, "m_last",
               mean_of(arm, cohort_stable_numbers(cohort, "summary/m_near_unit_last")));
}

/* What the pairs say of an arm that is not the base. */
static void set_comparison(report_table_t *table, cohort_t *cohort, const arm_runs_t *arm) {
    const double *loss = cohort_stable_numbers(cohort, "outcome/valid_loss");
    interval_t accuracy =
        mean_difference(arm, cohort_stable_numbers(cohort, "outcome/valid_accuracy"));
    interval_t losses = mean_difference(arm, loss);
    size_t known,
        lower = count_lower(arm, cohort_stable_numbers(cohort, "summary/m_near_unit_last"), &known);
    report_set(table, "pairs", (double)arm->pairs);
    report_set_two(table, "m_lower", (double)lower, (double)known);
    report_set_two(table, "only_base", (double)arm->only_base, (double)arm->only_here);
    report_set_two(table, "accuracy_low", 100 * accuracy.low, 100 * accuracy.high);
    report_set_two(table, "loss_low", losses.low, losses.high);
    report_set(table, "overhead",
               overhead(arm, cohort_numbers(cohort, "outcome/seconds_processor")));
}

/* The paper compares with its base alone. */
static int is_papers_base(const pairs_t *pairs) {
    return strcmp(pairs->arms[0].name, ARM_BASE) == 0;
}

/* A row of its own and not columns: most arms of a sweep are none of the paper's. */
static void add_published(report_table_t *table, const pairs_t *pairs, const char *arm) {
    for (size_t i = 0; i < sizeof published_rows / sizeof *published_rows; i++) {
        const published_t *row = &published_rows[i];
        if (strcmp(row->arm, arm) != 0) continue;
        report_add_row(table, NULL);
        report_set_text(table, "arm", "%s", arm);
        report_set_text(table, "source", "paper");
        report_set(table, "percent", row->percent);
        report_set(table, "accuracy", row->accuracy);
        report_set(table, "m_last", row->m_near_unit);
        if (is_papers_base(pairs)) report_set(table, "overhead", row->overhead);
    }
}

/* Corrected and not: who asked of one arm beforehand may use the second. p values of all arms
 * against the base; [0], the base's own, stays NaN. */
typedef struct p_values {
    double *mcnemar, *fisher, *mcnemar_holm, *fisher_holm; /* owned [arm_count] */
} p_values_t;

/* McNemar's test is the one of a paired comparison; Fisher's, which wastes the pairing, is what the
 * paper can have used, and still stands where pairs were lost. */
static p_values_t test_arms(const pairs_t *pairs) {
    size_t n = pairs->arm_count;
    const arm_runs_t *base = &pairs->arms[0];
    p_values_t p = {scratch(n, sizeof(double)), scratch(n, sizeof(double)),
                    scratch(n, sizeof(double)), scratch(n, sizeof(double))};
    p.mcnemar[0] = p.fisher[0] = NAN;
    for (size_t k = 1; k < n; k++) {
        const arm_runs_t *arm = &pairs->arms[k];
        p.mcnemar[k] = significance_mcnemar(arm->only_base, arm->only_here);
        p.fisher[k] = significance_fisher(arm->diverged, arm->count - arm->diverged, base->diverged,
                                          base->count - base->diverged);
    }
    memcpy(p.mcnemar_holm, p.mcnemar, n * sizeof(double));
    memcpy(p.fisher_holm, p.fisher, n * sizeof(double));
    significance_holm(n, p.mcnemar_holm);
    significance_holm(n, p.fisher_holm);
    return p;
}

static void free_tests(p_values_t *p) {
    free(p->mcnemar);
    free(p->fisher);
    free(p->mcnemar_holm);
    free(p->fisher_holm);
}

static void add_arms(report_table_t *table, pairs_t *pairs) {
    p_values_t p = test_arms(pairs);
    for (size_t k = 0; k < pairs->arm_count; k++) {
        const arm_runs_t *arm = &pairs->arms[k];
        add_outcome(table, arm);
        set_quality(table, &pairs->cohort, arm);
        if (k) set_comparison(table, &pairs->cohort, arm);
        report_set(table, "mcnemar", p.mcnemar_holm[k]);
        report_set(table, "mcnemar_raw", p.mcnemar[k]);
        report_set(table, "fisher", p.fisher_holm[k]);
        report_set(table, "fisher_raw", p.fisher[k]);
        add_published(table, pairs, arm->name);
    }
    free_tests(&p);
}

/* Do arms that change M~1 more also diverge less? One point per arm: the paper's claim is about
 * arms. Two points always lie on a line, so it takes three. */
static void note_correlation(report_table_t *table, pairs_t *pairs) {
    size_t n = pairs->arm_count;
    const double *last = cohort_stable_numbers(&pairs->cohort, "summary/m_near_unit_last");
    double *change = scratch(n, sizeof *change), *fall = scratch(n, sizeof *fall);
    size_t points = 0;
    for (size_t k = 1; k < n; k++) {
        const arm_runs_t *arm = &pairs->arms[k];
        double *difference = scratch(arm->count, sizeof *difference);
        pairs_differences(arm, last, difference);
        change[k - 1] = moments(arm->count, difference).mean;
        fall[k - 1] = ((double)arm->only_base - (double)arm->only_here) / (double)arm->pairs;
        points += !isnan(change[k - 1]) && !isnan(fall[k - 1]);
        free(difference);
    }
    double r = points >= CORRELATED_MIN ? linear_correlation(n - 1, change, fall) : NAN;
    if (isnan(r))
        report_note(table, "", "correlation",
                    "Change of M~1 against the fall of the divergence rate: no correlation can be "
                    "computed of %zu arms (needs %d that differ in both).",
                    points, CORRELATED_MIN);
    else
        report_note(
            table, "", "correlation",
            "Change of M~1 at the last probe against the fall of the divergence rate, one "
            "point per arm (%zu): Pearson r = %.2f%s. M~1 of pairs in which both runs reached "
            "the last probe.",
            points, r, is_papers_base(pairs) ? "; published -0.87" : "");
    report_note_value(table, "r", r);
    free(fall);
    free(change);
}

static void add_notes(report_table_t *table, const frame_t *trials, pairs_t *pairs) {
    report_note(
        table, "", "legend",
        "Runs of a pair share initial weights, data order and all else but the arm. Only "
        "base, only here: pairs in which one of the two diverged; McNemar's exact test on "
        "these, Fisher's on all runs, both two-sided, Holm's correction over the arms. "
        "Accuracy, loss and M~1 last: of runs that did not diverge; their intervals: "
        "Student's t over pairs in which neither did. M~1 lower: pairs in which the arm ends "
        "with the lower one. Cost: median over pairs of the processor time of a step, the "
        "mean of a run's steps. csv and json have more columns: perplexity, loss, M~1 first, p "
        "uncorrected.");
    if (pairs->arm_count > 1) note_correlation(table, pairs);
    if (frame_find(&pairs->cohort.runs, "search.key") && pairs->arm_count)
        report_note(table, "", "search",
                    "A search took every arm to values of its own: rates and Fisher's test compare "
                    "runs at different values, and only where two arms met there are pairs. What "
                    "the search found: recipe max_lr.");
    cohort_note_pruned(&pairs->cohort, table);
    pairs_note_base(pairs, table);
    cohort_note_coverage(trials, table);
}

report_table_t recipe_arms(const frame_t *trials) {
    pairs_t pairs = pairs_create(trials);
    report_table_t table = report_table_create("arms", columns, sizeof columns / sizeof *columns,
                                               "Arms of a paired comparison");
    if (pairs.arm_count) add_arms(&table, &pairs);
    add_notes(&table, trials, &pairs);
    pairs_destroy(&pairs);
    return table;
}
