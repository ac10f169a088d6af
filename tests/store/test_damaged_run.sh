#!/bin/sh
# A finished run of which one file was cut and one overwritten afterwards: every reader says so and
# leaves both trials out, and the next run makes it whole.
. tests/script.sh

spec damaged 5 >sweep.yaml
expect 0 'next: koopsweep table' "$program" run sweep.yaml -n 2 --out run
expect 0 'complete, 4 of 4 trials have ended' "$program" status run
sleep 0.1
# shellcheck disable=SC2046
set -- $(find run/trials -name '*.h5')
truncate -s 5000 "$1"
printf 'something else' | dd of="$2" bs=1 seek=9000 conv=notrunc 2>dd_says

for verb in status table retry; do
    expect 0 "$1: damaged: it has 5000 bytes where " "$program" $verb run
    grep -qF "$2: damaged: its bytes do not match its checksum" output || fail "$verb misses one"
done
expect 0 'incomplete, 2 of 4 trials have ended' "$program" status run
expect 0 '2 of 4 trials have a result' "$program" table run table1
expect 5 '2 files damaged' "$program" verify run
expect 5 'damaged' "$program" merge run out.h5
[ ! -e out.h5 ] || fail 'a merged file of a damaged run'
expect 0 'next: koopsweep table' "$program" run sweep.yaml -n 2 --out run
expect 0 'complete, 4 of 4 trials have ended' "$program" status run
expect 0 '0 files damaged' "$program" verify run
