/* journal.h: what happened in every attempt at every trial, for people: RUN/journal.
 *
 * A line per event, only ever added to, by the master alone:
 *
 *     TIME ID EVENT RANK HOST SECONDS FIRST LAST STEPS TEXT
 *
 * Lines are gathered in memory and written together, every two seconds or so, without fsync: a
 * sweep of short trials pays nothing, and who is killed loses the last lines, never a result. An
 * attempt that ended since the last writing has no line for its beginning: SECONDS tells when that
 * was. Lines that a full disk does not take wait for room; one torn by a crash is passed over, and
 * cut off before the next is added (base/lines.h). */
#ifndef RUNDIR_JOURNAL_H
#define RUNDIR_JOURNAL_H

#include <stdint.h>

#include "plan/plan.h"

/* ID of the lines that every master begins with: what came before has ended, noted or not. */
#define JOURNAL_SWEEP "sweep"

/* EVENT: the name of the state that the trial ended in, or one of these. */
#define JOURNAL_BEGUN     "begun"   /* handed out                                              */
#define JOURNAL_STOPPED   "stopped" /* before its end; TEXT: why                                */
#define JOURNAL_DIED      "died"    /* the rank's process is gone                              */
#define JOURNAL_SILENT    "silent"  /* no heartbeat of the rank any more                       */
#define JOURNAL_MACHINE   "machine" /* nor of any other rank of its machine                    */
#define JOURNAL_TEAM      "team"    /* another rank of its team was lost, in one of these ways   */
#define JOURNAL_LATE      "late"    /* ended, but another rank had been first                  */
#define JOURNAL_LEFT      "left"    /* the sweep ended without waiting for it                  */
#define JOURNAL_WITHDRAWN "withdrawn" /* by `koopsweep retry`: what it had ended in is void */

enum { JOURNAL_TEXT_MAX = 400 };

typedef struct journal_entry {
    double time; /* seconds since 1970                                            */
    char id[TRIAL_ID_LENGTH + 1];
    char event[16];
    int rank; /* -1: none, it was a command */
    char host[64];
    double seconds;              /* since the trial was handed out                            */
    int64_t first, last, steps;  /* optimizer steps: went on from, came to, of; 0, 0, 0 = unknown */
    char text[JOURNAL_TEXT_MAX]; /* one line; "" = nothing more to say                        */
} journal_entry_t;

typedef struct journal journal_t;

/* Goes on with the run's journal. NULL, with a warning, when that cannot be: nothing is lost but
 * the account. Master only. */
journal_t *journal_open(const char *run_dir);

/* Adds a line; NULL is fine. It is on file after the next journal_flush or journal_close. */
void journal_note(journal_t *journal, const journal_entry_t *entry);
void journal_flush(journal_t *journal);  /* NULL is fine */
void journal_close(journal_t **journal); /* NULL inside is fine */

/* Calls visit(context, entry) for every line about trial `id` or the sweep (NULL: for every line),
 * in the order in which they were written. No journal, no calls. */
typedef void journal_visit_t(void *context, const journal_entry_t *entry);
void journal_read(const char *run_dir, const char *id, journal_visit_t *visit, void *context);

#endif
