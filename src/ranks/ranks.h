/* ranks.h: a profile by several MPI ranks: rank 0 runs the network and hands transitions out.
 *
 *   layers over ranks   each transition goes to a rank that is free, which measures it alone: the
 *                       same bits on any number of ranks
 *   ranks per layer     all ranks measure one transition together, by ScaLAPACK (grid/), for widths
 *                       that one rank cannot hold: what eigenvalues alone tell, no projection
 */
#ifndef RANKS_RANKS_H
#define RANKS_RANKS_H

#include "profile/profile.h"

typedef struct ranks ranks_t;

/* Starts MPI. Collective. */
status_t ranks_open(ranks_t **ranks);
void ranks_close(
    ranks_t **ranks); /* NULL is fine; collective, after ranks_dismiss and ranks_serve */

int ranks_rank(const ranks_t *ranks);
int ranks_count(const ranks_t *ranks);

/* On ranks 1 ..: measures what rank 0 hands out, until it dismisses. */
status_t ranks_serve(ranks_t *ranks);
void ranks_dismiss(ranks_t *ranks);

/* On rank 0: the measurer of one profile of states [samples, width]. STATUS_SPEC: a projection, or
 * eigenvectors, of a transition that is measured together; states too large for one message. */
status_t ranks_measurer(ranks_t *ranks, int together, const profile_options_t *options, int width,
                        int64_t samples, measurer_t *measurer);

#endif
