#include "dispatch/witness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "rundir/live.h"

static journal_entry_t begin_entry(const witness_t *witness, int rank, size_t trial,
                                   const char *event) {
    journal_entry_t entry = {.time = clock_unix(), .rank = rank};
    snprintf(entry.id, sizeof entry.id, "%s", plan_trial(witness->plan, trial)->id);
    snprintf(entry.event, sizeof entry.event, "%s", event);
    snprintf(entry.host, sizeof entry.host, "%s", witness->processes[rank].host);
    return entry;
}

static void note_held(const witness_t *witness, int rank, const assignment_t *held,
                      const char *event) {
    journal_entry_t entry = begin_entry(witness, rank, held->trial, event);
    entry.seconds = witness->clock() - held->since;
    journal_note(witness->journal, &entry);
}

/* SECONDS are those since the hand-out, as long as the rank was not handed another trial since. */
void witness_end(const witness_t *witness, int rank, const assignment_t *held,
                 const attempt_t *attempt, int is_late) {
    if (!witness->journal) return;
    const char *event = is_late                           ? JOURNAL_LATE
                        : attempt->state == TRIAL_PENDING ? JOURNAL_STOPPED
                                                          : trial_state_name(attempt->state);
    journal_entry_t entry = begin_entry(witness, rank, attempt->trial, event);
    if (held && held->since > 0 && held->trial == attempt->trial)
        entry.seconds = witness->clock() - held->since;
    entry.first = attempt->first_step;
    entry.last = attempt->last_step;
    entry.steps = attempt->steps;
    snprintf(entry.text, sizeof entry.text, "%.*s", JOURNAL_TEXT_MAX - 1, attempt->text);
    journal_note(witness->journal, &entry);
}

void witness_loss(const witness_t *witness, int rank, const assignment_t *held, const char *how,
                  int is_blamed) {
    const char *event = strcmp(how, RANK_LET_GO) == 0 ? JOURNAL_TEAM
                        : !is_blamed                  ? JOURNAL_MACHINE
                        : strcmp(how, RANK_DIED) == 0 ? JOURNAL_DIED
                                                      : JOURNAL_SILENT;
    if (witness->journal) note_held(witness, rank, held, event);
}

void witness_begun(const witness_t *witness, ledger_t *ledger) {
    for (int rank = 0; witness->journal && rank < ledger->ranks; rank++) {
        assignment_t *held = &ledger->assignments[rank];
        if (!held->is_running || held->is_noted) continue;
        note_held(witness, rank, held, JOURNAL_BEGUN);
        held->is_noted = 1;
    }
}

void witness_left_behind(const witness_t *witness, const ledger_t *ledger) {
    for (int rank = 0; witness->journal && rank < ledger->ranks; rank++)
        if (ledger->assignments[rank].is_running)
            note_held(witness, rank, &ledger->assignments[rank], JOURNAL_LEFT);
}

void witness_open(const witness_t *witness, int workers) {
    journal_entry_t start = {.id = JOURNAL_SWEEP, .event = JOURNAL_BEGUN, .time = clock_unix()};
    const char *job = getenv("SLURM_JOB_ID"), *restarts = getenv("SLURM_RESTART_COUNT");
    snprintf(start.host, sizeof start.host, "%s", witness->processes[0].host);
    snprintf(start.text, sizeof start.text, "%d workers%s%.32s%s%.16s", workers,
             job ? ", job " : "", job ? job : "", restarts ? ", restart " : "",
             restarts ? restarts : "");
    journal_note(witness->journal, &start);
}

void witness_write_live(const session_t *session, const ledger_t *ledger, int workers, double now) {
    live_t live = {.updated = clock_unix(), .workers = workers, .progress = ledger->progress};
    live.running = calloc((size_t)ledger->ranks, sizeof *live.running);
    for (int rank = 0; live.running && rank < ledger->ranks; rank++) {
        const assignment_t *held = &ledger->assignments[rank];
        if (!held->is_running) continue;
        live_trial_t *trial = &live.running[live.running_count++];
        strcpy(trial->id, plan_trial(session->plan, held->trial)->id);
        trial->rank = rank;
        trial->seconds = now - held->since;
    }
    live_write(session->run_dir, &live);
    live_clear(&live);
}
