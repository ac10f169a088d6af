/* awu.c: what keeps curvature down and lets the learning rate rise: divergence, perplexity,
 * curvature and cost of every arm at every depth and learning rate. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/cohort.h"
#include "report/recipe.h"
#include "stats/interval.h"
#include "stats/moments.h"
#include "stats/scratch.h"

static const struct {
    const char *arm, *published;
} published_rows[] = {
#define ARM(arm, published) {arm, published},
#include "analysis/awu.def"
#undef ARM
};
enum { PUBLISHED_ROWS = sizeof published_rows / sizeof *published_rows };

static const report_column_t columns[] = {
    {"layers", NULL, "layers", CELL_NUMBER, 0, "", 0},
    {"lr", NULL, "learning\nrate", CELL_TEXT, 0, "", 0},
    {"arm", NULL, "arm", CELL_TEXT, 0, "", 0},
    {"diverged", "runs", "diverged\n/runs", CELL_RATE, 0, "", 0},
    {"percent_low", "percent_high", "95% of\ndiverged %", CELL_INTERVAL, 0, "n/a", 0},
    {"perplexity", "perplexity_sd", "perplexity\nheld out", CELL_SPREAD, 1, "n/a", 0},
    {"max_lr_lambda", "max_lr_lambda_sd", "max lr\nlambda(G)", CELL_SPREAD, 0, "n/a", 0},
    {"median_lambda", "median_lambda_sd", "median\nlambda(G)", CELL_SPREAD, 0, "n/a", 0},
    {"median_hessian", "median_hessian_sd", "median\nlambda(H)", CELL_SPREAD, 1, "n/a", 0},
    {"active", "active_sd", "blocks active\nat the end", CELL_SPREAD, 0, "", 1},
    {"time", "time_sd", "time over\nbase %", CELL_SPREAD, 0, "", 0},
    {"published", NULL, "paper's\nPPL", CELL_TEXT, 0, "", 0},
};

/* Columns of the table that are moments of a column of the trials. */
static const struct {
    const char *key, *item;
} measured[] = {
    {"perplexity", "outcome/valid_perplexity"}, {"max_lr_lambda", "summary/max_lr_lambda"},
    {"median_lambda", "summary/median_lambda"}, {"median_hessian", "summary/median_lambda_hessian"},
    {"active", "arch_warmup/active_blocks"},    {"time", "awu/time"},
};
enum { MEASURED = sizeof measured / sizeof *measured };

/* Row of the run's partner in the base arm, or -1. */
static long partner(const frame_t *runs, size_t row) {
    const frame_column_t *id = frame_find(runs, "id"), *pair = frame_find(runs, "pair");
    if (!id || !pair) return -1;
    for (size_t i = 0; i < runs->rows; i++)
        if (*pair->text[row] && strcmp(id->text[i], pair->text[row]) == 0) return (long)i;
    return -1;
}

/* awu/time: wall clock over that of the partner, in per cent more; only where both went on to the
 * end. */
static void add_time(cohort_t *cohort) {
    double *time = frame_numbers(&cohort->runs, "awu/time");
    const double *seconds = cohort_numbers(cohort, "outcome/seconds");
    for (size_t i = 0; i < cohort->runs.rows; i++) {
        long base = partner(&cohort->runs, i);
        if (base < 0 || (size_t)base == i || cohort->diverged[i] || cohort->diverged[base])
            continue;
        time[i] = 100 * (seconds[i] / seconds[base] - 1);
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

static void set_moments(report_table_t *table, cohort_t *cohort, const awu_group_t *group,
                        const char *key, const char *item) {
    const double *value = cohort_numbers(cohort, item);
    double *own = scratch(cohort->runs.rows, sizeof *own);
    for (size_t i = 0; i < cohort->runs.rows; i++)
        own[i] = is_member(cohort, group, i) && isfinite(value[i]) ? value[i] : NAN;
    moments_t m = moments(cohort->runs.rows, own);
    report_set_two(table, key, m.mean, m.sd);
    free(own);
}

static const char *published(const char *arm) {
    for (int i = 0; i < PUBLISHED_ROWS; i++)
        if (strcmp(published_rows[i].arm, arm) == 0) return published_rows[i].published;
    return "";
}

static void add_group(report_table_t *table, cohort_t *cohort, const awu_group_t *group) {
    size_t runs = 0, diverged = 0, first = 0;
    char lr[CELL_SHOWN_MAX];
    for (size_t i = cohort->runs.rows; i-- > 0;) {
        if (!is_member(cohort, group, i)) continue;
        runs++, diverged += (size_t)cohort->diverged[i], first = i;
    }
    if (runs == 0) return;
    interval_t wilson = interval_wilson(diverged, runs);
    cohort_value(cohort, "train.lr", first, lr);
    report_add_row(table, NULL);
    report_set(table, "layers", cohort_numbers(cohort, "model.layers")[first]);
    report_set_text(table, "lr", "%s", lr);
    report_set_text(table, "arm", "%s", group->arm);
    report_set_two(table, "diverged", (double)diverged, (double)runs);
    report_set_two(table, "percent_low", 100 * wilson.low, 100 * wilson.high);
    for (int k = 0; k < MEASURED; k++)
        set_moments(table, cohort, group, measured[k].key, measured[k].item);
    report_set_text(table, "published", "%s", published(group->arm));
}

/* The arms of the paper in its order, then all others. Returns how many; arms[] are borrowed. */
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
                "Wilson's. Perplexity: of the runs that went on to the end, mean ± sd over seeds. "
                "lambda: largest eigenvalue of the Hessian H and of G = P^-1/2 H P^-1/2, as "
                "followed by a few products: a lower bound; the edge of lr lambda(G) is 38 for "
                "Adam with beta1 0.9.");
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
    add_time(&cohort);
    add_groups(&table, &cohort);
    add_notes(&table, trials);
    cohort_destroy(&cohort);
    return table;
}
