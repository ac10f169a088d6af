/* gate.c: what gated arms did, and what the policy behind them is worth.
 *
 * Among the risky trials of an arm chance alone decided which were switched on and which stayed as
 * the base (train/gate.h): the difference of their divergence rates is an unbiased estimate of the
 * effect of switching on, whatever the risk score is worth. Times the risky share it is the effect
 * of the policy on all trials, were nobody held back. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/cohort.h"
#include "report/recipe.h"
#include "stats/interval.h"
#include "stats/scratch.h"

static const report_column_t columns[] = {
    {.key = "arm", .title = "arm"},
    {.key = "score", .title = "risk"},
    {.key = "threshold", .title = "from", .kind = CELL_NUMBER, .decimals = 2},
    {.key = "control", .title = "control\nshare", .kind = CELL_NUMBER, .decimals = 2},
    {.key = "risky", .key_two = "runs", .title = "risky\n/runs", .kind = CELL_RATE},
    {.key = "on_diverged", .key_two = "on", .title = "switched on,\ndiverged", .kind = CELL_RATE},
    {.key = "control_diverged",
     .key_two = "controls",
     .title = "control,\ndiverged",
     .kind = CELL_RATE},
    {.key = "calm_diverged", .key_two = "calm", .title = "not risky,\ndiverged", .kind = CELL_RATE},
    {.key = "effect",
     .title = "effect on\nrisky",
     .kind = CELL_NUMBER,
     .decimals = 1,
     .missing = "n/a"},
    {.key = "effect_low",
     .key_two = "effect_high",
     .title = "Newcombe\n95%",
     .kind = CELL_INTERVAL},
    {.key = "policy", .title = "on\nall", .kind = CELL_NUMBER, .decimals = 1, .missing = "n/a"},
    {.key = "policy_low", .key_two = "policy_high", .title = "\n95%", .kind = CELL_INTERVAL},
};

/* Runs of one kind and how many of them diverged. */
typedef struct tally {
    size_t runs, diverged;
} tally_t;

typedef struct gated {
    tally_t on, control, calm;
    size_t first; /* a row of the arm */
} gated_t;

static void count(tally_t *tally, int has_diverged) {
    tally->runs++;
    tally->diverged += (size_t)has_diverged;
}

/* From the last row to the first, so that `first` is the first of the arm when all are counted.
 * Runs whose gate was never asked (no score, say) have no place in either group. */
static gated_t count_arm(cohort_t *cohort, const int *place, int arm) {
    const double *risky = cohort_numbers(cohort, "gate/risky");
    const double *on = cohort_numbers(cohort, "gate/on");
    gated_t gated = {0};
    for (size_t i = cohort->runs.rows; i-- > 0;) {
        if (place[i] != arm || isnan(on[i])) continue;
        tally_t *kind = on[i] > 0 ? &gated.on : risky[i] > 0 ? &gated.control : &gated.calm;
        count(kind, cohort->diverged[i]);
        gated.first = i;
    }
    return gated;
}

static void set_rate(report_table_t *table, const char *key, tally_t tally) {
    report_set_two(table, key, (double)tally.diverged, (double)tally.runs);
}

/* In points of percent; below 0: the arm saves runs. */
static void set_effect(report_table_t *table, const gated_t *gated) {
    tally_t on = gated->on, control = gated->control;
    size_t risky = on.runs + control.runs;
    double share = (double)risky / (double)(risky + gated->calm.runs);
    double effect = (double)on.diverged / (double)on.runs -
                    (double)control.diverged / (double)control.runs; /* NaN without either */
    interval_t interval = interval_difference(on.diverged, on.runs, control.diverged, control.runs);
    report_set(table, "effect", 100 * effect);
    report_set_two(table, "effect_low", 100 * interval.low, 100 * interval.high);
    report_set(table, "policy", 100 * share * effect);
    report_set_two(table, "policy_low", 100 * share * interval.low, 100 * share * interval.high);
}

static void add_gated(report_table_t *table, cohort_t *cohort, const gated_t *gated) {
    char text[CELL_SHOWN_MAX];
    size_t row = gated->first, risky = gated->on.runs + gated->control.runs;
    report_add_row(table, NULL);
    cohort_value(cohort, "arm", row, text);
    report_set_text(table, "arm", "%s", text);
    cohort_value(cohort, "gate.score", row, text);
    report_set_text(table, "score", "%s", text);
    report_set(table, "threshold", cohort_numbers(cohort, "gate.threshold")[row]);
    report_set(table, "control", cohort_numbers(cohort, "gate.control")[row]);
    report_set_two(table, "risky", (double)risky, (double)(risky + gated->calm.runs));
    set_rate(table, "on_diverged", gated->on);
    set_rate(table, "control_diverged", gated->control);
    set_rate(table, "calm_diverged", gated->calm);
    set_effect(table, gated);
    if (gated->control.runs == 0) report_mark(table, "*");
}

static int lacks_control(const report_table_t *table) {
    for (size_t row = 0; row < table->row_count; row++)
        if (report_cell(table, row, "control_diverged")->value[1] == 0) return 1;
    return 0;
}

static void add_notes(report_table_t *table, const frame_t *trials, const cohort_t *cohort) {
    report_note(table, "", "legend",
                "Risky: initial risk of the base configuration at or above the threshold. Of the "
                "risky runs a random share, the control, ran as the base; effect: divergence rate "
                "of those switched on less that of the control, in points, below 0 where the arm "
                "saves runs. On all: times the risky share, the effect of switching all risky runs "
                "on. Risky and other runs differ in more than the arm: their rates are no "
                "comparison. The same arm against all its partners: recipe arms.");
    if (!table->row_count)
        report_note(table, "", "no_gate", "No run of an arm with a gate has a result yet.");
    if (lacks_control(table))
        report_note(table, "*", "no_control",
                    "No risky run was held back as a control: what the gate is worth cannot be "
                    "told from this arm alone.");
    cohort_note_pruned(cohort, table);
    cohort_note_coverage(trials, table);
}

report_table_t recipe_gate(const frame_t *trials) {
    cohort_t cohort = cohort_create(trials, COHORT_ALL);
    int *place = scratch(cohort.runs.rows, sizeof *place);
    int arms = cohort_strata(&cohort, "arm", place);
    report_table_t table = report_table_create("gate", columns, sizeof columns / sizeof *columns,
                                               "Arms switched on by risk");
    for (int arm = 0; arm < arms; arm++) {
        gated_t gated = count_arm(&cohort, place, arm);
        if (gated.on.runs + gated.control.runs + gated.calm.runs)
            add_gated(&table, &cohort, &gated);
    }
    add_notes(&table, trials, &cohort);
    free(place);
    cohort_destroy(&cohort);
    return table;
}
