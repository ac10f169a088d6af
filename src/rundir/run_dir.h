/* run_dir.h: the run directory as such: is it this sweep's, its copies of the spec, its dead.
 *
 *   RUN/spec.yaml           the sweep file as given
 *   RUN/spec.expanded.yaml  with all defaults; written last: with it the directory is a run's
 *   RUN/deaths              one line per rank that died with a trial in hand: ID HOST PID, and
 *                           "ID *" where those before are forgiven
 *   RUN/journal             what happened in every attempt (journal.h) */
#ifndef RUNDIR_RUN_DIR_H
#define RUNDIR_RUN_DIR_H

#include "base/process.h"
#include "plan/plan.h"

/* 1 when no sweep has ever begun there, whether the directory exists or not. */
int run_dir_is_new(const char *run_dir);

/* May the sweep of that spec live there? Missing and empty directories may be used; one of another
 * spec is refused with the lines that differ, one with foreign files too: STATUS_SPEC. Options that
 * keep results (spec/field.h) may differ, and those that came after the directory was made have
 * their defaults there. */
status_t run_dir_check(const char *run_dir, const spec_t *spec);

/* Writes both copies of the spec where they are missing: text[length] as given, and expanded.
 * Holder of the lock only. */
status_t run_dir_keep_spec(const char *run_dir, const char *text, size_t length,
                           const char *expanded);

/* Notes that `rank` died working on `trial`; that this is forgiven; reads how often each trial saw
 * it since: counts [plan_count] are added to. A trial is not retried for ever, across resumes
 * either. Master only.
 */
void run_dir_add_death(const char *run_dir, const trial_t *trial, const process_t *rank);
void run_dir_forgive_deaths(const char *run_dir, const trial_t *trial);
void run_dir_count_deaths(const char *run_dir, const plan_t *plan, unsigned *counts);

#endif
