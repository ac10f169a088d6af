/* quality.c: perplexity, accuracy and divergence of the arms of a comparison, by normalisation and
 * learning rate, beside the paper's Tables 7, 8 and 9. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/pairs.h"
#include "report/recipe.h"
#include "stats/interval.h"
#include "stats/moments.h"
#include "stats/paired.h"
#include "stats/scratch.h"

/* 0 in a number but `diverged`: the paper has none. */
static const struct published {
    const char *task, *norm, *arm, *model;
    double diverged, runs, perplexity, accuracy, m_near_unit;
} published_rows[] = {
#define PUBLISHED(...) {__VA_ARGS__},
#include "analysis/quality.def"
#undef PUBLISHED
};
enum { PUBLISHED_ROWS = sizeof published_rows / sizeof *published_rows };

/* What does not fit a page is a detail, for csv and json; the last, whether it is one. */
#define INTERVAL(key_, title_, digits, detail)                                                     \
    {                                                                                              \
        .key = key_ "_low", .key_two = key_ "_high", .title = title_, .kind = CELL_INTERVAL,       \
        .decimals = digits, .is_detail = detail                                                    \
    }
#define SPREAD(key_, title_, digits)                                                               \
    {                                                                                              \
        .key = key_, .key_two = key_ "_sd", .title = title_, .kind = CELL_SPREAD,                  \
        .decimals = digits, .missing = "n/a"                                                       \
    }
static const report_column_t columns[] = {
    {.key = "row", .title = "arm"}, /* the arm, or whose published values stand below it */
    {.key = "arm", .title = "arm", .is_detail = 1},
    {.key = "source", .title = "source", .is_detail = 1},
    {.key = "diverged", .key_two = "runs", .title = "diverged\n/runs", .kind = CELL_RATE},
    INTERVAL("percent", "diverged, 95%, in %", 0, 1),
    {.key = "only_base",
     .key_two = "only_here",
     .title = "only base\n/here",
     .kind = CELL_RATE,
     .missing = ""},
    SPREAD("perplexity", "perplexity", 1),
    INTERVAL("ratio", "over base\n%, 95%", 1, 0),
    SPREAD("accuracy", "accuracy\n%", 1),
    INTERVAL("gain", "more, in\npoints, 95%", 1, 0),
    {.key = "pairs", .title = "pairs", .kind = CELL_NUMBER},
    {.key = "m_first", .title = "M~1 first", .kind = CELL_NUMBER, .decimals = 2, .is_detail = 1},
    SPREAD("m_last", "M~1\nlast", 2),
    INTERVAL("change", "M~1 last, less base, 95%", 2, 1),
};
#undef INTERVAL
#undef SPREAD

enum { EVERY_RATE = -1 };

/* The runs of one normalisation and learning rate. */
typedef struct group {
    pairs_t *pairs;         /* borrowed                                 */
    const int *norm, *rate; /* borrowed: strata of the runs, of which ... */
    int in_norm, in_rate;   /* ... these                                */
} group_t;

static int is_member(const group_t *group, size_t run) {
    return group->norm[run] == group->in_norm &&
           (group->in_rate == EVERY_RATE || group->rate[run] == group->in_rate);
}

/* own[arm->count] := of the group's runs `value` or, in pairs, what it is above the partner's; NaN
 * for all others. Owned by the caller. */
static double *own_values(const group_t *group, const arm_runs_t *arm, const double *value,
                          int in_pairs) {
    double *own = scratch(arm->count, sizeof *own);
    if (in_pairs) pairs_differences(arm, value, own);
    for (size_t i = 0; i < arm->count; i++)
        if (!is_member(group, arm->run[i]))
            own[i] = NAN;
        else if (!in_pairs)
            own[i] = value[arm->run[i]];
    return own;
}

static moments_t moments_of(const group_t *group, const arm_runs_t *arm, const double *value) {
    double *own = own_values(group, arm, value, 0);
    moments_t m = moments(arm->count, own);
    free(own);
    return m;
}

/* pairs := of how many, or as many as before, if these are more. */
static interval_t difference(const group_t *group, const arm_runs_t *arm, const double *value,
                             size_t *pairs) {
    double *own = own_values(group, arm, value, 1);
    interval_t interval = paired_interval(arm->count, own);
    size_t known = moments(arm->count, own).n;
    if (known > *pairs) *pairs = known;
    free(own);
    return interval;
}

static void set_divergence(report_table_t *table, const group_t *group, const arm_runs_t *arm) {
    const int *diverged = group->pairs->cohort.diverged;
    size_t runs = 0, here = 0, only_base = 0, only_here = 0;
    for (size_t i = 0; i < arm->count; i++) {
        size_t run = arm->run[i], base = arm->partner[i];
        if (!is_member(group, run)) continue;
        runs++, here += (size_t)diverged[run];
        if (base == (size_t)PAIRS_NONE) continue;
        only_base += diverged[base] && !diverged[run];
        only_here += diverged[run] && !diverged[base];
    }
    interval_t wilson = interval_wilson(here, runs);
    report_set_two(table, "diverged", (double)here, (double)runs);
    report_set_two(table, "percent_low", 100 * wilson.low, 100 * wilson.high);
    if (arm != group->pairs->arms)
        report_set_two(table, "only_base", (double)only_base, (double)only_here);
}

static void set_percent(report_table_t *table, const char *key, interval_t interval) {
    report_set_two(table, key, 100 * interval.low, 100 * interval.high);
}

/* Of runs that went on to the end; against the base in pairs in which both did. */
static void set_quality(report_table_t *table, const group_t *group, const arm_runs_t *arm) {
    cohort_t *cohort = &group->pairs->cohort;
    const double *loss = cohort_stable_numbers(cohort, "outcome/valid_loss");
    const double *accuracy = cohort_stable_numbers(cohort, "outcome/valid_accuracy");
    const double *last = cohort_stable_numbers(cohort, "summary/m_near_unit_last");
    moments_t ppl =
        moments_of(group, arm, cohort_stable_numbers(cohort, "outcome/valid_perplexity"));
    moments_t right = moments_of(group, arm, accuracy), m = moments_of(group, arm, last);
    report_set_two(table, "perplexity", ppl.mean, ppl.sd);
    report_set_two(table, "accuracy", 100 * right.mean, 100 * right.sd);
    report_set(table, "m_first",
               moments_of(group, arm, cohort_numbers(cohort, "summary/m_near_unit")).mean);
    report_set_two(table, "m_last", m.mean, m.sd);
    if (arm == group->pairs->arms) return;
    size_t pairs = 0, of_last = 0; /* a program outside may say loss alone, or accuracy alone */
    interval_t losses = difference(group, arm, loss, &pairs);
    interval_t change = difference(group, arm, last, &of_last);
    set_percent(table, "ratio_low", (interval_t){expm1(losses.low), expm1(losses.high)});
    set_percent(table, "gain_low", difference(group, arm, accuracy, &pairs));
    report_set(table, "pairs", (double)pairs);
    report_set_two(table, "change_low", change.low, change.high);
}

static double or_missing(double x) { return x > 0 ? x : NAN; }

static void add_published(report_table_t *table, const cohort_t *cohort, const char *section,
                          const char *arm, size_t run) {
    char task[CELL_SHOWN_MAX], norm[CELL_SHOWN_MAX];
    cohort_value(cohort, "task.name", run, task);
    cohort_value(cohort, "model.norm", run, norm);
    for (const struct published *row = published_rows; row < published_rows + PUBLISHED_ROWS;
         row++) {
        if (strcmp(row->task, task) || strcmp(row->norm, norm) || strcmp(row->arm, arm)) continue;
        report_add_row(table, section);
        report_set_text(table, "row", "  paper, %s", row->model);
        report_set_text(table, "arm", "%s", arm);
        report_set_text(table, "source", "paper, %s", row->model);
        report_set_two(table, "diverged", row->diverged, or_missing(row->runs));
        report_set_two(table, "perplexity", or_missing(row->perplexity), NAN);
        report_set_two(table, "accuracy", or_missing(row->accuracy), NAN);
        report_set_two(table, "m_last", or_missing(row->m_near_unit), NAN);
    }
}

static void add_arm(report_table_t *table, const group_t *group, const arm_runs_t *arm) {
    const cohort_t *cohort = &group->pairs->cohort;
    char norm[CELL_SHOWN_MAX], rate[CELL_SHOWN_MAX], section[2 * CELL_SHOWN_MAX + 32];
    size_t i = 0;
    while (i < arm->count && !is_member(group, arm->run[i])) i++;
    if (i == arm->count) return;
    cohort_value(cohort, "model.norm", arm->run[i], norm);
    cohort_value(cohort, "train.lr", arm->run[i], rate);
    if (group->in_rate == EVERY_RATE)
        snprintf(section, sizeof section, "%s, all learning rates", norm);
    else
        snprintf(section, sizeof section, "%s, learning rate %s", norm, rate);
    report_add_row(table, section);
    report_set_text(table, "row", "%s", arm->name);
    report_set_text(table, "arm", "%s", arm->name);
    report_set_text(table, "source", "ours");
    set_divergence(table, group, arm);
    set_quality(table, group, arm);
    if (group->in_rate == EVERY_RATE) add_published(table, cohort, section, arm->name, arm->run[i]);
}

/* Rate by rate, then all together: means over rates of which other runs diverged would not compare,
 * pairs do. */
static void add_groups(report_table_t *table, pairs_t *pairs) {
    size_t rows = pairs->cohort.runs.rows;
    int *norm = scratch(rows, sizeof *norm), *rate = scratch(rows, sizeof *rate);
    int norms = cohort_strata(&pairs->cohort, "model.norm", norm);
    int rates = cohort_strata(&pairs->cohort, "train.lr", rate);
    for (int n = 0; n < norms; n++)
        for (int r = 0; r <= rates; r++)
            for (size_t k = 0; k < pairs->arm_count; k++)
                add_arm(table, &(group_t){pairs, norm, rate, n, r < rates ? r : EVERY_RATE},
                        &pairs->arms[k]);
    free(norm);
    free(rate);
}

report_table_t recipe_quality(const frame_t *trials) {
    pairs_t pairs = pairs_create(trials);
    report_table_t table = report_table_create("quality", columns, sizeof columns / sizeof *columns,
                                               "Perplexity, accuracy and divergence of the arms");
    if (pairs.arm_count) add_groups(&table, &pairs);
    report_note(
        &table, "", "legend",
        "Only base, only here: pairs in which one of the two diverged. Perplexity, accuracy "
        "(held out) and M~1 last, at the last probe: mean ± sd over runs that did not "
        "diverge. Over base, more: against the base arm's run of the same weights and "
        "data, in pairs in which neither diverged: Student's 95 %%, of perplexity on "
        "logarithms. Paper: other sizes, steps and data, so compare what shaping changes, "
        "not the levels. csv and json have more columns: Wilson's interval of diverged "
        "runs, M~1 first, M~1 last less base with its interval.");
    pairs_note_base(&pairs, &table);
    cohort_note_pruned(&pairs.cohort, &table);
    cohort_note_coverage(trials, &table);
    pairs_destroy(&pairs);
    return table;
}
