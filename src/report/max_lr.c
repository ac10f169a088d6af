/* max_lr.c: the largest stable learning rate of every normalisation and arm, the paper's Table 5:
 * the learning rate at which less than 20 % of the runs diverge, read off the learning rates that
 * were run: those of a search (plan/search.h) or of an ordinary grid. Of a search along another
 * option, or with another limit, the same for these.
 *
 * The divergence rate is made monotone in the learning rate (pool adjacent violators), then the
 * last one below the limit is taken. Its interval: the same for rates drawn from what each count
 * leaves to believe (Jeffreys), so it has a width even where all runs of a learning rate agree. The
 * answer is never finer than the learning rates, and says when it lies at their end. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "report/cohort.h"
#include "report/recipe.h"
#include "stats/beta.h"
#include "stats/interval.h"
#include "stats/scratch.h"

enum { DRAWS = 4000, SEED = 1 };

/* What is looked for: the largest value of an option at which a smaller share diverges. */
typedef struct question {
    const char *key; /* borrowed */
    double below;
} question_t;

static const question_t papers = {"train.lr", 0.2};

static question_t question_of(cohort_t *cohort) {
    const frame_column_t *key = frame_find(&cohort->runs, "search.key");
    if (!key || !cohort->runs.rows) return papers;
    return (question_t){key->text[0], cohort_numbers(cohort, "search.below")[0]};
}

static int is_papers(question_t question) {
    return strcmp(question.key, papers.key) == 0 && question.below == papers.below;
}

static const report_column_t columns[] = {
    {"norm", NULL, "norm", CELL_TEXT, 0, "", 0},
    {"arm", NULL, "arm", CELL_TEXT, 0, "", 0},
    {"values", NULL, "values\nrun", CELL_NUMBER, 0, "", 0},
    {"diverged", "runs", "diverged\n/runs", CELL_RATE, 0, "", 0},
    {"max_lr", NULL, "largest\nstable", CELL_NUMBER, SIGNIFICANT(3), "none", 0},
    {"low", "high", "Jeffreys\n95%", CELL_INTERVAL, SIGNIFICANT(3), "", 0},
    {"next_lr", NULL, "smallest\nunstable", CELL_NUMBER, SIGNIFICANT(3), "beyond", 0},
    {"published", NULL, "paper", CELL_NUMBER, 3, "", 0},
};

static const struct {
    const char *norm, *arm;
    double lr;
} published[] = {
#define LARGEST(norm, arm, lr) {norm, arm, lr},
#include "analysis/max_lr.def"
#undef LARGEST
};

static void set_published(report_table_t *table, const char *norm, const char *arm) {
    for (size_t i = 0; i < sizeof published / sizeof *published; i++)
        if (strcmp(published[i].norm, norm) == 0 && strcmp(published[i].arm, arm) == 0)
            report_set(table, "published", published[i].lr);
}

/* Runs of one normalisation and arm, counted at every learning rate of the sweep. */
typedef struct ladder {
    size_t rungs;         /* learning rates of the sweep                        */
    const double *lr;     /* borrowed [rungs], ascending                        */
    size_t *runs, *count; /* owned [rungs]: runs, and how many of them diverged */
    double below;         /* the share of diverged runs that is too large       */
} ladder_t;

/* Index of the last rung below the limit of the smallest monotone fit; -1 = not even the first. */
static int last_stable(const ladder_t *ladder, const double *diverged) {
    double *share = scratch(ladder->rungs, sizeof *share);
    double *weight = scratch(ladder->rungs, sizeof *weight);
    int *end = scratch(ladder->rungs, sizeof *end), blocks = 0, last = -1;
    for (size_t i = 0; i < ladder->rungs; i++) {
        if (!ladder->runs[i]) continue;
        share[blocks] = diverged[i] / (double)ladder->runs[i];
        weight[blocks] = (double)ladder->runs[i];
        end[blocks++] = (int)i;
        for (; blocks > 1 && share[blocks - 2] >= share[blocks - 1]; blocks--) {
            double sum = weight[blocks - 2] + weight[blocks - 1];
            share[blocks - 2] =
                (share[blocks - 2] * weight[blocks - 2] + share[blocks - 1] * weight[blocks - 1]) /
                sum;
            weight[blocks - 2] = sum;
            end[blocks - 2] = end[blocks - 1];
        }
    }
    for (int b = 0; b < blocks && share[b] < ladder->below; b++) last = end[b];
    free(end);
    free(weight);
    free(share);
    return last;
}

static double rate_at(const ladder_t *ladder, int rung) { return rung < 0 ? 0 : ladder->lr[rung]; }

static interval_t interval_of(const ladder_t *ladder) {
    double *drawn = scratch(ladder->rungs, sizeof *drawn);
    double *found = scratch(DRAWS, sizeof *found);
    for (uint32_t r = 0; r < DRAWS; r++) {
        rng_t rng = rng_open(SEED, 0, "max_lr", r);
        for (size_t i = 0; i < ladder->rungs; i++)
            drawn[i] =
                (double)ladder->runs[i] * beta_draw_rate(&rng, ladder->count[i], ladder->runs[i]);
        found[r] = rate_at(ladder, last_stable(ladder, drawn));
    }
    interval_t interval = interval_percentile(DRAWS, found);
    free(found);
    free(drawn);
    return interval;
}

static void add_ladder(report_table_t *table, const ladder_t *ladder, const char *norm,
                       const char *arm) {
    size_t rungs = 0, runs = 0, diverged = 0;
    double *counted = scratch(ladder->rungs, sizeof *counted);
    for (size_t i = 0; i < ladder->rungs; i++) {
        counted[i] = (double)ladder->count[i];
        rungs += ladder->runs[i] > 0;
        runs += ladder->runs[i];
        diverged += ladder->count[i];
    }
    int last = last_stable(ladder, counted);
    size_t next = (size_t)(last + 1);
    while (next < ladder->rungs && !ladder->runs[next]) next++;
    interval_t interval = interval_of(ladder);
    free(counted);
    report_add_row(table, NULL);
    report_set_text(table, "norm", "%s", norm);
    report_set_text(table, "arm", "%s", arm);
    report_set(table, "values", (double)rungs);
    report_set_two(table, "diverged", (double)diverged, (double)runs);
    report_set(table, "max_lr", last < 0 ? NAN : ladder->lr[last]);
    report_set_two(table, "low", interval.low, interval.high);
    report_set(table, "next_lr", next < ladder->rungs ? ladder->lr[next] : NAN);
}

/* What splits the runs: places of each run's values of three columns. */
typedef struct split {
    int *norm, *arm, *rate; /* owned [rows] */
    int norms, arms, rates;
} split_t;

static void example(const cohort_t *cohort, const char *column, const int *place, int which,
                    char text[CELL_SHOWN_MAX]) {
    size_t row = 0;
    while (place[row] != which) row++;
    cohort_value(cohort, column, row, text);
}

static void add_group(report_table_t *table, cohort_t *cohort, const split_t *split,
                      question_t question, int norm, int arm) {
    const double *lr = cohort_numbers(cohort, question.key);
    size_t rungs = (size_t)split->rates, members = 0;
    double *rates = scratch(rungs, sizeof *rates);
    ladder_t ladder = {rungs, rates, scratch(rungs, sizeof(size_t)), scratch(rungs, sizeof(size_t)),
                       question.below};
    for (size_t i = 0; i < cohort->runs.rows; i++) {
        if (split->rate[i] < 0) continue;
        rates[split->rate[i]] = lr[i];
        if (split->norm[i] != norm || split->arm[i] != arm) continue;
        members++;
        ladder.runs[split->rate[i]]++;
        ladder.count[split->rate[i]] += (size_t)cohort->diverged[i];
    }
    char names[2][CELL_SHOWN_MAX];
    if (members) {
        example(cohort, "model.norm", split->norm, norm, names[0]);
        example(cohort, "arm", split->arm, arm, names[1]);
        add_ladder(table, &ladder, names[0], names[1]);
        if (is_papers(question)) set_published(table, names[0], names[1]);
    }
    free(ladder.runs);
    free(ladder.count);
    free(rates);
}

report_table_t recipe_max_lr(const frame_t *trials) {
    cohort_t cohort = cohort_create(trials, COHORT_ALL);
    size_t rows = cohort.runs.rows;
    question_t question = question_of(&cohort);
    report_table_t table = report_table_create("max_lr", columns, sizeof columns / sizeof *columns,
                                               "Largest stable %s", question.key);
    split_t split = {scratch(rows, sizeof(int)),
                     scratch(rows, sizeof(int)),
                     scratch(rows, sizeof(int)),
                     0,
                     0,
                     0};
    split.norms = cohort_strata(&cohort, "model.norm", split.norm);
    split.arms = cohort_strata(&cohort, "arm", split.arm);
    split.rates = cohort_strata(&cohort, question.key, split.rate);
    for (int norm = 0; norm < split.norms; norm++)
        for (int arm = 0; arm < split.arms && split.rates; arm++)
            add_group(&table, &cohort, &split, question, norm, arm);
    report_note(
        &table, "", "legend",
        "The largest %s up to which less than %g %% of the runs diverge, among the values "
        "that were run and the share made monotone; its interval: the same for shares drawn "
        "from Beta(k + 1/2, n - k + 1/2), k of n diverged (0: none is stable).",
        question.key, 100 * question.below);
    cohort_note_coverage(trials, &table);
    free(split.norm);
    free(split.arm);
    free(split.rate);
    cohort_destroy(&cohort);
    return table;
}
