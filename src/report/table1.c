/* table1.c: spectra at initialisation and divergence per normalisation, the paper's Table 1. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/cohort.h"
#include "report/recipe.h"
#include "report/roles.h"
#include "stats/interval.h"
#include "stats/moments.h"
#include "stats/scratch.h"
#include "stats/significance.h"

typedef struct published {
    const char *norm;
    double runs, diverged_percent, m_near_unit, m_expansive, rho, kappa;
    const char *remark;
} published_t;

#define NORM(...) {__VA_ARGS__},
static const published_t published_rows[] = {
#include "analysis/table1.def"
};
#undef NORM

static const report_column_t columns[] = {
    {.key = "norm", .title = "norm"},
    {.key = "source", .title = ""},
    {.key = "diverged", .key_two = "runs", .title = "diverged\n/runs", .kind = CELL_RATE},
    {.key = "percent", .title = "%", .kind = CELL_NUMBER},
    {.key = "percent_low",
     .key_two = "percent_high",
     .title = "Wilson\n95%",
     .kind = CELL_INTERVAL},
    {.key = "m_near_unit",
     .key_two = "m_near_unit_sd",
     .title = "M~1",
     .kind = CELL_SPREAD,
     .decimals = 3,
     .missing = "n/a"},
    {.key = "m_expansive",
     .key_two = "m_expansive_sd",
     .title = "M>1",
     .kind = CELL_SPREAD,
     .decimals = 3,
     .missing = "n/a"},
    {.key = "m_contractive",
     .key_two = "m_contractive_sd",
     .title = "M<1",
     .kind = CELL_SPREAD,
     .decimals = 3,
     .missing = "n/a",
     .is_detail = 1},
    {.key = "rho",
     .key_two = "rho_sd",
     .title = "rho",
     .kind = CELL_SPREAD,
     .decimals = 2,
     .missing = "n/a"},
    {.key = "log10_kappa",
     .key_two = "log10_kappa_sd",
     .title = "log10\nkappa(V)",
     .kind = CELL_SPREAD,
     .decimals = 2},
    {.key = "eta_nl",
     .key_two = "eta_nl_sd",
     .title = "eta_nl",
     .kind = CELL_SPREAD,
     .decimals = 3,
     .missing = "n/a",
     .is_detail = 1},
    {.key = "reliable",
     .key_two = "reliable_sd",
     .title = "reliable",
     .kind = CELL_SPREAD,
     .decimals = 2,
     .missing = "n/a",
     .is_detail = 1},
};

/* Column of the table <- column of the frame. */
static const struct {
    const char *key, *item;
} features[] = {
    {"m_near_unit", "summary/m_near_unit"},     {"m_expansive", "summary/m_expansive"},
    {"m_contractive", "summary/m_contractive"}, {"rho", "summary/rho"},
    {"log10_kappa", "summary/kappa_v"},         {"eta_nl", "summary/eta_nl"},
    {"reliable", "summary/reliable"},
};

/* Runs of one normalisation. */
typedef struct norm_group {
    const char *norm; /* borrowed from the cohort                        */
    int *is_member;   /* owned [rows]                                    */
    size_t runs, diverged;
} norm_group_t;

static norm_group_t group_create(const cohort_t *cohort, const char *norm) {
    norm_group_t group = {.norm = norm, .is_member = scratch(cohort->runs.rows, sizeof(int))};
    const frame_column_t *column = frame_find(&cohort->runs, "model.norm");
    for (size_t i = 0; i < cohort->runs.rows; i++) {
        group.is_member[i] = strcmp(column->text[i], norm) == 0;
        group.runs += (size_t)group.is_member[i];
        group.diverged += (size_t)(group.is_member[i] && cohort->diverged[i]);
    }
    return group;
}

/* Mean and deviation over the runs of a group; kappa(V) is heavy-tailed, so its logarithm. */
static moments_t feature_moments(cohort_t *cohort, const norm_group_t *group, size_t feature) {
    const double *value = cohort_numbers(cohort, features[feature].item);
    int is_log = strcmp(features[feature].key, "log10_kappa") == 0;
    double *own = scratch(cohort->runs.rows, sizeof *own);
    for (size_t i = 0; i < cohort->runs.rows; i++)
        own[i] = !group->is_member[i] ? NAN : is_log ? log10(value[i]) : value[i];
    moments_t m = moments(cohort->runs.rows, own);
    free(own);
    return m;
}

/* Wilson's interval: 0 of 12 runs is not "0 %, surely". */
static void add_measured(report_table_t *table, cohort_t *cohort, const norm_group_t *group) {
    interval_t wilson = interval_wilson(group->diverged, group->runs);
    report_add_row(table, NULL);
    report_set_text(table, "norm", "%s", *group->norm ? group->norm : "not known");
    report_set_text(table, "source", "ours");
    report_set_two(table, "diverged", (double)group->diverged, (double)group->runs);
    report_set(table, "percent", 100 * (double)group->diverged / (double)group->runs);
    report_set_two(table, "percent_low", 100 * wilson.low, 100 * wilson.high);
    for (size_t f = 0; f < sizeof features / sizeof *features; f++) {
        moments_t m = feature_moments(cohort, group, f);
        report_set_two(table, features[f].key, m.mean, m.sd);
    }
}

/* The paper prints two decimals; more of ours beside them would pretend that they compare. */
static void set_published(report_table_t *table, const char *key, double value) {
    report_set(table, key, value);
    report_round(table, key, 2);
}

/* The paper gives shares of runs; counts are those shares, rounded to whole runs. */
static void add_published(report_table_t *table, const published_t *row) {
    if (isnan(row->runs)) return;
    report_add_row(table, NULL);
    report_set_text(table, "norm", "%s", row->norm);
    report_set_text(table, "source", "paper");
    report_set_two(table, "diverged", round(row->runs * row->diverged_percent / 100), row->runs);
    report_set(table, "percent", row->diverged_percent);
    set_published(table, "m_near_unit", row->m_near_unit);
    set_published(table, "m_expansive", row->m_expansive);
    set_published(table, "rho", row->rho);
    set_published(table, "log10_kappa", log10(row->kappa));
}

/* Ours, the paper's, and why they differ where it is known. */
static void add_norm(report_table_t *table, cohort_t *cohort, const char *norm,
                     const published_t *row) {
    norm_group_t group = group_create(cohort, norm);
    if (group.runs) {
        add_measured(table, cohort, &group);
        if (row && row->remark) report_mark(table, "*");
        if (row) add_published(table, row);
    }
    free(group.is_member);
}

static const published_t *find_row(const char *norm) {
    for (size_t i = 0; i < sizeof published_rows / sizeof *published_rows; i++)
        if (strcmp(published_rows[i].norm, norm) == 0) return &published_rows[i];
    return NULL;
}

/* Normalisations that the paper does not have, behind those it has; last, runs of unknown ones. */
static void add_other_norms(report_table_t *table, cohort_t *cohort) {
    char **norm = frame_find(&cohort->runs, "model.norm")->text;
    int *stratum = scratch(cohort->runs.rows, sizeof *stratum);
    int count = cohort_strata(cohort, "model.norm", stratum);
    for (int s = 0; s < count; s++) {
        size_t member = 0;
        while (stratum[member] != s) member++;
        if (!find_row(norm[member])) add_norm(table, cohort, norm[member], NULL);
    }
    free(stratum);
    add_norm(table, cohort, "", NULL);
}

/* Runs outside "none", tested against it: what the paper's counts (81 of 84 against 0 of 130) say
 * before any spectrum is looked at. */
static void note_fisher(report_table_t *table, const cohort_t *cohort) {
    norm_group_t none = group_create(cohort, "none");
    size_t others = cohort->runs.rows - none.runs, diverged = cohort->positives - none.diverged;
    if (none.runs && others) {
        double p = significance_fisher(none.diverged, none.runs - none.diverged, diverged,
                                       others - diverged);
        report_note(table, "", "fisher",
                    "Divergence without normalisation %zu/%zu, with any %zu/%zu: Fisher's exact "
                    "p = %.2g (two-sided).",
                    none.diverged, none.runs, diverged, others, p);
        report_note_value(table, "p", p);
    }
    free(none.is_member);
}

/* A mean over depths is the mean of no model: readers must see that. Appends "model.layers 4, 8":
 * what is pooled in a row. */
static void append_values(const cohort_t *cohort, const char *key, char *text, size_t size) {
    int *stratum = scratch(cohort->runs.rows, sizeof *stratum);
    int count = cohort_strata(cohort, key, stratum);
    if (count) text_append(text, size, "%s%s", *text ? "; " : "", key);
    for (int s = 0; s < count; s++) {
        char value[CELL_SHOWN_MAX];
        size_t member = 0;
        while (stratum[member] != s) member++;
        cohort_value(cohort, key, member, value);
        text_append(text, size, "%s %s", s ? "," : "", value);
    }
    free(stratum);
}

/* The paper states neither width nor depth of its Table 1; these fit its numbers
 * (docs/deviations.md). */
static void note_setting(report_table_t *table, const frame_t *trials, const cohort_t *cohort) {
    static const char *const keys[] = {"task.name", "model.width", "model.layers",
                                       "model.init_std"};
    char setting[512] = "", roles[256];
    const frame_column_t *command = frame_find(&cohort->runs, "external.command");
    int is_outside = command && cohort->runs.rows && strcmp(command->text[0], "[]") != 0;
    roles_describe(trials, roles, sizeof roles);
    if (is_outside)
        text_append(setting, sizeof setting, "models of a program outside (external.command)%s%s",
                    *roles ? "; " : ", which has no parameter called norm", roles);
    for (size_t k = 0; k < sizeof keys / sizeof *keys && !is_outside; k++)
        append_values(cohort, keys[k], setting, sizeof setting);
    report_note(table, "", "setting",
                "Ours: %s. Paper: task.name associative_recall; its numbers fit model.width 256, "
                "model.layers 6, model.init_std 0.02.",
                *setting ? setting : "setting unknown");
}

/* A block that is nearly the identity has all eigenvalues near 1, whatever its risk. */
static void note_degenerate(report_table_t *table, cohort_t *cohort) {
    const double *layers = cohort_numbers(cohort, "summary/degenerate");
    size_t runs = 0;
    for (size_t i = 0; i < cohort->runs.rows; i++) runs += layers[i] > 0;
    if (!runs) return;
    report_note(table, "", "degenerate",
                "%zu runs have layers that start as (nearly) the identity: their M~1 says nothing.",
                runs);
    report_note_value(table, "runs", (double)runs);
}

static void add_notes(report_table_t *table, const frame_t *trials, cohort_t *cohort) {
    for (size_t i = 0; i < sizeof published_rows / sizeof *published_rows; i++) {
        norm_group_t group = group_create(cohort, published_rows[i].norm);
        if (group.runs && published_rows[i].remark)
            report_note(table, "*", "reproduction", "%s", published_rows[i].remark);
        free(group.is_member);
    }
    report_note(
        table, "", "legend",
        "M~1, M>1: share of a layer's eigenvalues with modulus in [0.90, 1.05], above 1.05; "
        "rho: the largest modulus; kappa(V): condition number of the eigenvectors. Means "
        "over layers at initialisation, then mean ± sd over runs.");
    note_setting(table, trials, cohort);
    note_fisher(table, cohort);
    note_degenerate(table, cohort);
    cohort_note_coverage(trials, table);
}

report_table_t recipe_table1(const frame_t *trials) {
    cohort_t cohort = cohort_create(trials, COHORT_ALL);
    report_table_t table =
        report_table_create("table1", columns, sizeof columns / sizeof *columns,
                            "Table 1. Layer spectra at initialisation and divergence, by "
                            "normalisation");
    frame_texts(&cohort.runs, "model.norm"); /* "" everywhere when it is not there */
    for (size_t i = 0; i < sizeof published_rows / sizeof *published_rows; i++)
        add_norm(&table, &cohort, published_rows[i].norm, &published_rows[i]);
    add_other_norms(&table, &cohort);
    add_notes(&table, trials, &cohort);
    cohort_destroy(&cohort);
    return table;
}
