/* ranks.h: a profile by several MPI ranks: rank 0 runs the network and hands transitions out, each
 * to a group of ranks (group.h) that is free.
 *
 *   groups of one    layers over ranks: the same bits on any number of ranks
 *   groups of P      layers over groups, each layer over the P ranks of one by ScaLAPACK (grid/):
 *                    for widths that one rank cannot hold; a projection, which has few modes, is
 *                    measured by the first of them alone
 *   one of all       rank 0 measures, too
 */
#ifndef RANKS_RANKS_H
#define RANKS_RANKS_H

#include "profile/profile.h"

typedef struct ranks ranks_t;

/* Starts MPI and forms groups of per_layer ranks; patience: seconds that a call of ScaLAPACK may
 * take, 0 = by its size. Collective. STATUS_SPEC, on all: groups do not come out even. */
status_t ranks_open(int per_layer, double patience, ranks_t **ranks);
/* NULL is fine; collective, after ranks_dismiss and ranks_serve */
void ranks_close(ranks_t **ranks);

int ranks_rank(const ranks_t *ranks);
int ranks_count(const ranks_t *ranks);

/* How many ranks `count` that measure, per_layer of them together, need with rank 0. */
int ranks_needed(int count, int per_layer);

/* On ranks 1 ..: measures what rank 0 hands out, until it dismisses. */
status_t ranks_serve(ranks_t *ranks);
void ranks_dismiss(ranks_t *ranks);

/* On rank 0: the measurer of one profile of states [samples, width]. STATUS_SPEC: states too large
 * for one message. */
status_t ranks_measurer(ranks_t *ranks, const profile_options_t *options, int width,
                        int64_t samples, measurer_t *measurer);

#endif
