/* master.h: rank 0 under MPI: hands out trials, sleeps in between, and looks after the workers.
 *
 * A rank is dead when its process is seen to be gone, which only works on the master's own machine,
 * or when it has been silent for post->silence_max: its trial is handed out again. A silent rank
 * that is heard again (its process or machine had been stopped) goes on as a worker: it is told to
 * drop its trial; should it have ended that, whichever result was written first counts.
 *
 * When a rank of a team (team.h) is lost, silent or dead, the others are told to leave at once:
 * they may be waiting for it, and could not be told anything later. */
#ifndef SWEEP_MASTER_H
#define SWEEP_MASTER_H

#include "dispatch/dispatch.h"
#include "kernel/host/isa.h"
#include "sweep/message.h"
#include "sweep/pulse.h"
#include "sweep/team.h"

typedef struct master {
    post_t *post;               /* borrowed                                             */
    pulse_t *pulse;             /* borrowed; may be NULL                                */
    dispatch_t *dispatch;       /* borrowed; NULL when there is nothing to hand out     */
    struct standing *standings; /* owned [ranks]: how the master stands with each worker */
    int *idle, idle_count;      /* owned [ranks]: those that wait for an order, and some that did */
    double dropped;             /* when it was last asked what was cancelled, clock_seconds */
    double looked;              /* clock_seconds of the last look for dead ranks        */
    int first_rank;             /* that said what it computes with; 0 = none has        */
    char first_isa[ISA_TEXT_MAX];
    int has_warned; /* that another computes with something else */
} master_t;

status_t master_open(post_t *post, pulse_t *pulse, master_t *master);
void master_close(master_t *master); /* {0} is fine */

/* Master only. Hands out until nothing is left or the sweep stops; then see dispatch_verdict. */
void master_lead(master_t *master, dispatch_t *dispatch);

/* Master only. Tells every worker how the sweep ended and sends it home. Returns 1 when all ranks
 * may end MPI together, 0 when one is dead and MPI_Finalize might hang. */
int master_dismiss(master_t *master, status_t verdict);

#endif
