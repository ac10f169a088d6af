#include "dispatch/ledger.h"

#include <assert.h>
#include <stdlib.h>

/* gcc says so when it builds with the sanitizers. */
#ifdef __SANITIZE_ADDRESS__
enum { IS_CAREFUL = 1 };
#else
enum { IS_CAREFUL = 0 };
#endif

/* Counting anew takes as long as there are trials; of a large sweep it is done now and then. */
enum { RECOUNTS = 256 };

static void recount(const ledger_t *ledger) {
    const progress_t *progress = &ledger->progress;
    size_t count[TRIAL_STATES] = {0}, ended = 0, running = 0;
    for (size_t i = 0; i < progress->total; i++) {
        count[ledger->states[i]]++;
        ended += ledger->has_ended[i];
        assert(!ledger->has_ended[i] || ledger->states[i] != TRIAL_PENDING);
    }
    for (int rank = 0; rank < ledger->ranks; rank++)
        running += (size_t)ledger->assignments[rank].is_running;
    for (int state = 0; state < TRIAL_STATES; state++)
        assert(count[state] == progress->count[state]);
    assert(ended == progress->ended && running == progress->running);
}

/* The equations of ledger.h. */
static void check(ledger_t *ledger) {
    const progress_t *progress = &ledger->progress;
    size_t sum = 0;
    for (int state = 0; state < TRIAL_STATES; state++) sum += progress->count[state];
    assert(sum == progress->total);
    if (IS_CAREFUL && ledger->changes++ % (progress->total / RECOUNTS + 1) == 0) recount(ledger);
}

status_t ledger_open(trial_state_t *states, size_t total, int ranks, ledger_t *ledger) {
    *ledger = (ledger_t){.states = states, .ranks = ranks, .progress.total = total};
    ledger->has_ended = calloc(total, sizeof *ledger->has_ended);
    ledger->assignments = calloc((size_t)ranks, sizeof *ledger->assignments);
    CHECK(ledger->has_ended && ledger->assignments, STATUS_ENVIRONMENT,
          "out of memory for %zu trials on %d ranks", total, ranks);
    for (size_t i = 0; i < total; i++) ledger->progress.count[states[i]]++;
    check(ledger);
    return STATUS_OK;
}

void ledger_close(ledger_t *ledger) {
    free(ledger->has_ended);
    free(ledger->assignments);
    *ledger = (ledger_t){0};
}

void ledger_hand(ledger_t *ledger, int rank, const assignment_t *assignment) {
    assert(!ledger->assignments[rank].is_running);
    ledger->assignments[rank] = *assignment;
    ledger->assignments[rank].is_running = 1;
    ledger->progress.running++;
    check(ledger);
}

assignment_t ledger_free(ledger_t *ledger, int rank) {
    assignment_t *assignment = &ledger->assignments[rank], held = *assignment;
    if (!held.is_running) return held;
    assignment->is_running = 0;
    ledger->progress.running--;
    check(ledger);
    return held;
}

int ledger_leave_out(ledger_t *ledger, size_t trial, trial_state_t state, double expected) {
    progress_t *progress = &ledger->progress;
    if (ledger->states[trial] != TRIAL_PENDING || state == TRIAL_PENDING) return 0;
    progress->count[TRIAL_PENDING]--;
    progress->count[state]++;
    progress->cost_left -= expected;
    ledger->states[trial] = state;
    check(ledger);
    return 1;
}

int ledger_end(ledger_t *ledger, size_t trial, trial_state_t state, double expected) {
    if (!ledger_leave_out(ledger, trial, state, expected)) return 0;
    ledger->has_ended[trial] = 1;
    ledger->progress.ended++;
    ledger->progress.cost_ended += expected;
    check(ledger);
    return 1;
}

int ledger_is_held(const ledger_t *ledger, size_t trial) {
    for (int rank = 0; rank < ledger->ranks; rank++)
        if (ledger->assignments[rank].is_running && ledger->assignments[rank].trial == trial)
            return 1;
    return 0;
}
