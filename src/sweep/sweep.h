/* sweep.h: hands trials to ranks.
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
 * The folder is MPI and nothing else; who is next and when it is enough is dispatch/, what lies in
 * the run directory rundir/:
 *   master, worker      who hands out, who computes, over message; alive by pulse
 *   handover            the sweep file, read once, for all ranks
 *   team                ranks that work on one trial together
 *   launch              mpirun, watched over */
#ifndef SWEEP_SWEEP_H
#define SWEEP_SWEEP_H

#include "dispatch/options.h"

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
