/* earlier.h: the sweeps that a run directory held before its present one, and what changes when it
 * is extended by another spec.
 *
 *   RUN/history/000001.yaml            the first spec as it was given
 *   RUN/history/000001.expanded.yaml   with all defaults; written last: with it the entry is whole
 *
 * Trials of an earlier sweep that the present one does not have keep their results: they are no
 * part of any table, and come back with a spec that has them. */
#ifndef RUNDIR_EARLIER_H
#define RUNDIR_EARLIER_H

#include "plan/plan.h"

typedef struct earlier {
    spec_t **specs; /* owned [count], the oldest first */
    plan_t **plans; /* owned [count]                   */
    size_t count;
} earlier_t;

/* Reads and plans them all; none: count 0. What cannot be read is STATUS_SPEC. The caller clears it
 * in any case. */
status_t earlier_load(const char *run_dir, const field_set_t *const *sets, earlier_t *earlier);
void earlier_clear(earlier_t *earlier); /* {0} is fine; leaves {0} */

/* Adds the present spec to them, unless it is the last of them already: a process that was killed
 * after this step does it once. Holder only. */
status_t earlier_keep(const char *run_dir);

/* 1 when the last of them is the present spec: to take its place was begun, and not ended. */
int earlier_is_begun(const char *run_dir);

/* Puts the last of them back as the present spec and forgets it, when nothing came of its
 * successor. Holder only. */
status_t earlier_restore(const char *run_dir);

/* How the trials of one plan are found in another one. */
typedef struct growth {
    size_t before, after; /* trials of the two           */
    size_t kept;          /* those that are in both      */
} growth_t;

/* STATUS_SPEC when results of trials in both would not be the same: of a gated arm, whose base was
 * another (an id does not tell), or when there is none in both: another sweep. */
status_t growth_between(const plan_t *before, const plan_t *after, growth_t *growth);

#endif
