/* sweep.h: hands trials to ranks. The only folder that knows MPI. */
#ifndef SWEEP_SWEEP_H
#define SWEEP_SWEEP_H

#include "plan/plan.h"
#include "train/train.h"

typedef struct sweep_options {
    const char *spec_path; /* the sweep file                                          */
    const char *run_dir;   /* where results go; NULL = "runs/NAME"                    */
    int ranks;             /* processes to start when not under MPI yet; 0 = cores    */
    /* Injected, so that tests can sweep without training. */
    status_t (*run)(const trial_t *, trial_watch_t *, void *, record_t *, trial_state_t *);
    status_t (*estimate)(const config_t *, trial_cost_t *);
    const field_set_t *const *field_sets;
} sweep_options_t;

/* Runs or resumes a sweep. Collective over MPI_COMM_WORLD: starts MPI, and mpirun itself when
 * needed (then does not return). The same status on every rank. */
status_t sweep_run(const sweep_options_t *options, int argc, char **argv);

#endif
