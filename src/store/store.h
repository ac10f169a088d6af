/* store.h: result files. The only folder that knows HDF5.
 *
 *   RUN/spec.yaml            the sweep file as given          RUN/spec.expanded.yaml  with defaults
 *   RUN/trials/ab/ID.h5      one immutable file per finished trial (hdf5_schemas/trial.def)
 *   RUN/sweep.h5             the index, one row per trial; derived, can always be rebuilt
 *   RUN/lock                 host, pid and heartbeat of the master
 *
 * A trial file is written under a temporary name, fsynced, renamed, and its directory fsynced: it is
 * either absent or complete. Nothing is rewritten in place. All data sets carry Fletcher32. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/frame.h"
#include "base/record.h"
#include "plan/plan.h"

/* One row of hdf5_schemas: what a data set is called, holds, means. */
typedef struct schema_row {
    const char *path;   /* "rksp/rho"                                             */
    record_type_t type;
    const char *shape;  /* "[probe,layer]"; "" = scalar; the names are dimension scales */
    const char *unit;   /* "nats", "s", "1"                                       */
    const char *writer; /* source folder that puts it in                          */
    const char *doc;
} schema_row_t;
extern const schema_row_t trial_schema[]; /* NULL-path-terminated, from hdf5_schemas/trial.def */

/* Makes the run directory's folders when missing. */
status_t store_open(const char *run_dir);

/* Writes one trial's file. `state` is the name of a trial state. An item that is not in the schema
 * is STATUS_BUG; a full or read-only disk STATUS_ENVIRONMENT, with nothing left behind. */
status_t store_write_trial(const char *run_dir, const trial_t *trial, const char *state,
                           const record_t *record);

/* 1 when the trial's file exists. Existence is not integrity: see store_verify. */
int store_has_trial(const char *run_dir, const trial_t *trial);

/* Reads one trial's file back, every item checked against its checksum. */
status_t store_read_trial(const char *run_dir, const trial_t *trial, char state[24],
                          record_t *record);

/* All trials of a plan as a table: columns id, replica, state, one per config key (numbers or
 * text), one per scalar item of the record. Trials without a file have state "PENDING". Uses
 * sweep.h5 when it is current and reads only newer trial files. */
status_t store_load(const char *run_dir, const plan_t *plan, frame_t *frame);

/* Rewrites sweep.h5 (temporary name, rename) from the trial files. Master only. */
status_t store_write_index(const char *run_dir, const plan_t *plan);

/* Reads every file whole and reports on stdout; STATUS_CORRUPT when one is damaged or foreign. */
status_t store_verify(const char *run_dir, const plan_t *plan);

/* Equal in every data set and attribute but clocks and host? Prints the differences. */
status_t store_compare(const char *run_a, const char *run_b, const plan_t *plan);

#endif
