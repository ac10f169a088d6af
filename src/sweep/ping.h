/* ping.h: does MPI start ranks here, and do they reach each other? For `koopsweep doctor --mpi`. */
#ifndef SWEEP_PING_H
#define SWEEP_PING_H

#include "base/status.h"

typedef struct ping {
    int rank, size;
    char hosts[2][64];       /* of ranks 0 and 1; known to rank 0                     */
    double seconds;          /* of one small message, one way; median                 */
    double bytes_per_second; /* of large ones                                         */
} ping_t;

/* Collective: starts MPI, sends messages between the first two ranks, ends MPI. STATUS_ENVIRONMENT:
 * there are not two. */
status_t ping_ranks(ping_t *ping);

/* Starts two ranks of `koopsweep doctor --mpi` and passes on what they print. STATUS_ENVIRONMENT,
 * with what the launcher said and what to do, when that does not work. */
status_t ping_launch(void);

#endif
