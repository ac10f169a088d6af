/* awu.c: what keeps curvature down and lets the learning rate rise: divergence, perplexity,
 * curvature and cost of every arm at every depth and learning rate. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/pairs.h"
#include "report/recipe.h"
#include "stats/interval.h"
#include "stats/moments.h"
#include "stats/paired.h"
#include "stats/scratch.h"

static const struct {
    const char *arm, *published;
} published_rows[] = {
#define ARM(arm, published) {arm, published},
#include "analysis/awu.def"
#undef ARM
};
enum { PUBLISHED_ROWS = sizeof published_rows / sizeof *published_rows };

#define RANGE(key_)                                                                                \
    {                                                                                              \
        .key = key_ "_low", .key_two = key_ "_high", .title = key_ ", range",                      \
        .kind = CELL_INTERVAL, .decimals = SIGNIFICANT(3), .missing = "n/a", .is_detail = 1        \
    }
static const report_column_t columns[] = {
    {.key = "arm", .title = "arm"},
    {.key = "layers", .title = "layers", .kind = CELL_NUMBER, .is_detail = 1},
    {.key = "lr", .title = "learning rate", .is_detail = 1},
    {.key = "diverged", .key_two = "runs", .title = "diverged\n/runs", .kind = CELL_RATE},
    {.key = "percent_low",
     .key_two = "percent_high",
     .title = "95%,\nin %",
     .kind = CELL_INTERVAL,
     .missing = "n/a"},
    {.key = "perplexity",
     .key_two = "perplexity_sd",
     .title = "perplexity\nheld out",
     .kind = CELL_SPREAD,
     .decimals = 1,
     .missing = "n/a"},
    {.key = "perplexity_runs",
     .key_two = "ratio_pairs",
     .title = "runs\n/pairs",
     .kind = CELL_RATE},
    {.key = "ratio_low",
     .key_two = "ratio_high",
     .title = "over base\n%, 95%",
     .kind = CELL_INTERVAL,
     .decimals = 1},
    {.key = "active", .key_two = "blocks", .title = "blocks\nactive", .kind = CELL_RATE},
    {.key = "max_lr_lambda",
     .title = "max lr\nlambda(G)",
     .kind = CELL_NUMBER,
     .decimals = SIGNIFICANT(3),
     .missing = "n/a"},
    RANGE("max_lr_lambda"),
    {.key = "median_lambda",
     .title = "median lambda(G)",
     .kind = CELL_NUMBER,
     .decimals = SIGNIFICANT(3),
     .missing = "n/a",
     .is_detail = 1},
    RANGE("median_lambda"),
    {.key = "median_hessian",
     .title = "median lambda(H)",
     .kind = CELL_NUMBER,
     .decimals = SIGNIFICANT(3),
     .missing = "n/a",
     .is_detail = 1},
    RANGE("median_hessian"),
    {.key = "time", .key_two = "time_sd", .title = "time over\nbase %", .kind = CELL_SPREAD},
    {.key = "published", .title = "paper's\nPPL"},
};
#undef RANGE

/* Columns of the table that are medians of a column of the trials, diverged runs included. */
static const struct {
    const char *key, *low, *item;
} medians[] = {
    {"max_lr_lambda", "max_lr_lambda_low", "summary/max_lr_lambda"},
    {"median_lambda", "median_lambda_low", "summary/median_lambda"},
    {"median_hessian", "median_hessian_low", "summary/median_lambda_hessian"},
};
enum { MEDIANS = sizeof medians / sizeof *medians };

/* Row of the run's partner in the base arm, or -1. A pair is named by its base run's id. */
static long partner(const frame_t *runs, size_t row) {
    const frame_column_t *id = frame_find(runs, "id"), *pair = frame_find(runs, "pair");
    if (!id || !pair) return -1;
    for (size_t i = 0; i < runs->rows; i++)
        if (*pair->text[row] && strcmp(id->text[i], pair->text[row]) == 0) return (long)i;
    return -1;
}

/* What a run has against its partner, where both went on to the end:
 * awu/time   wall clock over that of the partner, in per cent more
 * awu/ratio  log of perplexity over that of the partner */
static void add_comparisons(cohort_t *cohort) {
    double *time = frame_numbers(&cohort->runs, "awu/time");
    double *ratio = frame_numbers(&cohort->runs, "awu/ratio");
    const double *seconds = cohort_stable_numbers(cohort, "outcome/seconds");
    const double *perplexity = cohort_stable_numbers(cohort, "outcome/valid_perplexity");
    for (size_t i = 0; i < cohort->runs.rows; i++) {
        long base = partner(&cohort->runs, i);
        if (base < 0 || (size_t)base == i) continue;
        time[i] = 100 * (seconds[i] / seconds[base] - 1);
        ratio[i] = log(perplexity[i] / perplexity[base]); /* ratios average as logarithms */
    }
}

/* One row of the table: the runs of one depth, learning rate and arm. */
typedef struct awu_group {
    const int *layers, *lr; /* borrowed: strata of the runs, of which ...         */
    int in_layers, in_lr;   /* ... these                                          */
    const char *arm;        /* borrowed                                           */
} awu_group_t;

static int is_member(const cohort_t *cohort, const awu_group_t *group, size_t run) {
    return group->layers[run] == group->in_layers && group->lr[run] == group->in_lr &&
           strcmp(frame_find(&cohort->runs, "arm")->text[run], group->arm) == 0;
}

/* own [runs] := the finite values of the group's runs, NaN elsewhere. Owned by the caller. */
static double *group_values(const cohort_t *cohort, const awu_group_t *group, const double *value) {
    double *own = scratch(cohort->runs.rows, sizeof *own);
    for (size_t i = 0; i < cohort->runs.rows; i++)
        own[i] = is_member(cohort, group, i) && isfinite(value[i]) ? value[i] : NAN;
    return own;
}

static moments_t set_moments(report_table_t *table, const cohort_t *cohort,
                             const awu_group_t *group, const char *key, const double *value) {
    double *own = group_values(cohort, group, value);
    moments_t m = moments(cohort->runs.rows, own);
    report_set_two(table, key, m.mean, m.sd);
    free(own);
    return m;
}

static void set_medians(report_table_t *table, cohort_t *cohort, const awu_group_t *group) {
    for (int k = 0; k < MEDIANS; k++) {
        double *own = group_values(cohort, group, cohort_numbers(cohort, medians[k].item));
        extent_t e = extent(cohort->runs.rows, own);
        report_set(table, medians[k].key, e.median);
        report_set_two(table, medians[k].low, e.low, e.high);
        free(own);
    }
}

/* Perplexity of the runs that went on to the end, and against their partners: means of arms of
 * which other runs diverged would compare other learning curves. */
static void set_perplexity(report_table_t *table, cohort_t *cohort, const awu_group_t *group) {
    const double *perplexity = cohort_stable_numbers(cohort, "outcome/valid_perplexity");
    double *ratio = group_values(cohort, group, cohort_numbers(cohort, "awu/ratio"));
    interval_t interval = paired_interval(cohort->runs.rows, ratio);
    size_t pairs = moments(cohort->runs.rows, ratio).n;
    moments_t m = set_moments(table, cohort, group, "perplexity", perplexity);
    int is_base = strcmp(group->arm, ARM_BASE) == 0;
    report_set_two(table, "perplexity_runs", (double)m.n, is_base ? NAN : (double)pairs);
    report_set_two(table, "ratio_low", 100 * expm1(interval.low), 100 * expm1(interval.high));
    free(ratio);
}

/* Blocks active at the end, a mean over runs, of how many: an arm may never have added all. */
static void set_blocks(report_table_t *table, cohort_t *cohort, const awu_group_t *group,
                       double layers) {
    const double *active = cohort_stable_numbers(cohort, "arch_warmup/active_blocks");
    double mean = set_moments(table, cohort, group, "active", active).mean;
    report_set_two(table, "active", mean, layers);
    if (mean != floor(mean)) report_round(table, "active", 1);
}

static const char *published(const char *arm) {
    for (int i = 0; i < PUBLISHED_ROWS; i++)
        if (strcmp(published_rows[i].arm, arm) == 0) return published_rows[i].published;
    return "";
}

static void add_group(report_table_t *table, cohort_t *cohort, const awu_group_t *group) {
    size_t runs = 0, diverged = 0, first = 0;
    char lr[CELL_SHOWN_MAX], heading[CELL_SHOWN_MAX] = "";
    for (size_t i = cohort->runs.rows; i-- > 0;) {
        if (!is_member(cohort, group, i)) continue;
        runs++, diverged += (size_t)cohort->diverged[i], first = i;
    }
    if (runs == 0) return;
    interval_t wilson = interval_wilson(diverged, runs);
    cohort_value(cohort, "train.lr", first, lr);
    double layers = cohort_numbers(cohort, "model.layers")[first];
    text_append(heading, sizeof heading, "%g layers, learning rate %s", layers, lr);
    report_add_row(table, heading);
    report_set(table, "layers", layers);
    report_set_text(table, "lr", "%s", lr);
    report_set_text(table, "arm", "%s", group->arm);
    report_set_two(table, "diverged", (double)diverged, (double)runs);
    report_set_two(table, "percent_low", 100 * wilson.low, 100 * wilson.high);
    set_perplexity(table, cohort, group);
    set_blocks(table, cohort, group, layers);
    set_medians(table, cohort, group);
    set_moments(table, cohort, group, "time", cohort_numbers(cohort, "awu/time"));
    report_set_text(table, "published", "%s", published(group->arm));
}

/* The arms of the paper in its order, so that the table reads beside it, then all others. Returns
 * how many; arms[] are borrowed. */
static int list_arms(const cohort_t *cohort, const char **arms) {
    int count = 0, *stratum = scratch(cohort->runs.rows, sizeof *stratum);
    int strata = cohort_strata(cohort, "arm", stratum);
    for (; count < PUBLISHED_ROWS; count++) arms[count] = published_rows[count].arm;
    for (int s = 0; s < strata; s++) {
        size_t member = 0;
        while (stratum[member] != s) member++;
        const char *arm = frame_find(&cohort->runs, "arm")->text[member];
        int k = 0;
        while (k < PUBLISHED_ROWS && strcmp(arms[k], arm) != 0) k++;
        if (k == PUBLISHED_ROWS) arms[count++] = arm;
    }
    free(stratum);
    return count;
}

static void add_groups(report_table_t *table, cohort_t *cohort) {
    size_t runs = cohort->runs.rows;
    int *layers = scratch(runs, sizeof *layers), *lr = scratch(runs, sizeof *lr);
    const char **arms = scratch(runs + PUBLISHED_ROWS, sizeof *arms);
    int depths = cohort_strata(cohort, "model.layers", layers);
    int rates = cohort_strata(cohort, "train.lr", lr), count = list_arms(cohort, arms);
    for (int d = 0; d < depths; d++)
        for (int r = 0; r < rates; r++)
            for (int a = 0; a < count; a++)
                add_group(table, cohort, &(awu_group_t){layers, lr, d, r, arms[a]});
    free(layers);
    free(lr);
    free(arms);
}

static void add_notes(report_table_t *table, const frame_t *trials) {
    report_note(table, "", "legend",
                "Diverged: the task's loss or gradient norm left its limit; its interval is "
                "Wilson's. Diverged runs count in no other column but lambda. Perplexity: mean ± "
                "sd over so many runs; over base: Student's t, mean log ratio over so many "
                "pairs, those in which neither run diverged; needs two. Blocks active: at the end, "
                "mean over "
                "runs, of all. lambda: median over runs, diverged ones too, of the "
                "largest eigenvalue of the Hessian H and of G = P^-1/2 H P^-1/2, as followed by a "
                "few products: a lower bound; the edge of lr lambda(G) is 38 for Adam with beta1 "
                "0.9. csv and json have medians over a training, and ranges.");
    report_note(table, "", "time",
                "time over base: wall clock of the whole trial, its measurements included, against "
                "the run of the base arm with the same weights and data; says little on a machine "
                "that is shared.");
    report_note(table, "", "published",
                "paper: FineWeb / DCLM / OLMo-Mix, d = 2048, 16 layers, peak learning rate 8e-3 "
                "(arXiv 2606.16768): other data, size and tokens, so compare the order of the "
                "arms, not the numbers.");
    cohort_note_coverage(trials, table);
}

report_table_t recipe_awu(const frame_t *trials) {
    cohort_t cohort = cohort_create(trials, COHORT_ALL);
    report_table_t table =
        report_table_create("awu", columns, sizeof columns / sizeof *columns,
                            "Curvature and stabilizers: divergence, perplexity and cost of every "
                            "arm");
    frame_texts(&cohort.runs, "arm"); /* "" everywhere when it is not there */
    add_comparisons(&cohort);
    add_groups(&table, &cohort);
    add_notes(&table, trials);
    cohort_destroy(&cohort);
    return table;
}
