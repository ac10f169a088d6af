/* launch.h: starts mpirun and watches over it.
 *
 * mpirun becomes a child, not this process's successor: so Ctrl-C reaches the sweep instead of
 * killing its ranks, the run directory stays locked from the first look to the last, and the exit
 * code is the sweep's and not mpirun's. Nothing survives this process: should it be killed, the
 * kernel kills mpirun, and with it the ranks. */
#ifndef SWEEP_LAUNCH_H
#define SWEEP_LAUNCH_H

#include "dispatch/board.h"

/* 1 when mpirun or srun started this process as one of its ranks. */
int launch_is_rank(void);

/* Cores this process may use (its affinity): the default number of workers. */
int launch_usable_cores(void);

/* Warns when so many workers cannot compute at once on the cores of this process. */
void launch_warn_of_crowd(int workers);

/* Starts `mpirun -n workers+1` of the command line `argv` and waits for its end. Passes SIGINT,
 * SIGTERM, SIGHUP, SIGUSR1 and SIGUSR2 on to the master as a request to stop; SIGINT or SIGTERM a
 * second time kills. Returns the master's verdict with its sentence; when there is none because
 * rank 0 died, STATUS_INCOMPLETE, and STATUS_ENVIRONMENT when it was never there or could not be,
 * as under a limit on the size of files that leaves mpirun no shared memory. */
status_t launch_ranks(int workers, char **argv, board_t *board, const char *board_name);

/* Becomes `mpirun -n ranks` of the command line: for work that ends when a rank dies, and whose
 * exit code is rank 0's. Returns only where it cannot: STATUS_ENVIRONMENT. */
status_t launch_instead(int ranks, char **argv);

/* In a rank: the name of the launching process's board; NULL below somebody else's mpirun. From
 * then on a launched rank dies with its mpirun. */
const char *launch_find_board(void);

/* In a rank, at its end: the code to exit with. Below a job script that named a file for it
 * (KOOPSWEEP_VERDICT) the verdict is written there by rank 0, and all exit with 0: a mpirun that
 * was told to outlive dead ranks passes on no code, and waits for ever after any but 0. */
status_t launch_pass_on(status_t verdict, int rank);

/* In a rank: tells the launching process that this one knows all others and can take care of their
 * deaths. Until all have, it ends the job itself when one dies: MPI_Init would hang. */
void launch_announce(const char *board_name);

#endif
