/* keeper.h: a process that stands between a launcher and a rank.
 *
 * MPICH's launcher kills all ranks as soon as a child of its own has died of a signal, whatever it
 * was told. So the child that it started becomes a keeper: it starts the rank anew as its child,
 * waits, and ends with an exit code of its own when that dies. */
#ifndef SWEEP_KEEPER_H
#define SWEEP_KEEPER_H

/* Returns at once in a rank that has a keeper, or whose launcher wants none. Otherwise this process
 * becomes the keeper of `argv`, its own command line, and ends with the rank's exit code, 128 +
 * signal when it was killed. Before MPI_Init; a keeper that dies takes its rank along. */
void keeper_stand_in(char **argv);

#endif
