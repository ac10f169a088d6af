/* run_dir.h: the run directory as such: is it this sweep's, its copies of the spec, its dead.
 *
 *   RUN/spec.yaml           the sweep file as given
 *   RUN/spec.expanded.yaml  with all defaults; written last: with it the directory is a run's
 *   RUN/history/            the specs that it held before (earlier.h)
 *   RUN/deaths              one line per rank that died with a trial in hand: ID HOST PID, and
 *                           "ID *" where those before are forgiven
 *   RUN/journal             what happened in every attempt (journal.h) */
#ifndef RUNDIR_RUN_DIR_H
#define RUNDIR_RUN_DIR_H

#include "base/process.h"
#include "plan/plan.h"
#include "rundir/earlier.h"

/* 1 when no sweep has ever begun there, whether the directory exists or not. */
int run_dir_is_new(const char *run_dir);

/* May the sweep of that plan live there? Missing and empty directories may be used; one with
 * foreign files is refused, and one of another spec too, with the lines that differ: STATUS_SPEC.
 * Options that keep results (spec/field.h) may differ, and those that came after the directory was
 * made have their defaults there.
 *
 * With `may_extend` another spec is welcome that has trials of the kept one (growth_between), and
 * so is one by which a process that was killed has begun to extend the run. Then growth->before is
 * more than 0: run_dir_extend has to follow. */
status_t run_dir_check(const char *run_dir, const plan_t *plan, int may_extend, growth_t *growth);

/* Writes both copies of the spec where they are missing, or where an extension was begun and given
 * up: text[length] as given, and expanded. Holder of the lock only. */
status_t run_dir_keep_spec(const char *run_dir, const plan_t *plan, const char *text,
                           size_t length);

/* Puts the plan's spec in the place of the one that is there, which goes into RUN/history. Killed
 * at any moment, the directory is a run of the old or of the new spec, and the same command goes
 * on. Holder of the lock only. */
status_t run_dir_extend(const char *run_dir, const plan_t *plan, const char *text, size_t length);

/* Notes that `rank` died working on `trial`; that this is forgiven; reads how often each trial saw
 * it since: counts [plan_count] are added to. A trial is not retried for ever, across resumes
 * either. Master only.
 */
void run_dir_add_death(const char *run_dir, const trial_t *trial, const process_t *rank);
void run_dir_forgive_deaths(const char *run_dir, const trial_t *trial);
void run_dir_count_deaths(const char *run_dir, const plan_t *plan, unsigned *counts);

#endif
