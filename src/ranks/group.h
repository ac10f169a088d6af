/* group.h: ranks that measure one transition together, by ScaLAPACK (grid/); one of them alone by
 * LAPACK, as a process without MPI does: a group of one, and a projection, whose operator is small.
 */
#ifndef RANKS_GROUP_H
#define RANKS_GROUP_H

#include "grid/scalapack.h"
#include "profile/profile.h"

/* What is to be measured; sent as bytes. */
typedef struct order {
    int is_last; /* 1: there is nothing more to do */
    int width, samples, rank, values_only;
} order_t;

typedef struct group {
    MPI_Comm comm; /* owned                                    */
    int size, rank;
    grid_t grid;                 /* of more than one           */
    order_t order;               /* that the workspace is for  */
    rksp_workspace_t *workspace; /* of the first, alone        */
} group_t;                       /* stays where it is; {0}: of no ranks */

/* Collective over comm, which is taken over. patience: grid_t's. */
void group_open(MPI_Comm comm, double patience, group_t *group);
void group_close(group_t *group);

/* On the first rank of the group: measures states [samples, width] into the row (profile_measure).
 * The others follow. */
status_t group_measure(group_t *group, const order_t *order, const flt *x, const flt *y,
                       profile_row_t *row, double *lambda, double *residual);

/* On the other ranks, takes part in what the first measures until it dismisses. */
void group_follow(group_t *group);
void group_dismiss(group_t *group);

#endif
