#!/bin/sh
# retry, cancel, merge, doctor and status --watch as a user types them.
. tests/script.sh

state() { "$program" explain "$1" "$2" | sed -n 's/^  state: //p'; }
runs_something() { "$program" status "$1" --json 2>/dev/null | grep -q '"rank"'; }

# One trial withdrawn is one trial run, and the results are equal again.
spec small 10 >small.yaml
expect 0 '4 completed' "$program" run small.yaml -n 2 --out a
expect 0 '0 trials to be run again' "$program" retry a
cp -R a b
id=$(basename "$(find a/trials -name '*.h5' | sort | head -n 1)" .h5)
expect 0 '1 trials to be run again' "$program" retry a "$id"
[ "$(state a "$id")" = PENDING ] || fail 'a withdrawn trial is not pending'
expect 4 '1 of 4 trials have not been run' "$program" verify a
expect 0 '4 completed' "$program" run small.yaml -n 1 --out a
expect 0 '4 of 4 trials are equal' "$program" compare a b
expect 0 '4 trials to be run again' "$program" retry a --state COMPLETED,FAILED
expect 2 'did you mean FAILED' "$program" retry a --state FAILD
expect 2 'no trial, or more than one' "$program" retry a zzzz
expect 0 '4 completed' "$program" run small.yaml -n 2 --out a
expect 0 '4 of 4 trials are equal' "$program" compare a b

# A trial that is cancelled is skipped, until it is brought back.
expect 0 '1 trials to be run again' "$program" retry a "$id"
expect 0 'no result are SKIPPED' "$program" cancel a "$id"
[ "$(state a "$id")" = SKIPPED ] || fail 'a cancelled trial is not skipped'
expect 0 'nothing to do' "$program" run small.yaml -n 2 --out a
expect 0 '1 trials to be run again' "$program" retry a --state SKIPPED
expect 0 '4 completed' "$program" run small.yaml -n 2 --out a

# What a search left out comes back with a trial of it.
{ spec search 10 | grep -v ^axes && echo 'search: {key: train.lr, from: 1e-4, to: 1e-2, rounds: 2}'; } >search.yaml
expect 0 '2 completed, 1 skipped' "$program" run search.yaml -n 1 --out s
expect 0 '2 trials to be run again' "$program" retry s "$("$program" plan search.yaml --list | grep -o '^[0-9a-f]\{12\}' | tail -n 1)"
expect 0 '2 completed, 1 skipped' "$program" run search.yaml -n 1 --out s

# A running sweep: one trial is left out, another one dropped while it runs, then all stops.
expect 0 'no sweep is running here' "$program" cancel a
for workers in 1 2; do
    spec long 100000 >long.yaml
    "$program" run long.yaml -n $workers --out long$workers >log 2>&1 &
    sweep=$!
    await runs_something long$workers
    "$program" status long$workers --json | sed -n 's/.*"id":[^"]*"\(.*\)",/\1/p' >running
    "$program" plan long.yaml --list | grep -o '^[0-9a-f]\{12\}' | grep -vFf running >waiting
    running=$(head -n 1 running) waiting=$(tail -n 1 waiting)
    expect 6 'is in use by process' "$program" retry long$workers "$running"
    expect 0 'asked to leave 2 trials out' "$program" cancel long$workers "$running" "$waiting"
    is_skipped() { [ "$(state long$workers "$1")" = SKIPPED ]; }
    await is_skipped "$running"
    await is_skipped "$waiting"
    expect 0 'stopped; ' "$program" cancel long$workers
    wait $sweep
    code=$?
    [ $code -eq 4 ] || { cat log; fail "the cancelled sweep ended with $code"; }
    grep -q 'stopped by koopsweep cancel' log || { cat log; fail 'no word of why'; }
    [ -e long$workers/cancelled ] || fail 'a job script would start it again'
    expect 0 'long' "$program" status long$workers
done

# One plain HDF5 file.
expect 0 '4 of 4 trials' "$program" merge a all.h5
expect 2 'is there already' "$program" merge a all.h5
expect 7 'nowhere' "$program" merge a nowhere/all.h5
expect 2 'is no run directory' "$program" merge nowhere all2.h5
[ ! -e all2.h5 ] || fail 'something was left behind'
if command -v h5ls >/dev/null; then
    h5ls all.h5/count/step >output
    grep -q '{4}' output || fail 'not four trials in the merged file'
    h5ls all.h5/series >output
    grep -q loss output || fail 'the merged file has no losses'
    h5ls all.h5/id >output
    grep -q '{4}' output || fail 'the merged file has no table'
fi
find a -name '*.h5' -path '*trials*' | head -n 1 | while read -r file; do
    printf x | dd of="$file" bs=1 seek=9000 conv=notrunc 2>/dev/null
done
expect 5 'checksum' "$program" merge a broken.h5
[ ! -e broken.h5 ] && [ ! -e broken.h5.part ] || fail 'half a file was left behind'

# The machine, and a folder that does not fit.
expect 0 'locks' "$program" doctor .
# As sbatch --export=NONE has it; Open MPI 5 needs a home, here any launcher does.
printf '#!/bin/sh\n[ -n "$HOME" ] || exit 9\nexec %s "$@"\n' "$starter" >needs_home && chmod +x needs_home
expect 0 'MPI: 2 ranks' env -u HOME KOOPSWEEP_MPIRUN="$PWD/needs_home" "$program" doctor --mpi .
expect 7 'no folder can be made' "$program" doctor /nowhere
expect 7 "$starter cannot be started" env PATH=/nowhere "$program" doctor .
[ -z "$(find . -name '.koopsweep-doctor*')" ] || fail 'doctor left something behind'
expect 0 'complete, 4 of 4' "$program" status b --watch
