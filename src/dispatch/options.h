/* options.h: what a sweep is asked to do, as the command line says it. */
#ifndef DISPATCH_OPTIONS_H
#define DISPATCH_OPTIONS_H

#include "plan/plan.h"
#include "policy/anytime.h"
#include "train/train.h"

typedef struct sweep_options {
    const char *spec_path;   /* the sweep file                                          */
    const char *spec_text;   /* what it says, when it was read before: a pipe is read once; else
                                NULL, and spec_path is read */
    size_t spec_length;      /* of the text                                             */
    const char *run_dir;     /* where results go; NULL = "runs/NAME"                    */
    int workers;             /* trials at once when not under MPI yet; 0 = usable cores */
    int is_quiet;            /* warnings and errors only                                */
    int retry_failed;        /* run FAILED trials again                                 */
    int extend;              /* the spec may be another than the run directory's (extend.h) */
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
    const char
        *mpi; /* the MPI that is linked, for results; sweep_run fills it in, NULL = not told */
} sweep_options_t;

#endif
