/* max_lr.c: the largest stable learning rate of every normalisation and arm, the paper's Table 5:
 * the learning rate at which less than 20 % of the runs diverge, read off the learning rates that
 * were run: those of a search (plan/search.h) or of an ordinary grid. Of a search along another
 * option, or with another limit, the same for these. Whatever else the sweep varies is kept apart:
 * each setting of it is a section of its own.
 *
 * The divergence rate is made monotone in the learning rate (stats/isotonic.h), then the last one
 * below the limit is taken. Its interval: the same for rates drawn from what each count leaves to
 * believe (Jeffreys), so it has a width even where all runs of a learning rate agree. The answer is
 * never finer than the learning rates, and says when it lies at their end. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/text.h"
#include "report/cohort.h"
#include "report/recipe.h"
#include "stats/beta.h"
#include "stats/interval.h"
#include "stats/isotonic.h"
#include "stats/scratch.h"

enum { DRAWS = 4000, SEED = 1, SETTING_MAX = 512 };

/* What is looked for: the largest value of an option at which a smaller share diverges. */
typedef struct question {
    const char *key; /* borrowed */
    double below;
} question_t;

/* What Table 5 asks; a sweep without a search answers the same of its grid. */
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
    {.key = "norm", .title = "norm"},
    {.key = "arm", .title = "arm"},
    {.key = "values", .title = "values\nrun", .kind = CELL_NUMBER},
    {.key = "diverged", .key_two = "runs", .title = "diverged\n/runs", .kind = CELL_RATE},
    {.key = "max_lr",
     .title = "largest\nstable",
     .kind = CELL_NUMBER,
     .decimals = SIGNIFICANT(3),
     .missing = "none"},
    {.key = "low",
     .key_two = "high",
     .title = "Jeffreys\n95%",
     .kind = CELL_INTERVAL,
     .decimals = SIGNIFICANT(3)},
    {.key = "next_lr",
     .title = "smallest\nunstable",
     .kind = CELL_NUMBER,
     .decimals = SIGNIFICANT(3),
     .missing = "beyond"},
    {.key = "published", .title = "paper", .kind = CELL_NUMBER, .decimals = 4},
};

static const struct {
    const char *task, *norm, *arm;
    double lr;
} published[] = {
#define LARGEST(task, norm, arm, lr) {task, norm, arm, lr},
#include "analysis/max_lr.def"
#undef LARGEST
};

static void set_published(report_table_t *table, const char *task, const char *norm,
                          const char *arm) {
    for (size_t i = 0; i < sizeof published / sizeof *published; i++)
        if (!strcmp(published[i].task, task) && !strcmp(published[i].norm, norm) &&
            !strcmp(published[i].arm, arm))
            report_set(table, "published", published[i].lr);
}

/* Runs of one normalisation and arm, counted at every learning rate of the sweep. */
typedef struct ladder {
    size_t rungs;         /* learning rates of the sweep                        */
    const double *lr;     /* borrowed [rungs], ascending                        */
    size_t *runs, *count; /* owned [rungs]: runs, and how many of them diverged */
    double below;         /* the share of diverged runs that is too large       */
} ladder_t;

/* Index of the last rung below the limit of the fit that never falls; -1 = not even the first. */
static int last_stable(const ladder_t *ladder, const double *diverged) {
    size_t rungs = ladder->rungs;
    double *share = scratch(rungs, sizeof *share), *weight = scratch(rungs, sizeof *weight);
    double *fit = scratch(rungs, sizeof *fit);
    int last = -1;
    for (size_t i = 0; i < rungs; i++) {
        weight[i] = (double)ladder->runs[i];
        if (ladder->runs[i]) share[i] = diverged[i] / weight[i];
    }
    isotonic_fit(rungs, share, weight, fit);
    for (size_t i = 0; i < rungs && fit[i] < ladder->below; i++)
        if (ladder->runs[i]) last = (int)i;
    free(fit);
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

static size_t values_run(const ladder_t *ladder) {
    size_t rungs = 0;
    for (size_t i = 0; i < ladder->rungs; i++) rungs += ladder->runs[i] > 0;
    return rungs;
}

static void add_ladder(report_table_t *table, const ladder_t *ladder, const char *setting,
                       const char *norm, const char *arm) {
    size_t runs = 0, diverged = 0;
    double *counted = scratch(ladder->rungs, sizeof *counted);
    for (size_t i = 0; i < ladder->rungs; i++) {
        counted[i] = (double)ladder->count[i];
        runs += ladder->runs[i];
        diverged += ladder->count[i];
    }
    int last = last_stable(ladder, counted);
    size_t next = (size_t)(last + 1);
    while (next < ladder->rungs && !ladder->runs[next]) next++;
    interval_t interval = interval_of(ladder);
    free(counted);
    report_add_row(table, setting);
    report_set_text(table, "norm", "%s", norm);
    report_set_text(table, "arm", "%s", arm);
    report_set(table, "values", (double)values_run(ladder));
    report_set_two(table, "diverged", (double)diverged, (double)runs);
    report_set(table, "max_lr", last < 0 ? NAN : ladder->lr[last]);
    report_set_two(table, "low", interval.low, interval.high);
    report_set(table, "next_lr", next < ladder->rungs ? ladder->lr[next] : NAN);
}

/* What splits the runs: places of each run's values of three columns, and of its setting, which is
 * all else that the sweep varies. */
typedef struct split {
    question_t question;
    int *norm, *arm, *rate, *setting; /* owned [rows]                                    */
    int norms, arms, rates, settings;
    const char **varied; /* owned [varied_count]: columns that make the setting, borrowed */
    size_t varied_count;
} split_t;

/* Do runs of one normalisation, arm and learning rate differ in it? What is zipped with the
 * learning rate, or of one arm, does not split. */
static int is_varied(const split_t *split, size_t rows, const int *place) {
    size_t groups = (size_t)split->norms * (size_t)split->arms * (size_t)split->rates;
    int *first = scratch(groups, sizeof *first), differs = 0; /* place + 2; 0 = none yet */
    for (size_t i = 0; i < rows && !differs; i++) {
        if (split->norm[i] < 0 || split->arm[i] < 0 || split->rate[i] < 0) continue;
        int group = (split->norm[i] * split->arms + split->arm[i]) * split->rates + split->rate[i];
        differs = first[group] && first[group] != place[i] + 2;
        first[group] = place[i] + 2;
    }
    free(first);
    return differs;
}

/* Splits every setting by a further column, in ascending order. */
static void refine(split_t *split, size_t rows, const int *place, int places) {
    size_t width = (size_t)places + 1, cells = (size_t)split->settings * width;
    int *number = scratch(cells, sizeof *number), count = 0;
    for (size_t i = 0; i < rows; i++) {
        split->setting[i] = split->setting[i] * (int)width + place[i] + 1;
        number[split->setting[i]] = 1;
    }
    for (size_t cell = 0; cell < cells; cell++)
        if (number[cell]) number[cell] = count++;
    for (size_t i = 0; i < rows; i++) split->setting[i] = number[split->setting[i]];
    split->settings = count;
    free(number);
}

/* Options have a dot and no slash in their names, measurements a slash. */
static int is_option(const char *column) { return strchr(column, '.') && !strchr(column, '/'); }

static void find_settings(const cohort_t *cohort, split_t *split) {
    size_t rows = cohort->runs.rows;
    int *place = scratch(rows, sizeof *place);
    split->settings = 1;
    for (size_t k = 0; k < cohort->runs.column_count; k++) {
        const char *column = cohort->runs.columns[k].name;
        if (!is_option(column)) continue;
        int places = cohort_strata(cohort, column, place);
        if (!is_varied(split, rows, place)) continue;
        refine(split, rows, place, places);
        split->varied[split->varied_count++] = column;
    }
    free(place);
}

static split_t split_create(cohort_t *cohort) {
    size_t rows = cohort->runs.rows;
    split_t split = {.question = question_of(cohort),
                     .norm = scratch(rows, sizeof(int)),
                     .arm = scratch(rows, sizeof(int)),
                     .rate = scratch(rows, sizeof(int)),
                     .setting = scratch(rows, sizeof(int)),
                     .varied = scratch(cohort->runs.column_count, sizeof(char *))};
    split.norms = cohort_strata(cohort, "model.norm", split.norm);
    split.arms = cohort_strata(cohort, "arm", split.arm);
    split.rates = cohort_strata(cohort, split.question.key, split.rate);
    find_settings(cohort, &split);
    return split;
}

static void split_destroy(split_t *split) {
    free(split->norm);
    free(split->arm);
    free(split->rate);
    free(split->setting);
    free(split->varied);
}

/* "model.layers 8, model.width 64", of the run in that row; NULL when nothing else varies. */
static const char *name_setting(const cohort_t *cohort, const split_t *split, size_t row,
                                char text[SETTING_MAX]) {
    char value[CELL_SHOWN_MAX];
    text[0] = '\0';
    for (size_t k = 0; k < split->varied_count; k++) {
        cohort_value(cohort, split->varied[k], row, value);
        text_append(text, SETTING_MAX, "%s%s %s", k ? ", " : "", split->varied[k], value);
    }
    return split->varied_count ? text : NULL;
}

/* Nothing where one value was run: that it is stable tells of no other. */
static void add_group(report_table_t *table, cohort_t *cohort, const split_t *split, int setting,
                      int norm, int arm) {
    const double *lr = cohort_numbers(cohort, split->question.key);
    size_t rungs = (size_t)split->rates, member = 0;
    double *rates = scratch(rungs, sizeof *rates);
    ladder_t ladder = {rungs, rates, scratch(rungs, sizeof(size_t)), scratch(rungs, sizeof(size_t)),
                       split->question.below};
    for (size_t i = 0; i < cohort->runs.rows; i++) {
        if (split->rate[i] < 0) continue;
        rates[split->rate[i]] = lr[i];
        if (split->setting[i] != setting || split->norm[i] != norm || split->arm[i] != arm)
            continue;
        member = i;
        ladder.runs[split->rate[i]]++;
        ladder.count[split->rate[i]] += (size_t)cohort->diverged[i];
    }
    char names[3][CELL_SHOWN_MAX], text[SETTING_MAX];
    if (values_run(&ladder) > 1) {
        cohort_value(cohort, "model.norm", member, names[0]);
        cohort_value(cohort, "arm", member, names[1]);
        cohort_value(cohort, "task.name", member, names[2]);
        add_ladder(table, &ladder, name_setting(cohort, split, member, text), names[0], names[1]);
        if (is_papers(split->question)) set_published(table, names[2], names[0], names[1]);
    }
    free(ladder.runs);
    free(ladder.count);
    free(rates);
}

report_table_t recipe_max_lr(const frame_t *trials) {
    cohort_t cohort = cohort_create(trials, COHORT_ALL);
    split_t split = split_create(&cohort);
    report_table_t table = report_table_create("max_lr", columns, sizeof columns / sizeof *columns,
                                               "Largest stable %s", split.question.key);
    for (int setting = 0; setting < split.settings && split.rates; setting++)
        for (int norm = 0; norm < split.norms; norm++)
            for (int arm = 0; arm < split.arms; arm++)
                add_group(&table, &cohort, &split, setting, norm, arm);
    report_note(
        &table, "", "legend",
        "The largest %s up to which less than %g %% of the runs diverge, among the values "
        "that were run and the share made monotone; its interval: the same for shares drawn "
        "from Beta(k + 1/2, n - k + 1/2), k of n diverged (0: none is stable). Groups of one value "
        "are "
        "left out.",
        split.question.key, 100 * split.question.below);
    cohort_note_pruned(&cohort, &table);
    cohort_note_coverage(trials, &table);
    split_destroy(&split);
    cohort_destroy(&cohort);
    return table;
}
