/* sweep.h: hands trials to ranks. The only folder that knows MPI.
 *
 * Three ways to run, chosen by sweep_run:
 *   alone      one worker wanted, or one rank under MPI: the process works the trials itself;
 *   launched   N workers wanted and no MPI yet: this process takes the run directory, starts
 *              `mpirun -n N+1` of its own command line, and tells how it ended;
 *   joined     under MPI (mpirun, srun) with at least two ranks.
 * Under MPI rank 0 is the master, which hands out trials and sleeps in between, and all others are
 * workers: N workers compute at once, the master takes no core of its own.
 *
 * A trial ends exactly once, as a file of the store: written by the worker, then reported. Whatever
 * dies, a run of the same command resumes with the trials that have no file yet.
 *
 * The folder:
 *   session             spec, plan, states; holds the run directory: run_dir, lock, process, cancel
 *   dispatch            what waits, what runs, what has ended; its parts:
 *     schedule, pace, turns        which trial is next: the longest, or by an order
 *     screening, ladders           measured before the first is run; asked for as results come
 *     deadline, stop, until        when to stop
 *     witness, journal, packer     what is kept of attempts; files into segments
 *     live, progress               what others and people see meanwhile
 *   alone, attempt      who works by itself; one trial from hand-out to file
 *   master, worker      who hands out, who computes, over message; alive by pulse (ticker)
 *   team                ranks that work on one trial together
 *   launch, board       mpirun, and what the launching process shares with rank 0 */
#ifndef SWEEP_SWEEP_H
#define SWEEP_SWEEP_H

#include "plan/plan.h"
#include "policy/anytime.h"
#include "train/train.h"

typedef struct sweep_options {
    const char *spec_path;   /* the sweep file                                          */
    const char *run_dir;     /* where results go; NULL = "runs/NAME"                    */
    int workers;             /* trials at once when not under MPI yet; 0 = usable cores */
    int is_quiet;            /* warnings and errors only                                */
    int retry_failed;        /* run FAILED trials again                                 */
    double max_seconds;      /* stop after so many, wall clock; 0 = never               */
    int max_fails;           /* stop when so many trials FAILED in this run; 0 = never  */
    anytime_t until;         /* stop when so much is known (until.h)                    */
    const char *until_score; /* of this score, an item below summary/                   */
    double checkpoint_every; /* seconds between checkpoints of a running trial, 0 = none */
    double silence;          /* seconds without a heartbeat after which a rank is dead   */
    /* Injected, so that tests can sweep without training, and simulate. */
    status_t (*run)(const trial_t *, const trial_setting_t *, record_t *, trial_state_t *);
    trial_estimator_t *estimate;
    trial_screener_t *screen;
    /* As trials_inspect; NULL: there is nothing to look at. */
    status_t (*inspect)(const plan_t *, const trial_state_t *states, char *const *data);
    /* Has this process what such a trial needs, a GPU say? Asked before anything starts; NULL: yes.
     */
    status_t (*check)(const config_t *config);
    double (*clock)(void); /* of who hands out; NULL = clock_seconds */
    const field_set_t *const *field_sets;
} sweep_options_t;

/* Runs or resumes a sweep. Collective over MPI_COMM_WORLD when under MPI, which it starts and ends.
 * `argv` is the program's own command line, started again by mpirun when workers are launched.
 *
 * The same status on every rank: STATUS_OK all trials have a result, or `until` is reached;
 * STATUS_FAILED likewise but some FAILED; STATUS_INCOMPLETE stopped, out of budget or lost ranks,
 * resumable; STATUS_REQUEUE stopped by a batch system's warning or end of time, to be run again at
 * once; STATUS_SPEC bad spec or one that is not the run directory's, nothing started; STATUS_BUSY
 * another master holds the run directory; STATUS_ENVIRONMENT full disk, no mpirun, ... (resumable).
 * The sentence is told once: elsewhere status_message() is empty. Ranks below a launching process
 * return STATUS_OK: that process passes the verdict on. (Under a mpirun of the user's own the exit
 * code is mpirun's: the first non-zero one of the ranks, or 1 when mpirun itself was interrupted.)
 */
status_t sweep_run(const sweep_options_t *options, int argc, char **argv);

#endif
