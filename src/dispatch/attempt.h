/* attempt.h: one try at one trial: run it, write its file, say how it went. */
#ifndef DISPATCH_ATTEMPT_H
#define DISPATCH_ATTEMPT_H

#include "dispatch/session.h"

enum { ATTEMPT_TEXT_MAX = 1024 };

/* Plain bytes: it travels in messages. */
typedef struct attempt {
    size_t trial;        /* index in the plan                                             */
    trial_state_t state; /* how the trial ended; TRIAL_PENDING: it did not, `status` says why */
    status_t status;     /* STATUS_OK when ended, also FAILED; else
                            INCOMPLETE: stopped, dropped; CORRUPT: its data are not there, or
                            changed under it; ENVIRONMENT: its file could not be written;
                            BUSY: the run directory has another master now                */
    double seconds;      /* wall clock, with earlier tries that it went on from           */
    int64_t first_step, last_step, steps; /* went on from, came to, of; all 0: took none  */
    double score;     /* the one that options->until_score names; NaN = it has none        */
    double inclusion; /* chance that its outcome is known (policy/policy.h)                */
    int is_screening; /* the trial is, or was, only measured at initialisation: `score` is
                         the one that the sweep's order goes by, and it has not ended      */
    char text[ATTEMPT_TEXT_MAX]; /* sentence of a FAILED trial or of `status`; else ""    */
} attempt_t;

/* Runs trial number `trial` of the session's plan. A trial that fails is written to the store as
 * FAILED with its message: it has ended and is not run again unasked. */
attempt_t attempt_trial(const session_t *session, size_t trial, trial_watch_t *watch,
                        void *context);

/* Measures the score that the sweep's order goes by; it stays pending. `status` is
 * STATUS_INCOMPLETE when the watch has stopped it before there was one. */
attempt_t attempt_screen(const session_t *session, size_t trial, trial_watch_t *watch,
                         void *context);

/* Runs it as one of a team that does not lead: the leader keeps the record. */
void attempt_help(const session_t *session, size_t trial, trial_watch_t *watch, void *context);

/* Takes score and inclusion out of a result. */
void attempt_set_score(const session_t *session, const record_t *record, attempt_t *attempt);

/* Writes the file of a trial that cannot be run, or is not to be (`why`), and reports it like
 * attempt_trial: as FAILED, as SKIPPED. */
attempt_t attempt_write_failed(const session_t *session, size_t trial, const char *why);
attempt_t attempt_write_skipped(const session_t *session, size_t trial, const char *why);

#endif
