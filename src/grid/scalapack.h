/* scalapack.h: dense algebra (spectral/algebra.h) over a grid of MPI ranks.
 *
 * Matrices lie in square blocks, dealt out cyclically to a grid as square as the ranks allow. What
 * is known to go wrong in ScaLAPACK 2.2.1 is worked around in scalapack.c and what comes out of it
 * is checked; a call that does not return, or for which another rank is missing, ends the program
 * with a sentence after grid_patience seconds. */
#ifndef GRID_SCALAPACK_H
#define GRID_SCALAPACK_H

#include <mpi.h>

#include "spectral/algebra.h"

typedef struct grid {
    algebra_t algebra; /* its row                                                  */
    MPI_Comm comm;     /* borrowed                                                 */
    int context, rank, ranks;
    int rows, cols, my_row, my_col;
    double patience; /* seconds that a call may take; 0 = grid_patience of its order     */
} grid_t;            /* stays where it is: shares refer to its row */

/* Collective over comm. */
void grid_open(MPI_Comm comm, grid_t *grid);
void grid_close(grid_t *grid);

/* Seconds that any call on matrices of order n may take: twenty times what a Schur form takes one
 * slow rank, and ten minutes: ranks that take turns on busy cores wait long for each message. */
double grid_patience(int n);

#endif
