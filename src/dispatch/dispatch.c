#include "dispatch/dispatch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "dispatch/ladders.h"
#include "dispatch/stop.h"
#include "dispatch/witness.h"
#include "plan/search.h"
#include "rundir/cancel.h"
#include "rundir/live.h"
#include "rundir/run_dir.h"
#include "store/store.h"

static double flops_of(const dispatch_t *dispatch, size_t trial) {
    const trial_cost_t *cost = &costs_of(&dispatch->session->costs, trial)->cost;
    return screening_is_on(&dispatch->screening) ? cost->screening_flops : cost->flops;
}

/* In its turn, where the sweep goes by an order. */
static double priority_of(const void *context, size_t trial) {
    const dispatch_t *dispatch = context;
    if (dispatch->order.count) return -(double)dispatch->order.turn[trial];
    return schedule_priority(pace_expected(&dispatch->pace, trial), dispatch->deaths[trial]);
}

void dispatch_put(dispatch_t *dispatch, size_t trial) {
    const schedule_entry_t entry = {trial, priority_of(dispatch, trial), flops_of(dispatch, trial)};
    schedule_put(&dispatch->schedule, &entry);
}

/* With the paces known by now: what has ended, what is left, the order of what waits. Whenever
 * twice as many are known, so it costs little. */
static void weigh(dispatch_t *dispatch) {
    progress_t *progress = &dispatch->progress;
    dispatch->weigh_next = 2 * dispatch->pace.all.count + 1;
    progress->cost_ended = progress->cost_left = 0;
    for (size_t i = 0; i < progress->total; i++) {
        double expected = pace_expected(&dispatch->pace, i);
        if (dispatch->has_ended[i]) progress->cost_ended += expected;
        if (dispatch->session->states[i] == TRIAL_PENDING) progress->cost_left += expected;
    }
    schedule_rank(&dispatch->schedule, priority_of, dispatch);
}

static const char *const pace_columns[] = {"outcome/seconds", NULL};

/* What earlier runs of the sweep took. Not to know is no failure: the order is worse then. */
static void learn_from_files(dispatch_t *dispatch) {
    frame_t trials = {0};
    const session_t *session = dispatch->session;
    if (session_count(session, TRIAL_COMPLETED) == 0) return;
    if (store_load_columns(session->run_dir, session->plan, pace_columns, &trials) == STATUS_OK)
        pace_learn_table(&dispatch->pace, &trials);
    frame_clear(&trials);
}

void dispatch_change_state(dispatch_t *dispatch, size_t trial, trial_state_t state) {
    progress_t *progress = &dispatch->progress;
    progress->count[TRIAL_PENDING]--;
    progress->count[state]++;
    progress->cost_left -= pace_expected(&dispatch->pace, trial);
    dispatch->session->states[trial] = state;
    packer_note(dispatch->packer, plan_trial(dispatch->session->plan, trial));
    if (dispatch->board) atomic_store(&dispatch->board->states[trial], (unsigned char)state);
}

status_t dispatch_begin(dispatch_t *dispatch) {
    const session_t *session = dispatch->session;
    TRY(until_open(session, &dispatch->order, &dispatch->until));
    /* What waits was to be screened, by a rank taken for dead that did so all the same. */
    dispatch->schedule.count = 0;
    for (size_t i = 0; i < dispatch->progress.total; i++)
        if (session->states[i] == TRIAL_PENDING) dispatch_put(dispatch, i);
    return STATUS_OK;
}

static status_t fill(dispatch_t *dispatch) {
    const session_t *session = dispatch->session;
    progress_t *progress = &dispatch->progress;
    progress->total = plan_count(session->plan);
    for (size_t i = 0; i < progress->total; i++) progress->count[session->states[i]]++;
    TRY(search_ladders(session->plan) ? ladders_start(dispatch) : screening_start(dispatch));
    weigh(dispatch);
    dispatch->teller.told_done = progress_done(progress);
    return STATUS_OK;
}

status_t dispatch_open(session_t *session, board_t *board, int ranks, int workers,
                       dispatch_t *dispatch) {
    size_t count = plan_count(session->plan);
    *dispatch = (dispatch_t){.session = session,
                             .board = board,
                             .ranks = ranks,
                             .workers = workers,
                             .clock = session->options->clock};
    if (!dispatch->clock) dispatch->clock = clock_seconds;
    dispatch->started = dispatch->clock();
    dispatch->deadline = deadline_create(dispatch->started, session->options->max_seconds);
    dispatch->teller = (teller_t){.is_quiet = session->options->is_quiet,
                                  .columns = board ? board->terminal_columns : teller_columns()};
    TRY(schedule_create(count, &dispatch->schedule));
    TRY(pace_create(&session->costs, &dispatch->pace));
    dispatch->assignments = calloc((size_t)ranks, sizeof *dispatch->assignments);
    dispatch->deaths = calloc(count, sizeof *dispatch->deaths);
    dispatch->has_ended = calloc(count, sizeof *dispatch->has_ended);
    dispatch->cancelled = calloc(count, sizeof *dispatch->cancelled);
    CHECK(dispatch->assignments && dispatch->deaths && dispatch->has_ended && dispatch->cancelled,
          STATUS_ENVIRONMENT, "out of memory for %zu trials on %d ranks", count, ranks);
    run_dir_count_deaths(session->run_dir, session->plan, dispatch->deaths);
    learn_from_files(dispatch);
    return fill(dispatch);
}

void dispatch_close(dispatch_t *dispatch) {
    witness_left_behind(dispatch);
    if (dispatch->live_written > 0) live_remove(dispatch->session->run_dir);
    schedule_destroy(&dispatch->schedule);
    pace_destroy(&dispatch->pace);
    free(dispatch->assignments);
    free(dispatch->deaths);
    free(dispatch->has_ended);
    free(dispatch->cancelled);
    free(dispatch->rungs);
    until_close(&dispatch->until);
    screening_close(&dispatch->screening);
    order_destroy(&dispatch->order);
    *dispatch = (dispatch_t){0};
}

/* By the user's wish, said now or before: no job script is to start it again by itself. */
static void stop_for_good(dispatch_t *dispatch, const char *text) {
    if (dispatch->stop_status == STATUS_OK) cancel_mark(dispatch->session->run_dir);
    dispatch_stop(dispatch, STATUS_INCOMPLETE, text);
}

/* The user's time is up for good, the batch system's until the next job. */
static void stop_for_time(dispatch_t *dispatch, const char *why) {
    char text[128];
    snprintf(text, sizeof text, "stopped because %s", why);
    if (dispatch->deadline.is_budget)
        stop_for_good(dispatch, "stopped because the time of --max-hours is used up");
    else
        dispatch_stop(dispatch, STATUS_REQUEUE, text);
}

/* The first that will end in time; if there is none, the first that is worth beginning. */
static int take(dispatch_t *dispatch, schedule_entry_t *entry) {
    double now = dispatch->clock();
    double affordable = deadline_affordable(&dispatch->deadline, now);
    if (affordable == INFINITY) return schedule_take(&dispatch->schedule, entry);
    if (!dispatch->order.count && schedule_take_within(&dispatch->schedule, affordable, entry))
        return 1;
    if (!schedule_take(&dispatch->schedule, entry)) return 0;
    if (deadline_is_worth_beginning(&dispatch->deadline, now, entry->flops)) return 1;
    schedule_put(&dispatch->schedule, entry);
    if (dispatch->progress.running == 0)
        stop_for_time(dispatch, "no trial would get far in the time that is left");
    return 0;
}

/* It may have ended late, elsewhere. */
static int is_wanted(const dispatch_t *dispatch, size_t trial) {
    const screening_t *screening = &dispatch->screening;
    return screening_is_on(screening) ? !screening->is_known[trial]
                                      : dispatch->session->states[trial] == TRIAL_PENDING;
}

int dispatch_next(dispatch_t *dispatch, int rank, size_t *trial) {
    schedule_entry_t entry;
    do {
        if (dispatch->stop_status != STATUS_OK || until_is_met(&dispatch->until)) return 0;
        if (!take(dispatch, &entry)) return 0;
    } while (!is_wanted(dispatch, entry.trial));
    *trial = entry.trial;
    dispatch->assignments[rank] =
        (assignment_t){.is_running = 1,
                       .is_noted = screening_is_on(&dispatch->screening), /* no attempt yet */
                       .trial = entry.trial,
                       .since = dispatch->clock()};
    dispatch->progress.running++;
    return 1;
}

static const char *id_of(const dispatch_t *dispatch, size_t trial) {
    return plan_trial(dispatch->session->plan, trial)->id;
}

static void note_end(dispatch_t *dispatch, size_t trial, trial_state_t state) {
    dispatch_change_state(dispatch, trial, state);
    dispatch->progress.ended++;
    dispatch->progress.cost_ended += pace_expected(&dispatch->pace, trial);
    dispatch->has_ended[trial] = 1;
    ladders_note(dispatch, trial);
}

static void learn(dispatch_t *dispatch, const attempt_t *attempt) {
    deadline_calibrate(&dispatch->deadline, flops_of(dispatch, attempt->trial), attempt->seconds);
    pace_learn(&dispatch->pace, attempt->trial, attempt->seconds);
    if (dispatch->pace.all.count >= dispatch->weigh_next) weigh(dispatch);
}

/* Many failures mean that something else is wrong. */
static void note_failure(dispatch_t *dispatch, const attempt_t *attempt) {
    char text[96];
    int max = dispatch->session->options->max_fails;
    teller_break(&dispatch->teller);
    log_warning("trial %s failed: %s", id_of(dispatch, attempt->trial), attempt->text);
    if (++dispatch->fails != max) return;
    snprintf(text, sizeof text, "stopped because %d trials FAILED (--max-fails)", max);
    stop_for_good(dispatch, text);
}

static void skip(dispatch_t *dispatch, size_t trial) {
    attempt_t attempt = attempt_write_skipped(dispatch->session, trial, "cancelled");
    witness_end(dispatch, 0, &attempt);
    if (attempt.state == TRIAL_PENDING) {
        dispatch_stop(dispatch, attempt.status, attempt.text);
        return;
    }
    until_note(&dispatch->until, &attempt);
    note_end(dispatch, trial, attempt.state);
}

static void note_attempt(dispatch_t *dispatch, const attempt_t *attempt) {
    if (attempt->state == TRIAL_PENDING && attempt->status == STATUS_INCOMPLETE &&
        dispatch->cancelled[attempt->trial]) {
        skip(dispatch, attempt->trial);
        return;
    }
    if (attempt->state == TRIAL_PENDING) {
        dispatch_put(dispatch, attempt->trial);
        dispatch_stop(dispatch, attempt->status, attempt->text);
        return;
    }
    until_note(&dispatch->until, attempt);
    note_end(dispatch, attempt->trial, attempt->state);
    if (attempt->state == TRIAL_COMPLETED) learn(dispatch, attempt);
    if (attempt->state == TRIAL_FAILED) note_failure(dispatch, attempt);
}

static int free_rank(dispatch_t *dispatch, int rank) {
    assignment_t *assignment = &dispatch->assignments[rank];
    if (!assignment->is_running) return 0;
    assignment->is_running = 0;
    dispatch->progress.running--;
    return 1;
}

void dispatch_report(dispatch_t *dispatch, int rank, const attempt_t *attempt) {
    int is_its_own = free_rank(dispatch, rank);
    if (attempt->is_screening) {
        screening_note(dispatch, attempt->trial, attempt->score);
        return;
    }
    witness_end(dispatch, rank, attempt);
    if (dispatch->session->states[attempt->trial] != TRIAL_PENDING) return;
    if (is_its_own || attempt->state != TRIAL_PENDING) note_attempt(dispatch, attempt);
}

/* A rank may die between writing its file and telling so. */
static trial_state_t state_on_disk(const dispatch_t *dispatch, size_t trial) {
    char name[TRIAL_STATE_MAX];
    const session_t *session = dispatch->session;
    if (store_check_trial(session->run_dir, plan_trial(session->plan, trial), name) != STATUS_OK)
        return TRIAL_PENDING;
    trial_state_t state = trial_state_find(name);
    return state < TRIAL_STATES ? state : TRIAL_PENDING;
}

static void give_up(dispatch_t *dispatch, size_t trial) {
    char why[128];
    snprintf(why, sizeof why, "%u ranks died while they ran it; out of memory, or a crash?",
             dispatch->deaths[trial]);
    attempt_t attempt = attempt_write_failed(dispatch->session, trial, why);
    witness_end(dispatch, 0, &attempt);
    note_attempt(dispatch, &attempt);
}

void dispatch_bury(dispatch_t *dispatch, int rank, const process_t *process, const char *how,
                   int is_blamed) {
    size_t trial = dispatch->assignments[rank].trial;
    teller_break(&dispatch->teller);
    if (!free_rank(dispatch, rank)) {
        log_warning("rank %d (process %ld on %s) %s; it had no trial in hand", rank, process->pid,
                    process->host, how);
        return;
    }
    log_warning("rank %d (process %ld on %s) %s while it ran trial %s", rank, process->pid,
                process->host, how, id_of(dispatch, trial));
    witness_loss(dispatch, rank, how, is_blamed);
    trial_state_t state = state_on_disk(dispatch, trial);
    if (state != TRIAL_PENDING && !screening_is_on(&dispatch->screening)) {
        until_note_file(&dispatch->until, trial, state);
        note_end(dispatch, trial, state);
        return;
    }
    if (is_blamed) {
        dispatch->deaths[trial]++;
        run_dir_add_death(dispatch->session->run_dir, plan_trial(dispatch->session->plan, trial),
                          process);
    }
    if (dispatch->deaths[trial] < DISPATCH_DEATHS_MAX) {
        dispatch_put(dispatch, trial);
        return;
    }
    if (dispatch->session->states[trial] == TRIAL_PENDING) give_up(dispatch, trial);
    screening_give_up(dispatch, trial);
}

void dispatch_stop(dispatch_t *dispatch, status_t status, const char *text) {
    if (dispatch->stop_status != STATUS_OK) return;
    dispatch->stop_status = status;
    snprintf(dispatch->stop_text, sizeof dispatch->stop_text, "%s", text);
}

static void write_live(dispatch_t *dispatch) {
    live_t live = {
        .updated = clock_unix(), .workers = dispatch->workers, .progress = dispatch->progress};
    live.running = calloc((size_t)dispatch->ranks, sizeof *live.running);
    for (int rank = 0; live.running && rank < dispatch->ranks; rank++) {
        const assignment_t *assignment = &dispatch->assignments[rank];
        if (!assignment->is_running) continue;
        live_trial_t *trial = &live.running[live.running_count++];
        strcpy(trial->id, id_of(dispatch, assignment->trial));
        trial->rank = rank;
        trial->seconds = dispatch->clock() - assignment->since;
    }
    live_write(dispatch->session->run_dir, &live);
    live_clear(&live);
}

/* A warning asks to be run again, unless it only says what the clock says better. */
static void hear(dispatch_t *dispatch, double now) {
    char text[96];
    int number = stop_requested();
    if (!number && dispatch->board) number = atomic_load(&dispatch->board->stop);
    int is_warning = stop_is_warning(number);
    if (number && !(is_warning && deadline_explains_warning(&dispatch->deadline, now))) {
        snprintf(text, sizeof text, "stopped by signal %d (%s)", number, strsignal(number));
        dispatch_stop(dispatch, is_warning ? STATUS_REQUEUE : STATUS_INCOMPLETE, text);
    }
    if (deadline_is_here(&dispatch->deadline, now))
        stop_for_time(dispatch, "the job's time is running out");
}

static int is_running(const dispatch_t *dispatch, size_t trial) {
    for (int rank = 0; rank < dispatch->ranks; rank++)
        if (dispatch->assignments[rank].is_running && dispatch->assignments[rank].trial == trial)
            return 1;
    return 0;
}

/* Of `koopsweep cancel`: a trial that waits is SKIPPED at once, one that runs when its rank has
 * dropped it. */
static void take_wish(void *context, const char *wish) {
    dispatch_t *dispatch = context;
    if (strcmp(wish, "sweep") == 0) {
        stop_for_good(dispatch, "stopped by koopsweep cancel");
        return;
    }
    const trial_t *trial = plan_find(dispatch->session->plan, wish);
    if (!trial || dispatch->session->states[trial->index] != TRIAL_PENDING) return;
    dispatch->cancelled[trial->index] = 1;
    if (!is_running(dispatch, trial->index)) skip(dispatch, trial->index);
}

int dispatch_is_cancelled(const dispatch_t *dispatch, int rank) {
    const assignment_t *assignment = &dispatch->assignments[rank];
    return assignment->is_running && dispatch->cancelled[assignment->trial];
}

void dispatch_beat(dispatch_t *dispatch) {
    double now = dispatch->clock();
    hear(dispatch, now);
    dispatch->progress.seconds = now - dispatch->started;
    teller_tell(&dispatch->teller, &dispatch->progress);
    if (now - dispatch->live_written < LIVE_SECONDS) return;
    dispatch->live_written = now;
    cancel_take(dispatch->session->run_dir, take_wish, dispatch);
    write_live(dispatch);
    witness_begun(dispatch);
    journal_flush(dispatch->journal);
}

int dispatch_is_over(const dispatch_t *dispatch) {
    int is_stopping = dispatch->stop_status != STATUS_OK;
    if (is_stopping && deadline_is_past(&dispatch->deadline, dispatch->clock())) return 1;
    if (dispatch->progress.running) return 0;
    return is_stopping || dispatch->until.is_met || dispatch->schedule.count == 0;
}

/* The target of the user is reached: what is left is not wanted. */
static status_t judge_enough(const dispatch_t *dispatch) {
    size_t failed = session_count(dispatch->session, TRIAL_FAILED);
    return failed ? STATUS_FAILED : STATUS_OK;
}

status_t dispatch_verdict(const dispatch_t *dispatch) {
    status_t verdict = session_verdict(dispatch->session);
    if (verdict != STATUS_INCOMPLETE) return verdict;
    if (dispatch->stop_status == STATUS_OK)
        return dispatch->until.is_met ? judge_enough(dispatch) : verdict;
    return status_fail(dispatch->stop_status, "%s", dispatch->stop_text);
}
