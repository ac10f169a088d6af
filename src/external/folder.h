/* folder.h: the directory of one trial that runs outside (docs/external.md):
 *
 *   params.json        its parameters                  metrics.jsonl    what it says, step by step
 *   checkpoints/       its own states                  snapshots/       residual states, for RKSP
 *   stop               we ask it to end                decision.json    whether it is to train
 *   stdout, stderr     what it prints                  attempts/N       attempt N was begun; the
 *                                                                       seconds it has taken so far
 */
#ifndef EXTERNAL_FOLDER_H
#define EXTERNAL_FOLDER_H

#include <limits.h>

#include "plan/plan.h"

/* "DIR/NAME" into path. Borrowed. */
const char *folder_path(const char *dir, const char *name, char path[PATH_MAX]);

/* Makes the folder with what is in it, and params.json. */
status_t folder_create(const char *dir, const config_t *config);

/* Begins an attempt: nobody else has its number, and whoever began one before has lost the trial.
 * An attempt after the first is announced in metrics.jsonl by {"attempt": N}. */
status_t folder_begin_attempt(const char *dir, int *attempt);

/* 1 when somebody has begun a later one. */
int folder_is_lost(const char *dir, int attempt);

/* Notes how long an attempt has taken so far; what cannot be noted is lost. And what all attempts
 * before it have noted. */
void folder_note_seconds(const char *dir, int attempt, double seconds);
double folder_seconds_before(const char *dir, int attempt);

/* Asks the program to end (`reason`), or takes that back (NULL). */
status_t folder_ask_stop(const char *dir, const char *reason);

/* Empties a file that a flood has filled; its program goes on writing at its new end. */
void folder_limit(const char *dir, const char *name);

/* The last lines of a file as one, "a | b", into text[0..size). */
void folder_last_lines(const char *dir, const char *name, char *text, size_t size);

/* Gives it the name DIR.failed, in place of an older one of that name. */
status_t folder_set_aside(const char *dir);

/* Deletes it with all that is in it. */
void folder_remove(const char *dir);

#endif
