/* edge.c: does a crossing of the edge of stability predict a spike of the loss? Of runs, and of the
 * spans of steps between estimates of curvature (src/probe/edge.h), by learning rate and
 * altogether. */
#include <math.h>
#include <stdlib.h>

#include "report/cohort.h"
#include "report/recipe.h"
#include "stats/delong.h"
#include "stats/interval.h"
#include "stats/moments.h"
#include "stats/paired.h"
#include "stats/scratch.h"

static const struct {
    const char *section, *above, *above_spiked, *below, *below_spiked, *auroc;
} matrices[] = {
    {"lambda(G) above the edge", "edge/above", "edge/above_spiked", "edge/below",
     "edge/below_spiked", "edge/auroc"},
    {"lambda(H) above the edge", "edge/above_hessian", "edge/above_spiked_hessian",
     "edge/below_hessian", "edge/below_spiked_hessian", "edge/auroc_hessian"},
};
enum { MATRICES = sizeof matrices / sizeof *matrices, EVERY_RATE = -1 };

#define PERCENT(key_, title_)                                                                      \
    {                                                                                              \
        .key = key_ "_low", .key_two = key_ "_high", .title = title_, .kind = CELL_INTERVAL,       \
        .missing = "n/a"                                                                           \
    }
#define AUROC(key_, title_)                                                                        \
    {.key = key_, .title = title_, .kind = CELL_NUMBER, .decimals = 2, .missing = "n/a"}, {        \
        .key = key_ "_low", .key_two = key_ "_high", .title = "95%", .kind = CELL_INTERVAL,        \
        .decimals = 2, .missing = "n/a"                                                            \
    }
static const report_column_t columns[] = {
    {.key = "lr", .title = "lr"},
    {.key = "crossed_spiked", .key_two = "crossed", .title = "spiked\n/crossed", .kind = CELL_RATE},
    PERCENT("crossed", "95%,\nin %"),
    {.key = "calm_spiked", .key_two = "calm", .title = "spiked\n/others", .kind = CELL_RATE},
    PERCENT("calm", "95%,\nin %"),
    {.key = "above_spiked", .key_two = "above", .title = "spans\n/above", .kind = CELL_RATE},
    {.key = "below_spiked", .key_two = "below", .title = "spans\n/below", .kind = CELL_RATE},
    {.key = "gap_low",
     .key_two = "gap_high",
     .title = "more, in\npoints, 95%",
     .kind = CELL_INTERVAL,
     .missing = "n/a"},
    AUROC("inside", "AUROC in\na run"),
    {.key = "inside_runs", .title = "runs", .kind = CELL_NUMBER},
    AUROC("between", "AUROC of\nruns"),
};
#undef PERCENT
#undef AUROC

/* What is known of the runs, one entry each; NaN for those outside the row. */
typedef struct edge_runs {
    size_t rows;
    const int *rate;                                           /* borrowed: stratum of the rate */
    const double *above, *above_spiked, *below, *below_spiked; /* borrowed: spans of steps      */
    const double *auroc;                                       /* borrowed                      */
    double *gap, *inside, *share; /* owned: spikes above less below; AUROC; share above      */
    int *has_spiked;              /* owned */
} edge_runs_t;

static int is_in(const edge_runs_t *runs, size_t i, int rate) {
    return (rate == EVERY_RATE || runs->rate[i] == rate) && runs->above[i] + runs->below[i] > 0;
}

/* A run counts as one that crossed when one of its estimates lies above the edge. */
static void set_runs(report_table_t *table, const edge_runs_t *runs, int rate) {
    size_t crossed[2] = {0}, spiked[2] = {0};
    for (size_t i = 0; i < runs->rows; i++) {
        if (!is_in(runs, i, rate)) continue;
        int has_crossed = runs->above[i] > 0;
        crossed[has_crossed]++;
        spiked[has_crossed] += (size_t)runs->has_spiked[i];
    }
    interval_t yes = interval_wilson(spiked[1], crossed[1]);
    interval_t no = interval_wilson(spiked[0], crossed[0]);
    report_set_two(table, "crossed_spiked", (double)spiked[1], (double)crossed[1]);
    report_set_two(table, "crossed_low", 100 * yes.low, 100 * yes.high);
    report_set_two(table, "calm_spiked", (double)spiked[0], (double)crossed[0]);
    report_set_two(table, "calm_low", 100 * no.low, 100 * no.high);
}

/* Spans of one run are not independent, so a run counts as one: intervals are over runs. */
static void set_spans(report_table_t *table, const edge_runs_t *runs, int rate) {
    double above = 0, above_spiked = 0, below = 0, below_spiked = 0;
    for (size_t i = 0; i < runs->rows; i++) {
        int in = is_in(runs, i, rate), has_both = in && runs->above[i] > 0 && runs->below[i] > 0;
        runs->gap[i] = has_both ? runs->above_spiked[i] / runs->above[i] -
                                      runs->below_spiked[i] / runs->below[i]
                                : NAN;
        runs->inside[i] = in ? runs->auroc[i] : NAN;
        if (!in) continue;
        above += runs->above[i], above_spiked += runs->above_spiked[i];
        below += runs->below[i], below_spiked += runs->below_spiked[i];
    }
    interval_t gap = paired_interval(runs->rows, runs->gap);
    interval_t inside = paired_interval(runs->rows, runs->inside);
    moments_t m = moments(runs->rows, runs->inside);
    report_set_two(table, "above_spiked", above_spiked, above);
    report_set_two(table, "below_spiked", below_spiked, below);
    report_set_two(table, "gap_low", 100 * gap.low, 100 * gap.high);
    report_set(table, "inside", m.mean);
    report_set(table, "inside_runs", (double)m.n);
    if (!isnan(inside.low)) /* fmax and fmin would make limits of what is not known */
        report_set_two(table, "inside_low", fmax(inside.low, 0), fmin(inside.high, 1));
}

/* Do runs that are above the edge for longer spike? Of all rates together: among runs of one, for
 * the rate alone tells them apart. */
static void set_between(report_table_t *table, const edge_runs_t *runs, int rate) {
    for (size_t i = 0; i < runs->rows; i++)
        runs->share[i] =
            is_in(runs, i, rate) ? runs->above[i] / (runs->above[i] + runs->below[i]) : NAN;
    delong_t between = delong(runs->rows, runs->share, runs->has_spiked,
                              rate == EVERY_RATE ? runs->rate : NULL, NULL);
    report_set(table, "between", between.auroc);
    report_set_two(table, "between_low", between.interval.low, between.interval.high);
}

static void add_rate(report_table_t *table, cohort_t *cohort, int which, const edge_runs_t *runs,
                     int rate) {
    char lr[CELL_SHOWN_MAX] = "";
    size_t count = 0, first = 0;
    for (size_t i = runs->rows; i-- > 0;)
        if (is_in(runs, i, rate)) count++, first = i;
    if (count == 0) return;
    if (rate != EVERY_RATE) cohort_value(cohort, "train.lr", first, lr);
    report_add_row(table, matrices[which].section);
    report_set_text(table, "lr", "%s", rate == EVERY_RATE ? "all" : lr);
    set_runs(table, runs, rate);
    set_spans(table, runs, rate);
    set_between(table, runs, rate);
}

static void add_matrix(report_table_t *table, cohort_t *cohort, int which, const int *rate,
                       int rates) {
    size_t rows = cohort->runs.rows;
    edge_runs_t runs = {.rows = rows,
                        .rate = rate,
                        .above = cohort_numbers(cohort, matrices[which].above),
                        .above_spiked = cohort_numbers(cohort, matrices[which].above_spiked),
                        .below = cohort_numbers(cohort, matrices[which].below),
                        .below_spiked = cohort_numbers(cohort, matrices[which].below_spiked),
                        .auroc = cohort_numbers(cohort, matrices[which].auroc),
                        .gap = scratch(rows, sizeof(double)),
                        .inside = scratch(rows, sizeof(double)),
                        .share = scratch(rows, sizeof(double)),
                        .has_spiked = scratch(rows, sizeof(int))};
    for (size_t i = 0; i < rows; i++)
        runs.has_spiked[i] = runs.above_spiked[i] + runs.below_spiked[i] > 0;
    for (int r = 0; r < rates; r++) add_rate(table, cohort, which, &runs, r);
    add_rate(table, cohort, which, &runs, EVERY_RATE);
    free(runs.gap);
    free(runs.inside);
    free(runs.share);
    free(runs.has_spiked);
}

report_table_t recipe_edge(const frame_t *trials) {
    cohort_t cohort = cohort_create(trials, COHORT_ALL);
    report_table_t table =
        report_table_create("edge", columns, sizeof columns / sizeof *columns,
                            "Does a crossing of the edge of stability predict a spike?");
    int *rate = scratch(cohort.runs.rows, sizeof *rate);
    int rates = cohort_strata(&cohort, "train.lr", rate);
    for (int which = 0; which < MATRICES; which++) add_matrix(&table, &cohort, which, rate, rates);
    report_note(
        &table, "", "legend",
        "Above the edge: lr lambda(G) above 38 for Adam with beta1 0.9; lr lambda(H) above "
        "2. A span of steps begins at an estimate of curvature and ends at the next; it "
        "has spiked when a loss after the estimate is more than 0.5 nats above the median "
        "of the 20 before it, or is not a number. From step 20 on. A run has crossed, or "
        "spiked, when one of its spans has; intervals of rates: Wilson's. Spans: those that "
        "spiked of all above and below the edge. More: share of spiked spans above the edge "
        "less that below, in runs that have both; "
        "AUROC in a run: of lambda over the edge for spiked spans; both are means over "
        "runs with Student's 95 %%, each run counting once. AUROC of runs: of the share of "
        "spans above the edge, for runs that have spiked, DeLong; in the row of all "
        "rates among runs of the same rate. An estimate of few products is a lower "
        "bound of lambda.");
    cohort_note_coverage(trials, &table);
    free(rate);
    cohort_destroy(&cohort);
    return table;
}
