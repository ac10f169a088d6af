#!/bin/sh
# ScaLAPACK's row of the dense algebra on 2 and 4 ranks, against LAPACK's. A call that hangs is
# killed: busy ranks would wait for ever.
#
# usage: test_ranks.sh [n]...     with sizes: eigenvalues of matrices so large, on 1, 2 and 4 ranks
# (`make ranks`: 256 to 2048; minutes)
. tests/script.sh
seconds=200 counts='2 4'
[ $# -eq 0 ] || { seconds=7200 counts='1 2 4'; }
for ranks in $counts; do
    # A rank with a core of its own that yields it waits long for messages where others compute.
    export OMPI_MCA_mpi_yield_when_idle=$((ranks > $(nproc)))
    ranks "$ranks" timeout -s KILL $seconds \
        "$root/$BUILD/tests/grid/test_scalapack" "$@" >output 2>&1 || fail "$ranks ranks"
    [ $# -eq 0 ] || grep -a ' ranks: ' output
done

# A call in which other ranks are missing ends.
[ $# -gt 0 ] || expect 7 'a product of order 200 by ScaLAPACK on 2 ranks has not returned in 2 s' \
    ranks 2 timeout -s KILL 100 \
    "$root/$BUILD/tests/grid/test_scalapack" alone
