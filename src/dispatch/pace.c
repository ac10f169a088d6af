#include "dispatch/pace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

status_t pace_create(const costs_t *costs, pace_t *pace) {
    *pace = (pace_t){.costs = costs};
    pace->families = calloc(costs->family_count + 1, sizeof *pace->families);
    pace->kinds = calloc(costs->kind_count + 1, sizeof *pace->kinds);
    if (pace->families && pace->kinds) return STATUS_OK;
    pace_destroy(pace);
    return status_fail(STATUS_ENVIRONMENT, "out of memory for the pace of %zu kinds of trials",
                       costs->kind_count);
}

void pace_destroy(pace_t *pace) {
    free(pace->families);
    free(pace->kinds);
    *pace = (pace_t){0};
}

static void add(pace_sum_t *sum, double x) {
    sum->sum += x;
    sum->count++;
}

void pace_learn(pace_t *pace, size_t trial, double seconds) {
    const cost_kind_t *kind = costs_of(pace->costs, trial);
    /* Paces differ by factors, and a trial that a busy machine held up by ten must not count ten
     * times: means are of logarithms. */
    double x = log(seconds / kind->cost.flops);
    if (!isfinite(x)) return;
    add(&pace->all, x);
    add(&pace->families[kind->family], x);
    add(&pace->kinds[pace->costs->kind_of[trial]], x);
}

void pace_learn_table(pace_t *pace, const frame_t *trials) {
    const frame_column_t *state = frame_find(trials, "state");
    const frame_column_t *seconds = frame_find(trials, "outcome/seconds");
    if (!state || !seconds) return;
    for (size_t i = 0; i < trials->rows; i++)
        if (trial_state_find(state->text[i]) == TRIAL_COMPLETED)
            pace_learn(pace, i, seconds->number[i]);
}

/* The mean, in which `before` counts as one observation. */
static double lean(const pace_sum_t *sum, double before) {
    return (sum->sum + before) / (double)(sum->count + 1);
}

double pace_of(const pace_t *pace, size_t trial) {
    if (pace->all.count == 0) return 1;
    double all = pace->all.sum / (double)pace->all.count;
    double family = lean(&pace->families[costs_of(pace->costs, trial)->family], all);
    return exp(lean(&pace->kinds[pace->costs->kind_of[trial]], family));
}

double pace_expected(const pace_t *pace, size_t trial) {
    return costs_of(pace->costs, trial)->cost.flops * pace_of(pace, trial);
}
