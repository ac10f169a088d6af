#include "report/cohort.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/roles.h"
#include "stats/scratch.h"

/* Of all states only two say how a trial would end. FAILED, LOST and PRUNED are no third class and
 * no "not diverged": they are left out and counted. */
static int is_result(const char *state) {
    return strcmp(state, "COMPLETED") == 0 || strcmp(state, "DIVERGED") == 0;
}

static const char *text_at(const frame_t *trials, const char *column, size_t row) {
    const frame_column_t *found = frame_find(trials, column);
    return found && found->text ? found->text[row] : "";
}

static const char *state_at(const frame_t *trials, size_t row) {
    return text_at(trials, "state", row);
}

static double number_of(const frame_column_t *column, size_t row) {
    return column && column->number ? column->number[row] : NAN;
}

static double number_at(const frame_t *trials, const char *column, size_t row) {
    return number_of(frame_find(trials, column), row);
}

/* weight = 1 / (chance by policy x chance by order), the two being drawn independently. A trial
 * without policies, in a sweep that ran to its end, was sure to be seen. */
static void set_weights(const frame_t *trials, cohort_t *cohort) {
    const frame_column_t *policy = frame_find(&cohort->runs, "policy/inclusion");
    const frame_column_t *order = frame_find(&cohort->runs, COHORT_ORDER);
    cohort->weight = scratch(cohort->runs.rows, sizeof *cohort->weight);
    for (size_t i = 0; i < cohort->runs.rows; i++) {
        double by_policy = number_of(policy, i), by_order = number_of(order, i);
        cohort->is_pruned |= by_policy < 1;
        cohort->weight[i] = (by_policy > 0 ? 1 / by_policy : 1) * (by_order > 0 ? 1 / by_order : 1);
        cohort->is_weighted |= cohort->weight[i] != cohort->weight[0];
    }
    for (size_t i = 0; i < trials->rows; i++)
        cohort->is_pruned |= strcmp(state_at(trials, i), "PRUNED") == 0;
    cohort->is_weighted |= cohort->is_pruned;
}

cohort_t cohort_create(const frame_t *trials, int landmark) {
    cohort_t cohort = {0};
    unsigned char *keep = scratch(trials->rows, sizeof *keep);
    for (size_t i = 0; i < trials->rows; i++) {
        int is_alive = landmark == COHORT_ALL || number_at(trials, "outcome/step", i) > landmark;
        keep[i] = is_alive && is_result(state_at(trials, i));
    }
    cohort.runs = frame_filter(trials, keep);
    roles_move(&cohort.runs);
    cohort.diverged = scratch(cohort.runs.rows, sizeof *cohort.diverged);
    for (size_t i = 0; i < cohort.runs.rows; i++) {
        cohort.diverged[i] = strcmp(state_at(&cohort.runs, i), "DIVERGED") == 0;
        cohort.positives += (size_t)cohort.diverged[i];
    }
    free(keep);
    set_weights(trials, &cohort);
    return cohort;
}

/* That a trial out of turn has ended depends on how long it took, so on its outcome: it would stand
 * for others that it is not like. */
cohort_t cohort_in_turn(const frame_t *trials, int landmark) {
    if (!frame_find(trials, COHORT_ORDER)) return cohort_create(trials, landmark);
    unsigned char *keep = scratch(trials->rows, sizeof *keep);
    for (size_t i = 0; i < trials->rows; i++) keep[i] = number_at(trials, COHORT_ORDER, i) > 0;
    frame_t in_turn = frame_filter(trials, keep);
    cohort_t cohort = cohort_create(&in_turn, landmark);
    frame_clear(&in_turn);
    free(keep);
    return cohort;
}

void cohort_destroy(cohort_t *cohort) {
    frame_clear(&cohort->runs);
    free(cohort->diverged);
    free(cohort->weight);
    *cohort = (cohort_t){0};
}

const double *cohort_numbers(cohort_t *cohort, const char *column) {
    return frame_numbers(&cohort->runs, column);
}

const double *cohort_stable_numbers(cohort_t *cohort, const char *column) {
    char name[CELL_SHOWN_MAX] = "";
    text_append(name, sizeof name, "stable/%s", column);
    const double *all = cohort_numbers(cohort, column);
    double *stable = frame_numbers(&cohort->runs, name);
    for (size_t i = 0; i < cohort->runs.rows; i++) stable[i] = cohort->diverged[i] ? NAN : all[i];
    return stable;
}

/* Text by bytes, not by the locale: a table must not depend on where it is made. */
static int compare(const frame_column_t *column, size_t a, size_t b) {
    if (column->text) return strcmp(column->text[a], column->text[b]);
    return (column->number[a] > column->number[b]) - (column->number[a] < column->number[b]);
}

static int is_known(const frame_column_t *column, size_t row) {
    return column->text ? column->text[row][0] != '\0' : !isnan(column->number[row]);
}

/* Place of the row's value among example[0..count), ascending rows of different values. */
static int find_place(const frame_column_t *column, const size_t *example, int count, size_t row) {
    int low = 0;
    for (int high = count; low < high;) {
        int middle = (low + high) / 2;
        if (compare(column, example[middle], row) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* example[0..count) := one row of each value, ascending. Returns count. By insertion: a sweep has
 * few values of an option, and as many as runs only where nothing is pooled by them. */
static int find_values(const frame_column_t *column, size_t rows, size_t *example) {
    int count = 0;
    for (size_t i = 0; i < rows; i++) {
        if (!is_known(column, i)) continue;
        int place = find_place(column, example, count, i);
        if (place < count && compare(column, example[place], i) == 0) continue;
        memmove(example + place + 1, example + place, (size_t)(count - place) * sizeof *example);
        example[place] = i;
        count++;
    }
    return count;
}

int cohort_strata(const cohort_t *cohort, const char *column, int *stratum) {
    const frame_column_t *values = frame_find(&cohort->runs, column);
    size_t rows = cohort->runs.rows, *example = scratch(rows + 1, sizeof *example);
    int count = values ? find_values(values, rows, example) : 0;
    for (size_t i = 0; i < rows; i++)
        stratum[i] = values && is_known(values, i) ? find_place(values, example, count, i) : -1;
    free(example);
    return count;
}

/* %g: learning rates are read as people write them, 0.001 and not 1.000000e-03. */
void cohort_value(const cohort_t *cohort, const char *column, size_t row,
                  char text[CELL_SHOWN_MAX]) {
    const frame_column_t *values = frame_find(&cohort->runs, column);
    text[0] = '\0';
    if (values && values->text)
        text_append(text, CELL_SHOWN_MAX, "%s", values->text[row]);
    else if (values)
        text_append(text, CELL_SHOWN_MAX, "%g", values->number[row]);
}

void cohort_name_group(const cohort_t *cohort, size_t row, char name[2 * CELL_SHOWN_MAX]) {
    char arm[CELL_SHOWN_MAX];
    cohort_value(cohort, "model.norm", row, name);
    cohort_value(cohort, "arm", row, arm);
    if (strcmp(arm, "base") != 0) text_append(name, 2 * CELL_SHOWN_MAX, ", %s", arm);
}

void cohort_note_pruned(const cohort_t *cohort, report_table_t *table) {
    if (cohort->is_weighted)
        report_note(table, "", "pruned",
                    "Policies ended trials before their time. What these would have done is not "
                    "known, and they were not chosen at random: rates and tests are of the other "
                    "trials only.");
}

/* What decides on a trial's bits; "" where nobody knows: no result yet, a trainer of one's own. */
static void describe_kernels(const frame_t *trials, size_t row, char *text, size_t size) {
    const char *isa = text_at(trials, "outcome/isa", row), *core;
    text[0] = '\0';
    if (!*isa) return;
    core = text_at(trials, "outcome/blas_core", row);
    text_append(text, size, "%s kernels, %s", isa, text_at(trials, "outcome/blas", row));
    if (*core && strcmp(core, "unknown") != 0) text_append(text, size, " for %s", core);
}

/* Small differences between two tables of one sweep are explained by nothing else. */
static void note_kernels(const frame_t *trials, report_table_t *table) {
    char first[256] = "", other[256] = "", here[256];
    size_t known = 0, others = 0;
    for (size_t row = 0; row < trials->rows; row++) {
        describe_kernels(trials, row, here, sizeof here);
        if (!*here) continue;
        if (!known++) strcpy(first, here);
        if (strcmp(first, here) == 0) continue;
        others++;
        strcpy(other, here);
    }
    if (!known) return;
    if (others)
        report_note(
            table, "", "kernels",
            "Computed by %s, and %zu of %zu trials by others (%s), which round differently.", first,
            others, known, other);
    else
        report_note(table, "", "kernels", "Computed by %s.", first);
    report_note_value(table, "others", (double)others);
}

/* Always said, also of a whole sweep: a table that hides what it is made of cannot be trusted. */
void cohort_note_coverage(const frame_t *trials, report_table_t *table) {
    static const char *const states[] = {"COMPLETED", "DIVERGED", "PENDING", "PRUNED",
                                         "FAILED",    "LOST",     "SKIPPED"};
    enum { RESULTS = 2, STATES = sizeof states / sizeof *states };
    size_t count[STATES] = {0};
    char gaps[256] = ""; /* a state nobody is in is not worth a word */
    for (size_t i = 0; i < trials->rows; i++)
        for (size_t s = 0; s < STATES; s++) count[s] += !strcmp(state_at(trials, i), states[s]);
    for (size_t s = RESULTS; s < STATES; s++)
        if (count[s])
            text_append(gaps, sizeof gaps, "%s%zu %s", *gaps ? ", " : "; without one: ", count[s],
                        states[s]);
    report_note(table, "", "coverage", "%zu of %zu trials have a result (%zu %s, %zu %s)%s.",
                count[0] + count[1], trials->rows, count[0], states[0], count[1], states[1], gaps);
    report_note_value(table, "trials", (double)trials->rows);
    for (size_t s = 0; s < STATES; s++) report_note_value(table, states[s], (double)count[s]);
    note_kernels(trials, table);
}

void cohort_note_order(const frame_t *trials, report_table_t *table) {
    size_t certain = 0, sampled = 0, out_of_turn = 0;
    double chance = 1; /* the same for all that were drawn: a simple random sample */
    if (!frame_find(trials, COHORT_ORDER)) return;
    for (size_t i = 0; i < trials->rows; i++) {
        double here = number_at(trials, COHORT_ORDER, i);
        int is_sampled = here > 0 && here < 1;
        certain += here == 1;
        sampled += is_sampled;
        out_of_turn += here == 0 && is_result(state_at(trials, i));
        if (is_sampled) chance = here;
    }
    size_t others = trials->rows - certain; /* 0: the sweep came to its end, nothing to say */
    if (others == 0) return;
    char aside[96] = "";
    if (out_of_turn)
        snprintf(aside, sizeof aside, " %zu more ended out of turn and are left out.", out_of_turn);
    if (sampled)
        report_note(
            table, "", "order",
            "The sweep has not come to its end: %zu trials were sure to have had their "
            "turn, %zu drawn at random stand for the other %zu, with a weight of %.3g. AUROCs "
            "are about all trials.%s",
            certain, sampled, others, 1 / chance, aside);
    else
        report_note(table, "", "order",
                    "The sweep has not come to its end: %zu trials were sure to have had their "
                    "turn, and nothing is known of the other %zu: AUROCs are about the former "
                    "alone.%s",
                    certain, others, aside);
    report_note_value(table, "certain", (double)certain);
    report_note_value(table, "sampled", (double)sampled);
    report_note_value(table, "out_of_turn", (double)out_of_turn);
}
