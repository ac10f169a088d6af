/* families.c: spectra at initialisation, divergence and quality of other families than GPT, arm by
 * arm, beside the paper's Tables 11, 16, 17 and 18; by learning rate where that varies. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/pairs.h"
#include "report/recipe.h"
#include "stats/interval.h"
#include "stats/moments.h"
#include "stats/scratch.h"

enum { PUBLISHED_RUNS = 24 };

typedef struct published {
    const char *arm;
    double diverged, m_near_unit, m_contractive, rho, eta_nl, reliable, accuracy;
    const char *remark;
} published_t;

#define FAMILY(...) {__VA_ARGS__},
static const published_t published_rows[] = {
#include "analysis/families.def"
};
#undef FAMILY
enum { PUBLISHED = sizeof published_rows / sizeof *published_rows };

#define SPREAD(name, heading, digits)                                                              \
    {                                                                                              \
        .key = name, .key_two = name "_sd", .title = heading, .kind = CELL_SPREAD,                 \
        .decimals = digits, .missing = "n/a"                                                       \
    }
#define SPREAD_DETAIL(name, heading, digits)                                                       \
    {                                                                                              \
        .key = name, .key_two = name "_sd", .title = heading, .kind = CELL_SPREAD,                 \
        .decimals = digits, .missing = "n/a", .is_detail = 1                                       \
    }

static const report_column_t columns[] = {
    {.key = "row", .title = "family"}, /* the arm, or that its published values stand below it */
    {.key = "family", .title = "family", .is_detail = 1},
    {.key = "source", .title = "source", .is_detail = 1},
    {.key = "diverged", .key_two = "runs", .title = "diverged\n/runs", .kind = CELL_RATE},
    {.key = "percent", .title = "%", .kind = CELL_NUMBER, .is_detail = 1},
    {.key = "percent_low",
     .key_two = "percent_high",
     .title = "Wilson\n95%",
     .kind = CELL_INTERVAL},
    SPREAD("m_near_unit", "M~1", 3),
    SPREAD_DETAIL("m_contractive", "M<1", 3),
    SPREAD_DETAIL("m_expansive", "M>1", 3),
    SPREAD("rho", "rho", 2),
    SPREAD("eta_nl", "eta_nl", 3),
    SPREAD_DETAIL("reliable", "reliable", 2),
    SPREAD_DETAIL("log10_kappa", "log10\nkappa(V)", 2),
    SPREAD("accuracy", "acc.\n%", 1),
    SPREAD("perplexity", "perplexity", 1),
    {.key = "parameters", .title = "parameters", .kind = CELL_NUMBER, .is_detail = 1},
};

/* The runs of an arm at one learning rate. */
typedef struct family {
    const char *arm; /* borrowed */
    size_t *run;     /* owned [count]: rows of the cohort */
    size_t count, diverged;
} family_t;

/* rate: place among the learning rates (cohort_strata), -1 = whatever it is. */
static family_t family_of(const cohort_t *cohort, const arm_runs_t *arm, const int *rates,
                          int rate) {
    family_t f = {.arm = arm->name, .run = scratch(arm->count, sizeof(size_t))};
    for (size_t i = 0; i < arm->count; i++) {
        size_t run = arm->run[i];
        if (rate >= 0 && rates[run] != rate) continue;
        f.run[f.count++] = run;
        f.diverged += (size_t)cohort->diverged[run];
    }
    return f;
}

/* Of value, in its own unit: kappa(V) is heavy-tailed, so its logarithm; shares in percent. */
typedef double unit_t(double value);
static double plain(double x) { return x; }
static double percent(double x) { return 100 * x; }

static void set_spread(report_table_t *table, const char *key, const family_t *f,
                       const double *value, unit_t *unit) {
    double *own = scratch(f->count, sizeof *own);
    for (size_t i = 0; i < f->count; i++) own[i] = unit(value[f->run[i]]);
    moments_t m = moments(f->count, own);
    report_set_two(table, key, m.mean, m.sd);
    free(own);
}

static void set_spectra(report_table_t *table, cohort_t *cohort, const family_t *f) {
    static const struct {
        const char *key, *item;
        unit_t *unit;
    } features[] = {
        {"m_near_unit", "summary/m_near_unit", plain},
        {"m_contractive", "summary/m_contractive", plain},
        {"m_expansive", "summary/m_expansive", plain},
        {"rho", "summary/rho", plain},
        {"eta_nl", "summary/eta_nl", plain},
        {"reliable", "summary/reliable", plain},
        {"log10_kappa", "summary/kappa_v", log10},
    };
    for (size_t k = 0; k < sizeof features / sizeof *features; k++)
        set_spread(table, features[k].key, f, cohort_numbers(cohort, features[k].item),
                   features[k].unit);
}

static void add_measured(report_table_t *table, cohort_t *cohort, const family_t *f,
                         const char *section) {
    interval_t wilson = interval_wilson(f->diverged, f->count);
    report_add_row(table, section);
    report_set_text(table, "row", "%s", f->arm);
    report_set_text(table, "family", "%s", f->arm);
    report_set_text(table, "source", "ours");
    report_set_two(table, "diverged", (double)f->diverged, (double)f->count);
    report_set(table, "percent", 100 * (double)f->diverged / (double)f->count);
    report_set_two(table, "percent_low", 100 * wilson.low, 100 * wilson.high);
    set_spectra(table, cohort, f);
    set_spread(table, "accuracy", f, cohort_stable_numbers(cohort, "outcome/valid_accuracy"),
               percent);
    set_spread(table, "perplexity", f, cohort_stable_numbers(cohort, "outcome/valid_perplexity"),
               plain);
    report_set(table, "parameters", cohort_numbers(cohort, "outcome/parameters")[f->run[0]]);
}

/* The paper prints two decimals; more of ours beside them would pretend that they compare. */
static void set_published(report_table_t *table, const char *key, double value) {
    report_set_two(table, key, value, NAN);
    report_round(table, key, 2);
}

static void add_published(report_table_t *table, const published_t *row, const char *section) {
    interval_t wilson = interval_wilson((size_t)row->diverged, PUBLISHED_RUNS);
    report_add_row(table, section);
    report_set_text(table, "row", "  paper");
    report_set_text(table, "family", "%s", row->arm);
    report_set_text(table, "source", "paper");
    report_set_two(table, "diverged", row->diverged, PUBLISHED_RUNS);
    report_set(table, "percent", 100 * row->diverged / PUBLISHED_RUNS);
    report_set_two(table, "percent_low", 100 * wilson.low, 100 * wilson.high);
    set_published(table, "m_near_unit", row->m_near_unit);
    set_published(table, "m_contractive", row->m_contractive);
    set_published(table, "rho", row->rho);
    set_published(table, "eta_nl", row->eta_nl);
    set_published(table, "reliable", row->reliable);
    report_set_two(table, "accuracy", row->accuracy, NAN);
}

static const published_t *find_row(const char *arm) {
    for (size_t i = 0; i < PUBLISHED; i++)
        if (strcmp(published_rows[i].arm, arm) == 0) return &published_rows[i];
    return NULL;
}

static void add_section(report_table_t *table, pairs_t *pairs, const int *rates, int rate,
                        const char *section) {
    for (size_t k = 0; k < pairs->arm_count; k++) {
        family_t f = family_of(&pairs->cohort, &pairs->arms[k], rates, rate);
        const published_t *row = find_row(f.arm);
        if (f.count) {
            add_measured(table, &pairs->cohort, &f, section);
            if (row && row->remark) report_mark(table, "*");
            if (row) add_published(table, row, section);
        }
        free(f.run);
    }
}

/* Not where every run is a GPT: the paper's rows are no match for its arms. */
static int has_families(const cohort_t *cohort) {
    const frame_column_t *arch = frame_find(&cohort->runs, "model.arch");
    for (size_t i = 0; i < cohort->runs.rows; i++)
        if (!arch || !arch->text || strcmp(arch->text[i], "gpt") != 0) return 1;
    return 0;
}

/* A section per learning rate, where there are several: quality at one says nothing of another. */
static void add_families(report_table_t *table, pairs_t *pairs) {
    int *rates = scratch(pairs->cohort.runs.rows, sizeof *rates);
    int count = cohort_strata(&pairs->cohort, "train.lr", rates);
    if (count <= 1) add_section(table, pairs, rates, -1, NULL);
    for (int rate = 0; count > 1 && rate < count; rate++) {
        char value[CELL_SHOWN_MAX], section[CELL_SHOWN_MAX + 16];
        size_t member = 0;
        while (rates[member] != rate) member++;
        cohort_value(&pairs->cohort, "train.lr", member, value);
        snprintf(section, sizeof section, "train.lr %s", value);
        add_section(table, pairs, rates, rate, section);
    }
    free(rates);
}

/* Each once, however many arms it is about. */
static void note_remarks(report_table_t *table, const pairs_t *pairs) {
    for (size_t k = 0; k < pairs->arm_count; k++) {
        const published_t *row = find_row(pairs->arms[k].name);
        int is_said = !row || !row->remark;
        for (size_t before = 0; !is_said && before < k; before++) {
            const published_t *other = find_row(pairs->arms[before].name);
            is_said = other && other->remark && strcmp(other->remark, row->remark) == 0;
        }
        if (!is_said) report_note(table, "*", "reproduction", "%s", row->remark);
    }
}

static void add_notes(report_table_t *table, const frame_t *trials, pairs_t *pairs) {
    note_remarks(table, pairs);
    report_note(table, "", "legend",
                "M~1, M<1: share of a layer's eigenvalues with modulus in [0.90, 1.05], below "
                "0.80; rho: the largest modulus; eta_nl: what the linear operator leaves over; "
                "reliable: share of modes with a residual of at most 0.1. Means over layers at "
                "initialisation, then mean ± sd over runs. Accuracy and perplexity: held out, of "
                "runs that did not diverge. Paper: 24 runs each on the synthetic language at d = "
                "256, L = 6; its learning rates are not published. csv and json have more columns: "
                "M<1, M>1, reliable, kappa(V), parameters.");
    pairs_note_base(pairs, table);
    cohort_note_pruned(&pairs->cohort, table);
    cohort_note_coverage(trials, table);
}

report_table_t recipe_families(const frame_t *trials) {
    pairs_t pairs = pairs_create(trials);
    report_table_t table =
        report_table_create("families", columns, sizeof columns / sizeof *columns,
                            "Other families than GPT: spectra at initialisation, divergence, "
                            "quality");
    if (has_families(&pairs.cohort))
        add_families(&table, &pairs);
    else if (pairs.cohort.runs.rows)
        report_note(&table, "", "one_family", "All runs are of model.arch gpt.");
    add_notes(&table, trials, &pairs);
    pairs_destroy(&pairs);
    return table;
}
