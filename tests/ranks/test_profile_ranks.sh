#!/bin/sh
# A profile by several ranks: layers over ranks, and projections, give the same digits as one process on
# any number of ranks; ranks per layer (ScaLAPACK), all of them or groups, the same numbers to 1e-8.
# seconds: 900
. tests/script.sh
export OMPI_MCA_mpi_yield_when_idle=1
[ -n "${KOOPSWEEP_DATA:-}" ] || { echo 'skipped: KOOPSWEEP_DATA is not set'; exit 77; }
llama=$KOOPSWEEP_DATA/llama-stories260K
{ seq 3 510 && seq 510 -1 3 && seq 3 2 510 && seq 4 2 510; } >ids.txt
profile() { # RANKS ARGUMENTS...
    size=$1
    shift
    ranks "$size" timeout -s KILL 200 "$program" profile "$llama" --tokens ids.txt -f csv "$@"
}
numbers() { cut -d, -f1-18 "$1"; } # without seconds

"$program" profile "$llama" --tokens ids.txt -f csv >alone.csv 2>output || fail 'alone'
numbers alone.csv >one
profile 3 >ranks.csv 2>output || fail 'layers over ranks'
numbers ranks.csv | cmp - one || fail '3 ranks give other digits'
"$program" profile "$llama" --tokens ids.txt -f csv -n 3 >ranks.csv 2>output || fail 'layers, -n 3'
numbers ranks.csv | cmp - one || fail '-n 3 gives other digits'

# Ranks per layer: 2 are all there are; 5 are two groups and one that reads.
same() { # A B: rows of profiles, but for seconds
    paste -d, "$1" "$2" | awk -F, '
        function same(a, b) { return a == b || (a - b) ^ 2 <= 1e-16 * a ^ 2 }
        /^profile,full/ { rows++; for (i = 5; i <= 18; i++) if (!same($i, $(i + NF / 2))) bad = 1 }
        END { exit bad || rows != 5 }'
}
"$program" profile "$llama" --tokens ids.txt -f csv -c full >full.csv || fail 'full'
for count in 2 5; do
    profile $count --ranks-per-layer 2 -c full >ranks.csv 2>output || fail "groups of $count ranks"
    same full.csv ranks.csv || fail "groups of $count ranks have another profile"
done
# A projection is the first rank's of a group alone: the same digits.
"$program" profile "$llama" --tokens ids.txt -f csv -c paper >paper.csv || fail 'paper'
numbers paper.csv >one
for count in 2 5; do
    profile $count --ranks-per-layer 2 -c paper >ranks.csv 2>output || fail "paper by $count ranks"
    numbers ranks.csv | cmp - one || fail "$count ranks give paper other digits"
done
"$program" profile "$llama" --tokens ids.txt -f csv -c full -m values >values.csv || fail 'values'
"$program" profile "$llama" --tokens ids.txt -f csv -c full -m values -n 2 --ranks-per-layer 2 \
    >ranks.csv 2>output || fail 'values of one group'
same values.csv ranks.csv || fail 'values of one group differ'

expect 2 'of 4 ranks one reads, and 3 make no groups of 2; start 2 or 5' profile 4 --ranks-per-layer 2
expect 2 'make no groups of 2 (--ranks-per-layer)' \
    "$program" profile "$llama" --tokens ids.txt -n 3 --ranks-per-layer 2
expect 2 'this is one process; add -n N' \
    "$program" profile "$llama" --tokens ids.txt --ranks-per-layer 2
expect 5 'is no checkpoint we know' ranks 2 "$program" profile nowhere
expect 5 'is no checkpoint we know' "$program" profile nowhere -n 2
