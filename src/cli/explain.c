/* explain.c: koopsweep explain RUN TRIAL. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/record.h"
#include "cli/attempts.h"
#include "cli/cli.h"
#include "cli/overview.h"
#include "cli/saved.h"
#include "dispatch/pace.h"
#include "dispatch/schedule.h"
#include "rundir/run_dir.h"
#include "rundir/turns.h"
#include "store/store.h"
#include "train/checkpoint.h"

/* Those that differ between the trials of the sweep, or those that do not. */
static void print_options(const plan_t *plan, const trial_t *trial, int varying) {
    for (size_t i = 0; config_key(trial->config, i); i++)
        if (overview_varies(plan, i) == varying)
            printf("    %-34s %s\n", config_key(trial->config, i),
                   config_text_at(trial->config, i));
}

/* What tells this trial from the others: what people ask first. */
static void print_varying(const plan_t *plan, const trial_t *trial) {
    printf("\n  what varies in this sweep\n");
    if (spec_arm_count(plan_spec(plan))) printf("    %-34s %s\n", "arm", trial->arm);
    print_options(plan, trial, 1);
    printf("    %-34s %u\n\n", "replica", trial->replica);
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

static status_t print_file(const overview_t *overview, const trial_t *trial) {
    char where[PATH_MAX];
    TRY(store_locate_trial(overview->run_dir, trial, where));
    printf("  file: %s\n", where);
    return STATUS_OK;
}

static status_t print_result(const overview_t *overview, const trial_t *trial) {
    char state[TRIAL_STATE_MAX];
    record_t record = {0};
    TRY(store_read_trial(overview->run_dir, trial, state, &record));
    printf("\n  result\n");
    for (size_t i = 0; i < record.count; i++)
        if (record.items[i].rank == 0) print_scalar(&record.items[i]);
    record_clear(&record);
    return STATUS_OK;
}

/* What its next attempt will not have to do again. */
static void print_checkpoint(const overview_t *overview, const trial_t *trial) {
    char folder[PATH_MAX];
    record_t state = {0};
    int64_t step;
    snprintf(folder, sizeof folder, "%s/checkpoints", overview->run_dir);
    checkpoint_read(folder, trial->id, &step, &state);
    if (step) printf("  checkpoint: it goes on from step %lld\n", (long long)step);
    record_clear(&state);
}

static double priority_of(const pace_t *pace, const unsigned *deaths, size_t trial) {
    return schedule_priority(pace_expected(pace, trial), deaths[trial]);
}

/* Trials that go before this one: of those that wait, or of all. */
static size_t count_before(const overview_t *overview, const pace_t *pace, const unsigned *deaths,
                           size_t trial, int of_waiting) {
    size_t count = 0;
    double mine = priority_of(pace, deaths, trial);
    for (size_t i = 0; i < overview->trials; i++) {
        const char *id = plan_trial(overview->saved.plan, i)->id;
        if (of_waiting && (overview->states[i] != TRIAL_PENDING || overview_running(overview, id)))
            continue;
        double other = priority_of(pace, deaths, i);
        count += other > mine || (other == mine && i < trial);
    }
    return count;
}

/* In a sweep that goes by one; 0 in others. */
static int print_turn(const overview_t *overview, size_t trial) {
    order_t order;
    status_t status = turns_load(overview->run_dir, overview->saved.plan, &order);
    size_t count = order.count;
    if (status == STATUS_INCOMPLETE)
        printf("  order: by a score; all trials are screened before the first is run\n");
    else if (count && order.is_audit[order.turn[trial]])
        printf("  order: turn %zu of %zu, drawn at random\n", order.turn[trial] + 1, count);
    else if (count)
        printf("  order: turn %zu of %zu, by its score, rank %zu\n", order.turn[trial] + 1, count,
               order.rank[trial] + 1);
    order_destroy(&order);
    return status == STATUS_INCOMPLETE || count > 0;
}

static status_t print_order(const overview_t *overview, const pace_t *pace, const trial_t *trial,
                            int is_pending) {
    if (print_turn(overview, trial->index)) return STATUS_OK;
    unsigned *deaths = calloc(overview->trials + 1, sizeof *deaths);
    CHECK(deaths, STATUS_ENVIRONMENT, "out of memory for %zu trials", overview->trials);
    run_dir_count_deaths(overview->run_dir, overview->saved.plan, deaths);
    size_t before = count_before(overview, pace, deaths, trial->index, is_pending);
    if (is_pending && deaths[trial->index])
        printf("  order: among the last, since %u ranks died while they ran it; ",
               deaths[trial->index]);
    else
        printf("  order: longest expected first; ");
    printf("%zu of %zu trials go before it\n", before,
           is_pending ? overview->count[TRIAL_PENDING] : overview->trials);
    free(deaths);
    return STATUS_OK;
}

static void print_why_pending(const overview_t *overview, const trial_t *trial) {
    char since[CLOCK_TEXT_MAX];
    const live_trial_t *running = overview_running(overview, trial->id);
    if (running) {
        clock_duration(running->seconds, since, sizeof since);
        printf("  why: it is being run, by rank %d for %s\n", running->rank, since);
    } else if (overview->is_running) {
        printf("  why: it waits for a worker\n");
    } else {
        printf("  why: no sweep is running here; koopsweep run %s/spec.yaml --out %s resumes\n",
               overview->run_dir, overview->run_dir);
    }
}

/* Work, and how long it should take by what is known of similar trials. */
static void print_expected(const pace_t *pace, const trial_t *trial) {
    char duration[CLOCK_TEXT_MAX];
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
    TRY_OR_DONE(print_order(overview, &pace, trial, is_pending));
    if (is_pending) print_why_pending(overview, trial);
done:
    pace_destroy(&pace);
    costs_destroy(&costs);
    return status;
}

static status_t explain(const overview_t *overview, const char *id) {
    const plan_t *plan = overview->saved.plan;
    const trial_t *trial;
    TRY(saved_find(overview->run_dir, plan, id, &trial));
    trial_state_t state = overview->states[trial->index];
    printf("trial %s of %s: number %zu of %zu\n", trial->id, overview->run_dir, trial->index + 1,
           overview->trials);
    printf("  state: %s\n", trial_state_name(state));
    print_varying(plan, trial);
    TRY(print_outlook(overview, trial, state == TRIAL_PENDING));
    if (state == TRIAL_PENDING) print_checkpoint(overview, trial);
    if (state != TRIAL_PENDING) TRY(print_file(overview, trial));
    attempts_print(overview, trial);
    if (state != TRIAL_PENDING) TRY(print_result(overview, trial));
    printf("\n  the same in all trials\n");
    print_options(plan, trial, 0);
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
    .doc = "one trial: what it varies, its attempts and result, or why it has none yet",
    .detail =
        "TRIAL is an id or its first digits, at least 4. Attempts come from RUN/journal, which\n"
        "the master adds to every two seconds: which rank had the trial, since when, how that\n"
        "ended (a result, stopped before which step, the rank or its machine lost), and from\n"
        "which checkpoint the next one went on.\n",
    .run = run,
};
