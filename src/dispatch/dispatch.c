#include "dispatch/dispatch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "plan/search.h"
#include "rundir/cancel.h"
#include "rundir/live.h"
#include "rundir/run_dir.h"
#include "store/store.h"

static const char *id_of(const dispatch_t *dispatch, size_t trial) {
    return plan_trial(dispatch->session->plan, trial)->id;
}

static int is_pending(const dispatch_t *dispatch, size_t trial) {
    return dispatch->session->states[trial] == TRIAL_PENDING;
}

/* Waiting --------------------------------------------------------------------------------------
 */

static double flops_of(const dispatch_t *dispatch, size_t trial) {
    const trial_cost_t *cost = &costs_of(&dispatch->session->costs, trial)->cost;
    return screening_is_on(&dispatch->screening) ? cost->screening_flops : cost->flops;
}

/* A sweep that goes by an order is a sample of its trials at any moment, which it would not be if
 * the long ones went first. */
static double priority_of(const void *context, size_t trial) {
    const dispatch_t *dispatch = context;
    if (dispatch->order.count) return -(double)dispatch->order.turn[trial];
    return schedule_priority(pace_expected(&dispatch->pace, trial), dispatch->deaths[trial]);
}

/* Once: a trial that was handed out to be measured may wait to be run already, when the rank that
 * holds it is lost. */
static void put(dispatch_t *dispatch, size_t trial) {
    const schedule_entry_t entry = {trial, priority_of(dispatch, trial), flops_of(dispatch, trial)};
    if (dispatch->is_waiting[trial]) return;
    dispatch->is_waiting[trial] = 1;
    schedule_put(&dispatch->schedule, &entry);
}

static int take(dispatch_t *dispatch, schedule_entry_t *entry, double flops) {
    schedule_t *schedule = &dispatch->schedule;
    int is_taken = flops == INFINITY ? schedule_take(schedule, entry)
                                     : schedule_take_within(schedule, flops, entry);
    if (is_taken) dispatch->is_waiting[entry->trial] = 0;
    return is_taken;
}

/* With the paces known by now: what has ended, what is left, the order of what waits. Whenever
 * twice as many are known, so it costs little. */
static void weigh(dispatch_t *dispatch) {
    progress_t *progress = &dispatch->ledger.progress;
    dispatch->weigh_next = 2 * dispatch->pace.all.count + 1;
    progress->cost_ended = progress->cost_left = 0;
    for (size_t i = 0; i < progress->total; i++) {
        double expected = pace_expected(&dispatch->pace, i);
        if (dispatch->ledger.has_ended[i]) progress->cost_ended += expected;
        if (is_pending(dispatch, i)) progress->cost_left += expected;
    }
    schedule_rank(&dispatch->schedule, priority_of, dispatch);
}

/* Stopping -------------------------------------------------------------------------------------
 */

void dispatch_stop(dispatch_t *dispatch, status_t status, const char *text) {
    ending_stop(&dispatch->ending, status, text);
}

int dispatch_is_stopping(const dispatch_t *dispatch) { return ending_has_come(&dispatch->ending); }

/* A disk that does not take what was found out ends the sweep: it could not be resumed from it. */
static void stop_if_failed(dispatch_t *dispatch, status_t status) {
    if (status != STATUS_OK) dispatch_stop(dispatch, status, status_message());
}

/* A trial's end, and what follows from it -------------------------------------------------------
 */

/* For others that have to know the state: the launching process reads it off the board should it
 * have to tell the sweep's end, and the packer may touch the file from now on. */
static void tell_state(dispatch_t *dispatch, size_t trial) {
    const session_t *session = dispatch->session;
    packer_note(dispatch->packer, plan_trial(session->plan, trial));
    if (dispatch->board)
        atomic_store(&dispatch->board->states[trial], (unsigned char)session->states[trial]);
}

static void leave_out(dispatch_t *dispatch, size_t trial) {
    attempt_t attempt = attempt_write_skipped(dispatch->session, trial, LADDERS_REASON);
    double expected = pace_expected(&dispatch->pace, trial);
    if (attempt.state == TRIAL_PENDING)
        dispatch_stop(dispatch, attempt.status, attempt.text);
    else if (ledger_leave_out(&dispatch->ledger, trial, attempt.state, expected))
        tell_state(dispatch, trial);
}

static void carry_out(dispatch_t *dispatch, wishes_t *wishes) {
    for (size_t i = 0; i < wishes->count; i++) {
        if (wishes->at[i].kind == WISH_LEAVE_OUT) leave_out(dispatch, wishes->at[i].trial);
        if (wishes->at[i].kind == WISH_PUT) put(dispatch, wishes->at[i].trial);
    }
    wishes_clear(wishes);
}

/* The one way in which a trial ends here. 0: it had ended before. */
static int end(dispatch_t *dispatch, size_t trial, trial_state_t state) {
    wishes_t wishes = {0};
    double expected = pace_expected(&dispatch->pace, trial);
    if (!ledger_end(&dispatch->ledger, trial, state, expected)) return 0;
    tell_state(dispatch, trial);
    ladders_note(&dispatch->ladders, dispatch->session->states, trial, &wishes);
    carry_out(dispatch, &wishes);
    return 1;
}

static void learn(dispatch_t *dispatch, const attempt_t *attempt) {
    deadline_calibrate(&dispatch->ending.deadline, flops_of(dispatch, attempt->trial),
                       attempt->seconds);
    pace_learn(&dispatch->pace, attempt->trial, attempt->seconds);
    if (dispatch->pace.all.count >= dispatch->weigh_next) weigh(dispatch);
}

/* Many failures mean that something else is wrong than the trials. */
static void note_failure(dispatch_t *dispatch, const attempt_t *attempt) {
    char text[96];
    int max = dispatch->session->options->max_fails;
    teller_break(&dispatch->teller);
    log_warning("trial %s failed: %s", id_of(dispatch, attempt->trial), attempt->text);
    if (++dispatch->fails != max) return;
    snprintf(text, sizeof text, "stopped because %d trials FAILED (--max-fails)", max);
    ending_stop_for_good(&dispatch->ending, text);
}

static void note_end(dispatch_t *dispatch, const attempt_t *attempt) {
    if (!end(dispatch, attempt->trial, attempt->state)) return;
    until_note(&dispatch->until, attempt);
    if (attempt->state == TRIAL_COMPLETED) learn(dispatch, attempt);
    if (attempt->state == TRIAL_FAILED) note_failure(dispatch, attempt);
}

/* The trial ends here and not with a rank. A disk that does not take even that ends the sweep. */
static void end_unrun(dispatch_t *dispatch, const attempt_t *attempt) {
    witness_end(&dispatch->witness, 0, NULL, attempt, 0);
    if (attempt->state == TRIAL_PENDING)
        dispatch_stop(dispatch, attempt->status, attempt->text);
    else
        note_end(dispatch, attempt);
}

static void skip(dispatch_t *dispatch, size_t trial) {
    attempt_t attempt = attempt_write_skipped(dispatch->session, trial, "cancelled");
    end_unrun(dispatch, &attempt);
}

static void give_up(dispatch_t *dispatch, size_t trial) {
    char why[128];
    snprintf(why, sizeof why, "%u ranks died while they ran it; out of memory, or a crash?",
             dispatch->deaths[trial]);
    attempt_t attempt = attempt_write_failed(dispatch->session, trial, why);
    end_unrun(dispatch, &attempt);
}

/* Opening and closing --------------------------------------------------------------------------
 */

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

/* All that is to be run, in the order that is known by now. What waits may have been put in to be
 * measured, for a rank taken for dead that did so all the same: it has another place now. */
static status_t begin_trials(dispatch_t *dispatch) {
    size_t count = plan_count(dispatch->session->plan);
    TRY(screening_order(&dispatch->screening, &dispatch->order));
    TRY(until_open(dispatch->session, &dispatch->order, &dispatch->until));
    dispatch->schedule.count = 0;
    memset(dispatch->is_waiting, 0, count);
    for (size_t i = 0; i < count; i++)
        if (is_pending(dispatch, i)) put(dispatch, i);
    return STATUS_OK;
}

static void count_screened(dispatch_t *dispatch) {
    progress_t *progress = &dispatch->ledger.progress;
    progress->to_screen = progress->total;
    progress->screened = progress->total - dispatch->screening.left;
}

static status_t begin_screening(dispatch_t *dispatch) {
    wishes_t wishes = {0};
    status_t status = screening_open(dispatch->session, &dispatch->screening, &wishes);
    carry_out(dispatch, &wishes);
    if (status != STATUS_OK) return status;
    if (!screening_is_on(&dispatch->screening)) return begin_trials(dispatch);
    count_screened(dispatch);
    return STATUS_OK;
}

static status_t begin_search(dispatch_t *dispatch) {
    wishes_t wishes = {0};
    const session_t *session = dispatch->session;
    dispatch->ledger.progress.at_most = search_trials(session->plan);
    status_t status = ladders_open(session->plan, session->states, &dispatch->ladders, &wishes);
    carry_out(dispatch, &wishes);
    return status;
}

static status_t take_memory(dispatch_t *dispatch, int ranks) {
    const session_t *session = dispatch->session;
    size_t count = plan_count(session->plan);
    TRY(ledger_open(session->states, count, ranks, &dispatch->ledger));
    TRY(schedule_create(count, &dispatch->schedule));
    TRY(pace_create(&session->costs, &dispatch->pace));
    dispatch->is_waiting = calloc(count, sizeof *dispatch->is_waiting);
    dispatch->deaths = calloc(count, sizeof *dispatch->deaths);
    dispatch->cancelled = calloc(count, sizeof *dispatch->cancelled);
    CHECK(dispatch->is_waiting && dispatch->deaths && dispatch->cancelled, STATUS_ENVIRONMENT,
          "out of memory for %zu trials", count);
    return STATUS_OK;
}

status_t dispatch_open(session_t *session, board_t *board, int ranks, int workers,
                       dispatch_t *dispatch) {
    *dispatch = (dispatch_t){
        .session = session, .board = board, .workers = workers, .clock = session->options->clock};
    if (!dispatch->clock) dispatch->clock = clock_seconds;
    dispatch->started = dispatch->clock();
    dispatch->ending =
        (ending_t){.run_dir = session->run_dir,
                   .deadline = deadline_create(dispatch->started, session->options->max_seconds)};
    dispatch->teller = (teller_t){.is_quiet = session->options->is_quiet,
                                  .columns = board ? board->terminal_columns : teller_columns()};
    TRY(take_memory(dispatch, ranks));
    run_dir_count_deaths(session->run_dir, session->plan, dispatch->deaths);
    learn_from_files(dispatch);
    TRY(search_ladders(session->plan) ? begin_search(dispatch) : begin_screening(dispatch));
    weigh(dispatch);
    dispatch->teller.told_done = progress_done(&dispatch->ledger.progress);
    return STATUS_OK;
}

void dispatch_attach(dispatch_t *dispatch, packer_t *packer, journal_t *journal,
                     const process_t *processes) {
    dispatch->packer = packer;
    dispatch->witness = (witness_t){journal, processes, dispatch->session->plan, dispatch->clock};
    witness_open(&dispatch->witness, dispatch->workers);
}

void dispatch_close(dispatch_t *dispatch) {
    witness_left_behind(&dispatch->witness, &dispatch->ledger);
    if (dispatch->live_written > 0) live_remove(dispatch->session->run_dir);
    ledger_close(&dispatch->ledger);
    schedule_destroy(&dispatch->schedule);
    pace_destroy(&dispatch->pace);
    free(dispatch->is_waiting);
    free(dispatch->deaths);
    free(dispatch->cancelled);
    ladders_close(&dispatch->ladders);
    until_close(&dispatch->until);
    screening_close(&dispatch->screening);
    order_destroy(&dispatch->order);
    *dispatch = (dispatch_t){0};
}

/* Handing out ----------------------------------------------------------------------------------
 */

/* The first that will end in time; if there is none, the first that is worth beginning. By an
 * order, the next one and no other: to prefer those that fit would be a choice by length. */
static int choose(dispatch_t *dispatch, schedule_entry_t *entry) {
    double now = dispatch->clock();
    double affordable = deadline_affordable(&dispatch->ending.deadline, now);
    if (affordable == INFINITY) return take(dispatch, entry, INFINITY);
    if (!dispatch->order.count && take(dispatch, entry, affordable)) return 1;
    if (!take(dispatch, entry, INFINITY)) return 0;
    if (deadline_is_worth_beginning(&dispatch->ending.deadline, now, entry->flops)) return 1;
    put(dispatch, entry->trial);
    if (dispatch->ledger.progress.running == 0)
        ending_stop_for_time(&dispatch->ending, "no trial would get far in the time that is left");
    return 0;
}

/* What waits again because its rank was taken for dead may have ended since, by that rank. */
static int is_wanted(const dispatch_t *dispatch, size_t trial) {
    const screening_t *screening = &dispatch->screening;
    return screening_is_on(screening) ? !screening_knows(screening, trial)
                                      : is_pending(dispatch, trial);
}

int dispatch_next(dispatch_t *dispatch, int rank, size_t *trial) {
    schedule_entry_t entry;
    int is_screening = screening_is_on(&dispatch->screening);
    do {
        if (dispatch_is_stopping(dispatch) || until_is_met(&dispatch->until)) return 0;
        if (!choose(dispatch, &entry)) return 0;
    } while (!is_wanted(dispatch, entry.trial));
    *trial = entry.trial;
    const assignment_t assignment = {.trial = entry.trial,
                                     .since = dispatch->clock(),
                                     .is_screening = is_screening,
                                     .is_noted = is_screening};
    ledger_hand(&dispatch->ledger, rank, &assignment);
    return 1;
}

int dispatch_is_screening(const dispatch_t *dispatch, int rank) {
    return dispatch->ledger.assignments[rank].is_screening;
}

/* Reports --------------------------------------------------------------------------------------
 */

/* After an answer. */
static void go_on_screening(dispatch_t *dispatch, size_t trial, status_t status) {
    if (status != STATUS_OK) put(dispatch, trial);
    count_screened(dispatch);
    if (status == STATUS_OK && !screening_is_on(&dispatch->screening))
        status = begin_trials(dispatch);
    stop_if_failed(dispatch, status);
}

static void note_score(dispatch_t *dispatch, size_t trial, double score) {
    if (screening_knows(&dispatch->screening, trial)) return;
    go_on_screening(dispatch, trial, screening_note(&dispatch->screening, trial, score));
}

static void give_up_screening(dispatch_t *dispatch, size_t trial) {
    wishes_t wishes = {0};
    if (screening_knows(&dispatch->screening, trial)) return;
    status_t status = screening_give_up(&dispatch->screening, trial, &wishes);
    carry_out(dispatch, &wishes);
    go_on_screening(dispatch, trial, status);
}

/* Whatever stopped one attempt (a request, a full disk, a lost run directory) would stop the next
 * one too, so the sweep stops; but for a trial that the user has cancelled. */
static void note_unfinished(dispatch_t *dispatch, const attempt_t *attempt) {
    if (attempt->status == STATUS_INCOMPLETE && dispatch->cancelled[attempt->trial]) {
        skip(dispatch, attempt->trial);
        return;
    }
    put(dispatch, attempt->trial);
    dispatch_stop(dispatch, attempt->status, attempt->text);
}

/* A rank that was taken for dead and stopped says nothing new: its trial waits or runs already. */
void dispatch_report(dispatch_t *dispatch, int rank, const attempt_t *attempt) {
    assignment_t held = ledger_free(&dispatch->ledger, rank);
    if (attempt->is_screening && attempt->status != STATUS_OK) { /* asked again next time */
        dispatch_stop(dispatch, attempt->status, attempt->text);
        return;
    }
    if (attempt->is_screening) {
        note_score(dispatch, attempt->trial, attempt->score);
        return;
    }
    int is_late = !is_pending(dispatch, attempt->trial);
    witness_end(&dispatch->witness, rank, &held, attempt, is_late);
    if (is_late) return;
    if (attempt->state != TRIAL_PENDING)
        note_end(dispatch, attempt);
    else if (held.is_running)
        note_unfinished(dispatch, attempt);
}

/* Lost ranks -----------------------------------------------------------------------------------
 */

/* A rank may die between writing its file and telling so. A file that says FAILED may be the one
 * that --retry-failed runs again: it ends nothing. */
static trial_state_t state_on_disk(const dispatch_t *dispatch, size_t trial) {
    char name[TRIAL_STATE_MAX];
    const session_t *session = dispatch->session;
    if (store_check_trial(session->run_dir, plan_trial(session->plan, trial), name) != STATUS_OK)
        return TRIAL_PENDING;
    trial_state_t state = trial_state_find(name);
    return state < TRIAL_STATES && state != TRIAL_FAILED ? state : TRIAL_PENDING;
}

/* Has somebody else answered what the lost rank was asked? */
static int is_answered(dispatch_t *dispatch, const assignment_t *held) {
    if (held->is_screening) return screening_knows(&dispatch->screening, held->trial);
    if (!is_pending(dispatch, held->trial)) return 1;
    trial_state_t state = state_on_disk(dispatch, held->trial);
    if (state == TRIAL_PENDING || !end(dispatch, held->trial, state)) return 0;
    until_note_file(&dispatch->until, held->trial, state);
    return 1;
}

/* On file, since a trial is not retried for ever across resumes either. */
static void count_death(dispatch_t *dispatch, size_t trial, const process_t *process) {
    const session_t *session = dispatch->session;
    dispatch->deaths[trial]++;
    run_dir_add_death(session->run_dir, plan_trial(session->plan, trial), process);
}

void dispatch_bury(dispatch_t *dispatch, int rank, const process_t *process, const char *how,
                   int is_blamed) {
    assignment_t held = ledger_free(&dispatch->ledger, rank);
    teller_break(&dispatch->teller);
    if (!held.is_running) {
        log_warning("rank %d (process %ld on %s) %s; it had no trial in hand", rank, process->pid,
                    process->host, how);
        return;
    }
    log_warning("rank %d (process %ld on %s) %s while it ran trial %s", rank, process->pid,
                process->host, how, id_of(dispatch, held.trial));
    witness_loss(&dispatch->witness, rank, &held, how, is_blamed);
    if (is_answered(dispatch, &held)) return;
    if (is_blamed) count_death(dispatch, held.trial, process);
    if (dispatch->deaths[held.trial] < DISPATCH_DEATHS_MAX) {
        put(dispatch, held.trial);
        return;
    }
    if (is_pending(dispatch, held.trial)) give_up(dispatch, held.trial);
    if (held.is_screening) give_up_screening(dispatch, held.trial);
}

/* Now and then ---------------------------------------------------------------------------------
 */

/* Of `koopsweep cancel`: a trial that waits is SKIPPED at once, one that runs when its rank has
 * dropped it. */
static void take_wish(void *context, const char *wish) {
    dispatch_t *dispatch = context;
    if (strcmp(wish, "sweep") == 0) {
        ending_stop_for_good(&dispatch->ending, "stopped by koopsweep cancel");
        return;
    }
    const trial_t *trial = plan_find(dispatch->session->plan, wish);
    if (!trial || !is_pending(dispatch, trial->index)) return;
    dispatch->cancelled[trial->index] = 1;
    if (!ledger_is_held(&dispatch->ledger, trial->index)) skip(dispatch, trial->index);
}

int dispatch_is_cancelled(const dispatch_t *dispatch, int rank) {
    const assignment_t *assignment = &dispatch->ledger.assignments[rank];
    return assignment->is_running && dispatch->cancelled[assignment->trial];
}

void dispatch_beat(dispatch_t *dispatch) {
    double now = dispatch->clock();
    ending_look(&dispatch->ending, dispatch->board, now);
    dispatch->ledger.progress.seconds = now - dispatch->started;
    teller_tell(&dispatch->teller, &dispatch->ledger.progress);
    if (now - dispatch->live_written < LIVE_SECONDS) return;
    dispatch->live_written = now;
    cancel_take(dispatch->session->run_dir, take_wish, dispatch);
    witness_write_live(dispatch->session, &dispatch->ledger, dispatch->workers, now);
    witness_begun(&dispatch->witness, &dispatch->ledger);
    journal_flush(dispatch->witness.journal);
}

int dispatch_is_over(const dispatch_t *dispatch) {
    int is_stopping = dispatch_is_stopping(dispatch);
    if (is_stopping && deadline_is_past(&dispatch->ending.deadline, dispatch->clock())) return 1;
    if (dispatch->ledger.progress.running) return 0;
    return is_stopping || dispatch->until.is_met || dispatch->schedule.count == 0;
}

/* The target of the user is reached: what is left is not wanted. */
static status_t judge_enough(const dispatch_t *dispatch) {
    size_t failed = session_count(dispatch->session, TRIAL_FAILED);
    return failed ? STATUS_FAILED : STATUS_OK;
}

status_t dispatch_verdict(dispatch_t *dispatch) {
    teller_break(&dispatch->teller);
    status_t verdict = session_verdict(dispatch->session);
    if (verdict != STATUS_INCOMPLETE) return verdict;
    if (!dispatch_is_stopping(dispatch))
        return dispatch->until.is_met ? judge_enough(dispatch) : verdict;
    return status_fail(dispatch->ending.status, "%s", dispatch->ending.text);
}
