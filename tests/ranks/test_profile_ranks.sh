#!/bin/sh
# A profile by several ranks: layers over ranks give the same digits as one process on any number of
# ranks; ranks per layer (ScaLAPACK) the same masses, and eigenvalues to 1e-8.
# seconds: 900
. tests/script.sh
[ -n "${KOOPSWEEP_DATA:-}" ] || { echo 'skipped: KOOPSWEEP_DATA is not set'; exit 77; }
llama=$KOOPSWEEP_DATA/llama-stories260K
{ seq 3 510 && seq 510 -1 3 && seq 3 2 510 && seq 4 2 510; } >ids.txt
ranks() { # COUNT ARGUMENTS...
    count=$1
    shift
    timeout -s KILL 200 mpirun --oversubscribe --mca mpi_yield_when_idle 1 -n "$count" "$program" \
        profile "$llama" --tokens ids.txt -f csv "$@"
}
numbers() { cut -d, -f1-18 "$1"; } # without seconds

"$program" profile "$llama" --tokens ids.txt -f csv >alone.csv 2>output || fail 'alone'
for count in 2 4; do
    ranks $count >ranks.csv 2>output || fail "layers over $count ranks"
    numbers alone.csv >one && numbers ranks.csv | cmp - one || fail "$count ranks give other digits"
done

"$program" profile "$llama" --tokens ids.txt -f csv -c full -m values >values.csv || fail 'values'
for count in 2 4; do
    ranks $count --ranks-per-layer $count -c full -m values >ranks.csv 2>output ||
        fail "$count ranks per layer"
    paste -d, values.csv ranks.csv | awk -F, '
        function same(a, b) { return a == b || (a - b) ^ 2 <= 1e-16 * a ^ 2 }
        /^profile,full/ { rows++; for (i = 5; i <= 10; i++) if (!same($i, $(i + NF / 2))) bad = 1 }
        END { exit bad || rows != 5 }' || fail "$count ranks per layer have another spectrum"
done

expect 2 '2 of 4 ranks; give 1, or all of them' ranks 4 --ranks-per-layer 2
expect 2 'add --measure values --convention full' ranks 2 --ranks-per-layer 2
expect 2 'this is one process; start it under mpirun or srun' \
    "$program" profile "$llama" --tokens ids.txt --ranks-per-layer 2
expect 5 'is no checkpoint we know' mpirun --oversubscribe -n 2 "$program" profile nowhere
