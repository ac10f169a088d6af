#include "dispatch/witness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* How far the attempt came, where that is known. */
static void note(const dispatch_t *dispatch, int rank, size_t trial, const char *event,
                 const attempt_t *attempt) {
    const assignment_t *held = &dispatch->assignments[rank];
    journal_entry_t entry = {.time = clock_unix(), .rank = rank};
    if (!dispatch->journal) return;
    if (held->trial == trial && held->since > 0) entry.seconds = dispatch->clock() - held->since;
    snprintf(entry.id, sizeof entry.id, "%s", plan_trial(dispatch->session->plan, trial)->id);
    snprintf(entry.event, sizeof entry.event, "%s", event);
    snprintf(entry.host, sizeof entry.host, "%s", dispatch->processes[rank].host);
    if (attempt) {
        entry.first = attempt->first_step;
        entry.last = attempt->last_step;
        entry.steps = attempt->steps;
        snprintf(entry.text, sizeof entry.text, "%.*s", JOURNAL_TEXT_MAX - 1, attempt->text);
    }
    journal_note(dispatch->journal, &entry);
}

void witness_end(const dispatch_t *dispatch, int rank, const attempt_t *attempt) {
    int is_late = dispatch->session->states[attempt->trial] != TRIAL_PENDING;
    const char *event = is_late                           ? JOURNAL_LATE
                        : attempt->state == TRIAL_PENDING ? JOURNAL_STOPPED
                                                          : trial_state_name(attempt->state);
    note(dispatch, rank, attempt->trial, event, attempt);
}

void witness_loss(const dispatch_t *dispatch, int rank, const char *how, int is_blamed) {
    const char *event = strcmp(how, DISPATCH_LET_GO) == 0 ? JOURNAL_TEAM
                        : !is_blamed                      ? JOURNAL_MACHINE
                        : strcmp(how, DISPATCH_DIED) == 0 ? JOURNAL_DIED
                                                          : JOURNAL_SILENT;
    note(dispatch, rank, dispatch->assignments[rank].trial, event, NULL);
}

void witness_begun(dispatch_t *dispatch) {
    for (int rank = 0; dispatch->journal && rank < dispatch->ranks; rank++) {
        assignment_t *held = &dispatch->assignments[rank];
        if (!held->is_running || held->is_noted) continue;
        note(dispatch, rank, held->trial, JOURNAL_BEGUN, NULL);
        held->is_noted = 1;
    }
}

void witness_left_behind(const dispatch_t *dispatch) {
    for (int rank = 0; dispatch->journal && rank < dispatch->ranks; rank++)
        if (dispatch->assignments[rank].is_running)
            note(dispatch, rank, dispatch->assignments[rank].trial, JOURNAL_LEFT, NULL);
}

void witness_open(dispatch_t *dispatch, journal_t *journal, const process_t *processes) {
    journal_entry_t start = {.id = JOURNAL_SWEEP, .event = JOURNAL_BEGUN, .time = clock_unix()};
    const char *job = getenv("SLURM_JOB_ID"), *restarts = getenv("SLURM_RESTART_COUNT");
    dispatch->journal = journal;
    dispatch->processes = processes;
    snprintf(start.host, sizeof start.host, "%s", processes[0].host);
    snprintf(start.text, sizeof start.text, "%d workers%s%.32s%s%.16s", dispatch->workers,
             job ? ", job " : "", job ? job : "", restarts ? ", restart " : "",
             restarts ? restarts : "");
    journal_note(journal, &start);
}
