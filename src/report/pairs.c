#include "report/pairs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stats/scratch.h"

static int by_pair(const void *a, const void *b, void *pair) {
    char **text = pair;
    return strcmp(text[*(const size_t *)a], text[*(const size_t *)b]);
}

/* A handful of arms: looking through them is as fast as any index. */
static arm_runs_t *find_arm(pairs_t *pairs, const char *name) {
    for (size_t i = 0; i < pairs->arm_count; i++)
        if (strcmp(pairs->arms[i].name, name) == 0) return &pairs->arms[i];
    return NULL;
}

static void add_arm(pairs_t *pairs, const char *name) {
    pairs->arms = memory_grow(pairs->arms, pairs->arm_count + 1, sizeof *pairs->arms, "a table");
    pairs->arms[pairs->arm_count++] = (arm_runs_t){.name = name};
}

static const char *name_of_base(const pairs_t *pairs) {
    const frame_column_t *chosen = frame_find(&pairs->cohort.runs, "pairs.base");
    return chosen && pairs->cohort.runs.rows ? chosen->text[0] : ARM_BASE;
}

/* Base first, whatever the order of rows, so that everyone finds it at 0. Names of the arms; then
 * how many runs each has, and which. */
static void collect_runs(pairs_t *pairs, char **arm) {
    size_t rows = pairs->cohort.runs.rows;
    const char *base = name_of_base(pairs);
    for (size_t i = 0; i < rows && !pairs->arm_count; i++)
        if (strcmp(arm[i], base) == 0) add_arm(pairs, arm[i]);
    for (size_t i = 0; i < rows && pairs->arm_count; i++)
        if (!find_arm(pairs, arm[i])) add_arm(pairs, arm[i]);
    for (size_t k = 0; k < pairs->arm_count; k++) {
        pairs->arms[k].run = scratch(rows, sizeof(size_t));
        pairs->arms[k].partner = scratch(rows, sizeof(size_t));
    }
    for (size_t i = 0; i < rows && pairs->arm_count; i++) {
        arm_runs_t *own = find_arm(pairs, arm[i]);
        own->run[own->count++] = i;
        own->diverged += (size_t)pairs->cohort.diverged[i];
    }
}

/* The run of the base arm in the pair of `run`; NULL when it has no result. By bisection: a sweep
 * has tens of thousands of runs, and tables are made of it while it runs. */
static const size_t *find_partner(const pairs_t *pairs, const size_t *sorted, char **pair,
                                  size_t run) {
    size_t low = 0, high = pairs->arms[0].count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(pair[run], pair[sorted[middle]]);
        if (order == 0) return &sorted[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* Only pairs that disagree say anything of a difference (McNemar), so only these are counted by
 * side. `sorted`: the base arm's runs in the order of their pairs. */
static void match(const pairs_t *pairs, const size_t *sorted, char **pair, arm_runs_t *arm) {
    const int *diverged = pairs->cohort.diverged;
    for (size_t i = 0; i < arm->count; i++) {
        const size_t *found = find_partner(pairs, sorted, pair, arm->run[i]);
        arm->partner[i] = found ? *found : (size_t)PAIRS_NONE;
        if (!found) continue;
        int here = diverged[arm->run[i]], base = diverged[*found];
        arm->pairs++;
        arm->only_base += (size_t)(base && !here);
        arm->only_here += (size_t)(here && !base);
    }
}

pairs_t pairs_create(const frame_t *trials) {
    pairs_t pairs = {.cohort = cohort_create(trials, COHORT_ALL)};
    char **arm = frame_texts(&pairs.cohort.runs, "arm");
    char **pair = frame_texts(&pairs.cohort.runs, "pair");
    collect_runs(&pairs, arm);
    if (!pairs.arm_count) return pairs;
    size_t count = pairs.arms[0].count, *sorted = scratch(count, sizeof *sorted);
    memcpy(sorted, pairs.arms[0].run, count * sizeof *sorted);
    qsort_r(sorted, count, sizeof *sorted, by_pair, pair);
    for (size_t k = 0; k < pairs.arm_count; k++) match(&pairs, sorted, pair, &pairs.arms[k]);
    free(sorted);
    return pairs;
}

void pairs_destroy(pairs_t *pairs) {
    for (size_t k = 0; k < pairs->arm_count; k++) {
        free(pairs->arms[k].run);
        free(pairs->arms[k].partner);
    }
    free(pairs->arms);
    cohort_destroy(&pairs->cohort);
    *pairs = (pairs_t){0};
}

void pairs_differences(const arm_runs_t *arm, const double *value, double *difference) {
    for (size_t i = 0; i < arm->count; i++) {
        int has_partner = arm->partner[i] != (size_t)PAIRS_NONE;
        difference[i] = has_partner ? value[arm->run[i]] - value[arm->partner[i]] : NAN;
    }
}

void pairs_note_base(const pairs_t *pairs, report_table_t *table) {
    const char *base = name_of_base(pairs);
    if (strcmp(base, ARM_BASE) != 0)
        report_note(table, "", "base",
                    "Base is the arm %s here (--base); the one named " ARM_BASE
                    " is compared with it as the others are.",
                    base);
    if (!pairs->arm_count)
        report_note(table, "", "no_base", "No run of the base arm has a result yet.");
}
