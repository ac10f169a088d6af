/* blas.h: which of its kernels OpenBLAS takes. It looks once, when it is loaded, at the processor
 * and at OPENBLAS_CORETYPE; so a choice means to start the program again. */
#ifndef CLI_BLAS_H
#define CLI_BLAS_H

#include "base/status.h"

/* Starts the program again, argv as main got it, with OPENBLAS_CORETYPE set for this process where
 * KOOPSWEEP_ISA pins a level, or where the library knows not the processor and took the kernels of
 * the oldest, which are several times slower than those of isa_blas_core(). Returns where there is
 * nothing to choose: no OpenBLAS, the user's own OPENBLAS_CORETYPE, done already. Before MPI and
 * before anything is read. STATUS_ENVIRONMENT: no such level here; it cannot be started again. */
status_t blas_choose(char **argv);

/* Are the kernels in use those that OpenBLAS takes for a processor that it does not know? */
int blas_is_lost(void);

/* The kernels that OpenBLAS took by itself, where blas_choose took others; else NULL. */
const char *blas_passed_over(void);

#endif
