/* explain.c: koopsweep explain RUN TRIAL. */
#include <string.h>

#include "base/clock.h"
#include "base/record.h"
#include "cli/cli.h"
#include "cli/overview.h"
#include "store/store.h"
#include "sweep/pace.h"

static void print_options(const plan_t *plan, const trial_t *trial) {
    printf("\n  options (* = differs between trials of this sweep)\n");
    for (size_t i = 0; config_key(trial->config, i); i++)
        printf("  %c %-34s %s\n", overview_varies(plan, i) ? '*' : ' ',
               config_key(trial->config, i), config_text_at(trial->config, i));
}

static void print_scalar(const record_item_t *item) {
    printf("    %-34s ", item->path);
    switch (item->type) {
    case RECORD_F64:
        printf("%.6g\n", *(const double *)item->data);
        break;
    case RECORD_F32:
        printf("%.6g\n", (double)*(const float *)item->data);
        break;
    case RECORD_I64:
        printf("%lld\n", (long long)*(const int64_t *)item->data);
        break;
    case RECORD_I32:
        printf("%d\n", *(const int32_t *)item->data);
        break;
    case RECORD_TEXT:
        printf("%s\n", (const char *)item->data);
        break;
    }
}

static status_t print_result(const overview_t *overview, const trial_t *trial) {
    char state[24], where[PATH_MAX];
    record_t record = {0};
    TRY(store_locate_trial(overview->run_dir, trial, where));
    TRY(store_read_trial(overview->run_dir, trial, state, &record));
    printf("  file: %s\n\n  result\n", where);
    for (size_t i = 0; i < record.count; i++)
        if (record.items[i].rank == 0) print_scalar(&record.items[i]);
    record_clear(&record);
    return STATUS_OK;
}

/* Pending trials that are handed out before this one: those expected to take longer. */
static size_t count_before(const overview_t *overview, const pace_t *pace, const trial_t *trial) {
    size_t count = 0;
    double mine = pace_expected(pace, trial->index);
    for (size_t i = 0; i < overview->trials; i++) {
        const trial_t *rival = plan_trial(overview->saved.plan, i);
        if (overview->states[i] != TRIAL_PENDING || overview_running(overview, rival->id)) continue;
        double other = pace_expected(pace, i);
        count += other > mine || (other == mine && rival->index < trial->index);
    }
    return count;
}

static void print_why_pending(const overview_t *overview, const pace_t *pace,
                              const trial_t *trial) {
    char since[24];
    const live_trial_t *running = overview_running(overview, trial->id);
    if (running) {
        clock_duration(running->seconds, since, sizeof since);
        printf("  why: it is being run, by rank %d for %s\n", running->rank, since);
    } else if (overview->is_running) {
        printf("  why: it waits; %zu trials that are expected to take longer go first\n",
               count_before(overview, pace, trial));
    } else {
        printf("  why: no sweep is running here; koopsweep run %s/spec.yaml --out %s resumes\n",
               overview->run_dir, overview->run_dir);
    }
}

/* Work, and how long it should take by what is known of similar trials. */
static void print_expected(const pace_t *pace, const trial_t *trial) {
    char duration[24];
    const cost_kind_t *kind = costs_of(pace->costs, trial->index);
    clock_duration(pace_expected(pace, trial->index), duration, sizeof duration);
    printf("  expected: %.3g FLOPs", kind->cost.flops);
    if (pace->all.count)
        printf(", %s at %.3g GFLOP/s (learnt from %zu completed trials: %zu of the same work, %zu "
               "of the same architecture and options switched on)",
               duration, 1e-9 / pace_of(pace, trial->index), pace->all.count,
               pace->kinds[pace->costs->kind_of[trial->index]].count,
               pace->families[kind->family].count);
    printf("\n");
}

/* What the estimate says, and why it has no result yet when it has none. */
static status_t print_outlook(const overview_t *overview, const trial_t *trial, int is_pending) {
    status_t status;
    costs_t costs = {0};
    pace_t pace = {0};
    TRY_OR_DONE(costs_create(overview->saved.plan, trial_estimate, &costs));
    TRY_OR_DONE(pace_create(&costs, &pace));
    pace_learn_table(&pace, &overview->frame);
    print_expected(&pace, trial);
    if (is_pending) print_why_pending(overview, &pace, trial);
done:
    pace_destroy(&pace);
    costs_destroy(&costs);
    return status;
}

static status_t explain(const overview_t *overview, const char *id) {
    const plan_t *plan = overview->saved.plan;
    const trial_t *trial = plan_find(plan, id);
    CHECK(trial, STATUS_SPEC,
          "%s: no trial, or more than one, has an id that begins with '%s'; give at least 4 "
          "digits (koopsweep plan --list shows all ids)",
          overview->run_dir, id);
    trial_state_t state = overview->states[trial->index];
    printf("trial %s of %s: number %zu of %zu, replica %u\n", trial->id, overview->run_dir,
           trial->index + 1, overview->trials, trial->replica);
    printf("  state: %s\n", trial_state_name(state));
    TRY(print_outlook(overview, trial, state == TRIAL_PENDING));
    if (state != TRIAL_PENDING) TRY(print_result(overview, trial));
    print_options(plan, trial);
    return STATUS_OK;
}

static status_t run(const cli_call_t *call) {
    overview_t overview;
    TRY(overview_open(call->operands[0], &overview));
    status_t status = explain(&overview, call->operands[1]);
    overview_close(&overview);
    return status;
}

const cli_verb_t cli_explain = {
    .name = "explain",
    .operands = "RUN TRIAL",
    .operands_min = 2,
    .operands_max = 2,
    .doc = "one trial: its options, its result, or why it has none yet",
    .detail = "TRIAL is an id or its first digits, at least 4.\n",
    .run = run,
};
