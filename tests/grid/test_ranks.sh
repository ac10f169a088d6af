#!/bin/sh
# ScaLAPACK's row of the dense algebra on 2 and 4 ranks, against LAPACK's. A call that hangs is
# killed: busy ranks would wait for ever.
. tests/script.sh
for ranks in 2 4; do
    timeout -s KILL 200 mpirun --oversubscribe --mca mpi_yield_when_idle 1 -n $ranks \
        "$root/$BUILD/tests/grid/test_scalapack" >output 2>&1 || fail "$ranks ranks"
done
