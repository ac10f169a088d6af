/* store.h: result files. The only folder that knows HDF5; docs/store-format.md shows the layout.
 *
 *   RUN/spec.yaml            the sweep file as given          RUN/spec.expanded.yaml  with defaults
 *   RUN/trials/ab/ID.h5      one immutable file per finished trial (hdf5_schemas/trial.def)
 *   RUN/segments/N.segment   many of them packed into one (segment.h), byte for byte
 *   RUN/withdrawn            results that do not count any more (archive.h)
 *   RUN/sweep.h5             the index, one row per trial; derived, can always be rebuilt
 *   RUN/lock                 host, pid and heartbeat of the master
 *
 * A file is built in memory, written under a temporary name, fsynced, renamed, and its directory
 * fsynced: it is either absent or complete. Nothing is rewritten in place. A seal in front of every
 * file holds a checksum over all its bytes; inside, chunks carry Fletcher32 and metadata HDF5's
 * own checksums. Nothing here is collective: any process may read, each trial has one writer, and
 * what is said to be for the master is for whoever holds RUN/lock. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <limits.h>

#include "base/frame.h"
#include "base/record.h"
#include "plan/plan.h"

/* One row of hdf5_schemas: what a data set is called, holds, means. */
typedef struct schema_row {
    const char *path; /* "rksp/rho"                                             */
    record_type_t type;
    const char *shape;  /* "[probe,layer]"; "" = scalar; the names are of dimensions.def */
    const char *unit;   /* "nats", "s", "1"                                       */
    const char *writer; /* source folder that puts it in                          */
    const char *doc;
} schema_row_t;
extern const schema_row_t trial_schema[]; /* NULL-path-terminated, from hdf5_schemas/trial.def */

/* Makes the run directory's folders when missing and removes what dead writers left half written.
 * Master only. */
status_t store_open(const char *run_dir);

/* Lets a plan use the ids under which an older program left results in the run directory (plan.h).
 * Before anything is looked up there; nothing happens, and nothing is read, where a plan's trials
 * never had other ids. */
status_t store_adopt(const char *run_dir, plan_t *plan);

/* Writes one trial's file, over an older one of that trial. `state` is the name of a trial state.
 * An item that is not as the schema says is STATUS_BUG; a full or read-only disk
 * STATUS_ENVIRONMENT, with nothing left behind. */
status_t store_write_trial(const char *run_dir, const trial_t *trial, const char *state,
                           const record_t *record);

/* Is the trial's result there, and every byte of it as it was written? Sets `state` to the state it
 * records, "PENDING" when there is none. A damaged file is moved aside to ID.h5.damaged with a
 * warning and counts as none, so that the trial is run again; one in a segment stays where it is,
 * its successor goes before it. Reads the file once and does not decode it. Master only. */
status_t store_check_trial(const char *run_dir, const trial_t *trial, char state[TRIAL_STATE_MAX]);

/* What a master that resumes asks: store_check_trial for every trial of the plan; calls
 * take(context, trial, state) for each. Master only. */
typedef status_t store_state_taker_t(void *context, const trial_t *trial, const char *state);
status_t store_survey(const char *run_dir, const plan_t *plan, store_state_taker_t *take,
                      void *context);

/* Packs finished trials' files into segments, so that a large sweep leaves few files. At any moment
 * every result is on disk in at least one place: a segment is complete and flushed before the files
 * it holds are deleted. Damaged files stay. Master only, and of trials that nobody writes.
 *
 * store_pack takes those of the `count` ids that have files of their own; store_pack_all all of
 * them, if there are more than `keep`, and removes empty folders. */
status_t store_pack(const char *run_dir, char (*ids)[TRIAL_ID_LENGTH + 1], size_t count);
status_t store_pack_all(const char *run_dir, size_t keep);

/* Results of these trials do not count any more: they are run again. Trials without one are left
 * alone, and those whose file is damaged, which count for nothing as they are. Master only, while
 * no sweep runs. */
status_t store_withdraw(const char *run_dir, const trial_t *const *trials, size_t count);

/* Where a trial's result lies, for people: "RUN/trials/3f/3f9c02d1a47e.h5". STATUS_INCOMPLETE when
 * there is none. */
status_t store_locate_trial(const char *run_dir, const trial_t *trial, char where[PATH_MAX]);

/* Whether trials have results by now: for a writer that asks before each write whether another one
 * was first. It keeps in mind what the lists of the segments say, and later reads those that came
 * since; they are read at the first question (one open() for 256 packed trials), so one that looks
 * on while a sweep runs does not see what is withdrawn in the meantime. One thread. */
typedef struct store_lookout store_lookout_t;
status_t store_lookout_create(const char *run_dir, store_lookout_t **lookout);
void store_lookout_destroy(store_lookout_t **lookout); /* NULL inside is fine */

/* The state of the trial's result as the seal of its file or the list of its segment has it,
 * "PENDING" when there is none. Of a file of its own seal and length are looked at, of one in a
 * segment nothing: store_read_trial tells whether it is whole. */
status_t store_peek_trial(store_lookout_t *lookout, const trial_t *trial,
                          char state[TRIAL_STATE_MAX]);

/* Reads one trial's result back, every byte checked. None is STATUS_INCOMPLETE, a damaged one
 * STATUS_CORRUPT; then `record` stays empty. The caller clears it. */
status_t store_read_trial(const char *run_dir, const trial_t *trial, char state[TRIAL_STATE_MAX],
                          record_t *record);

/* The same for many, and of their items those of `paths` (NULL-terminated; NULL: all): calls
 * take(context, trial, record) for each of trials[0..count) that has a result, in their order. One
 * that cannot be read is warned of and left out. Looks into the run's folders once, not once a
 * trial. */
typedef void store_record_taker_t(void *context, const trial_t *trial, const record_t *record);
status_t store_read_trials(const char *run_dir, const trial_t *const *trials, size_t count,
                           const char *const *paths, store_record_taker_t *take, void *context);

/* All trials of a plan as a table, in the order of the plan: columns id, replica, state, arm, pair,
 * one per config key (numbers or text), one per scalar of the schema (NaN or "" where a trial has
 * none). Trials without a file, or whose file is damaged (a warning names it), have state
 * "PENDING". Uses the rows of sweep.h5 that are current and reads the other trials' files; a
 * damaged index costs time and a warning, never a wrong row. The caller clears the frame. */
status_t store_load(const char *run_dir, const plan_t *plan, frame_t *frame);

/* The same with the column state and the scalars of the schema that are named (NULL-terminated)
 * alone: a million trials with all their options are gigabytes. */
status_t store_load_columns(const char *run_dir, const plan_t *plan, const char *const *columns,
                            frame_t *frame);

/* Fills in the column order/inclusion of the table of all trials (hdf5_schemas/sweep.def), which
 * the trials' files do not tell. STATUS_INCOMPLETE: nobody can say yet. */
typedef status_t store_weigher_t(const char *run_dir, const plan_t *plan, frame_t *trials);

/* Rewrites sweep.h5 from its current rows and the newer trial files; `weigh` NULL: nobody knows.
 * Master only. */
status_t store_write_index(const char *run_dir, const plan_t *plan, store_weigher_t *weigh);

/* Reads every file whole, checks it against seal, schema and plan, and prints one line per problem
 * and a summary on stdout. Results that the plan does not have are checked against that of the
 * `count` earlier[] plans, the oldest first, which has them. STATUS_CORRUPT when a file is damaged,
 * foreign, or known to the index but gone; STATUS_INCOMPLETE when trials merely were not run yet.
 */
status_t store_verify(const char *run_dir, const plan_t *plan, plan_t *const *earlier,
                      size_t count);

/* Are the trials of two runs bit for bit equal in every data set and attribute, but for clocks,
 * machine, program version and what they are called? Prints each difference: trial, path, first
 * index, both values. STATUS_CORRUPT when there is one or a trial is in one run only. The trials
 * are those of run_a, by `plan`; run_b has them by `plan_b`, perhaps under other ids (plan_own_id).
 */
status_t store_compare(const char *run_a, const char *run_b, const plan_t *plan,
                       const plan_t *plan_b);

/* Writes a run into one plain HDF5 file: in its root the table of sweep.h5, under their own paths
 * the arrays of all trials, one behind the other (ragged.h). Sets `merged` to the number of trials
 * that have a result. A damaged one is STATUS_CORRUPT, an existing file STATUS_SPEC; nothing is
 * left behind then. */
status_t store_merge(const char *run_dir, const plan_t *plan, store_weigher_t *weigh,
                     const char *path, size_t *merged);

/* Of the library, "1.10.8". Static. */
const char *store_hdf5_version(void);

/* Prints what the files hold, from hdf5_schemas/, as the Markdown tables of docs/store-format.md.
 */
void store_print_schema(void);

/* A profile of a trained network, a file of its own with a seal like the others'. Writes over an
 * older one; an item that is not as hdf5_schemas/profile.def says is STATUS_BUG. */
extern const schema_row_t profile_schema[]; /* NULL-path-terminated */
status_t store_write_profile(const char *path, const record_t *record);

/* Reads it back, every byte and every item checked. None is STATUS_INCOMPLETE, a damaged one, or a
 * file of another kind, STATUS_CORRUPT; then `record` is empty. The caller clears it. */
status_t store_read_profile(const char *path, record_t *record);

#endif
