/* team.h: ranks that work on one trial together (resources.ranks_per_trial, train/shares.h).
 *
 * Ranks 1 .. k are the first team, the next k the second, and so on; ranks left over stay idle.
 * When there are fewer than k workers, each is a team of its own and computes all shares. The
 * first rank of a team leads: the master knows it alone as a worker, and it passes each order on to
 * the others, which run the same trial and keep no record of it.
 *
 * A team lives and dies together. A rank that is lost in the middle of a sum leaves the others
 * waiting, and this MPI can neither tell them nor end their wait. On one machine they see its
 * process gone; elsewhere the master misses its heartbeat and sends MESSAGE_LEAVE, which a rank
 * looks for while it waits, as it does for the heartbeat of the master. Either way they leave, and
 * the master hands the trial to another team.
 *
 * A sum goes slice by slice: each rank receives its slice of all others, adds them up in the order
 * of ranks, and sends the sum to all: every rank sends and receives 2 (k - 1) / k vectors. Point to
 * point, on a communicator of its own, so it never meets the post's messages. */
#ifndef SWEEP_TEAM_H
#define SWEEP_TEAM_H

#include "sweep/message.h"

enum { TEAM_MAX = 256 }; /* ranks */

typedef struct team {
    trial_team_t trial; /* what the trainer sees; its context is this struct        */
    MPI_Comm comm;      /* owned                                                    */
    post_t *post;       /* borrowed: who the others are, for looking after them     */
    int size, leader;   /* number of ranks; world rank of the first                 */
    flt *room;          /* owned: slices received, (size - 1) of them               */
    size_t room_max;    /* its length                                               */
} team_t;

/* Collective over all ranks of the post, right after post_open: before anybody knows the sweep. */
status_t team_open(post_t *post, team_t *team);
void team_close(team_t *team);

/* Ranks of each team among `workers` ranks when a trial asks for so many: that many, or 1. */
int team_size(int workers, int ranks_per_trial);

/* World rank of the leader of `rank`'s team, its own when it leads; 0 when it is left over. */
int team_leader(int workers, int size, int rank);

/* Ends this process: without its team it can finish nothing, and MPI cannot be told so. */
_Noreturn void team_leave(const team_t *team, const char *why);

/* Now the sweep is known. Not collective. Teams of one have trial.sum NULL. */
void team_form(team_t *team, int ranks_per_trial);

#endif
