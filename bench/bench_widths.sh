#!/bin/sh
# bench_widths.sh: the table of docs/profile.md: a layer's time and memory by width on 1 and 2 ranks,
# and what a network of LAYERS layers takes on RANKS ranks.
#
# usage: [BUILD=build] [RANKS=64] [LAYERS=32] bench/bench_widths.sh [d,N]...
#                                                    default: 768,3072 2048,8192 4096,16384
#
# COUNTS='1 2' ranks a layer are tried, for WHAT='all values'. The model: RANKS / p groups of p ranks
# take the layers in turn, ceil(LAYERS / groups) layers each, by the clock; what runs the network is
# not in it. Minutes; an hour at 4096.
[ $# -gt 0 ] || set -- 768,3072 2048,8192 4096,16384
[ "$(id -u)" -ne 0 ] || export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
ranks=${RANKS:-64} layers=${LAYERS:-32}
echo "| d | N | measured | ranks a layer | processor s | clock s | GB a rank | $layers layers on $ranks ranks, s |"
echo '|---|---|---|---|---|---|---|---|'
for size in "$@"; do
    for what in ${WHAT:-all values}; do
        for count in ${COUNTS:-1 2}; do
            [ "$what" = all ] && word= || word=values
            # A rank with a core of its own that yields it waits long for messages where others compute.
            # shellcheck disable=SC2086
            mpirun --oversubscribe --mca mpi_yield_when_idle $((count > $(nproc))) -n "$count" \
                "${BUILD:-build}/bench/bench_widths" $word "$size" || exit
        done
    done
done | awk -F'|' -v ranks="$ranks" -v layers="$layers" '
    { turns = int((layers - 1) / int(ranks / $5)) + 1; printf "%s %.0f |\n", $0, turns * $7; fflush() }'
