#!/bin/sh
# run, status and explain as a user types them, on a sweep of small models.
. tests/script.sh

diverging() { # NAME STEPS: four trials, one of them bound to diverge
    cat <<EOF
name: $1
seed: 1
task.name: associative_recall
train.steps: $2
model: {width: 32, layers: 2, heads: 2}
axes:
  product: {model.norm: [pre_ln, none], train.lr: [1e-3, 1e-1]}
EOF
}
json() { "$program" status "$1" --json | tr -d '\t'; }

diverging small 10 >small.yaml
expect 0 'next: koopsweep table runs/small' "$program" run small.yaml -n 2
expect 0 'nothing to do' "$program" run small.yaml -n 2
expect 0 'runs/small: complete, 4 of 4 trials have ended' "$program" status runs/small
expect 0 '"phase":"complete"' json runs/small
expect 0 'model.norm' "$program" status runs/small
# One run of four is bound to diverge, so both classes are there, and the score of all is known.
expect 0 'AUROC of M~1 so far: ' "$program" status runs/small
expect 0 '"auroc_m_near_unit":{' json runs/small
id=$(basename "$(find runs/small/trials -name '*.h5' | head -n 1)" .h5)
file=$(find runs/small/trials -name "$id.h5")
for word in 'gcc [0-9]\|clang [0-9]' 'OpenBLAS [0-9]\|unknown' 'Open MPI v[0-9]\|MPICH'; do
    grep -aq "$word" "$file" || fail "$file does not say which library it was: $word"
done
expect 0 "file: runs/small/trials" "$program" explain runs/small "$id"
expect 0 'after ' "$program" explain runs/small "$id"
grep -q '^    20.*Z  rank [12] on .*: [CD][A-Z]* after' output || fail 'no attempt'
expect 0 '  order: longest expected first; ' "$program" explain runs/small "$id"
expect 0 "trial $id of runs/small" "$program" explain runs/small "$(echo "$id" | cut -c1-6)"
expect 2 'no trial, or more than one' "$program" explain runs/small zzzz
expect 2 'is no run directory' "$program" status nowhere
expect 2 'bad.yaml' "$program" run bad.yaml
expect 2 '--workers' "$program" run small.yaml -n many

diverging long 4000 >long.yaml
"$program" run long.yaml -n 2 --out "a run" >log 2>&1 &
sweep=$!
until json 'a run' 2>/dev/null | grep -q '"rank"'; do
    sleep 0.1
    kill -0 $sweep || { cat log; fail 'the long sweep has ended'; }
done
expect 0 'a run: running, ' "$program" status 'a run'
running=$(json 'a run' | sed -n 's/.*"id":"\(.*\)",/\1/p' | head -n 1)
expect 0 'why: it is being run, by rank' "$program" explain 'a run' "$running"
expect 6 'is in use by process' "$program" run long.yaml --out 'a run'
kill -INT $sweep
wait $sweep
[ $? -eq 4 ] || { cat log; fail 'Ctrl-C did not give exit code 4'; }
grep -q 'run the same command again to resume' log || { cat log; fail 'no word of resuming'; }
expect 0 'a run: incomplete' "$program" status 'a run'
expect 0 'why: no sweep is running here' "$program" explain 'a run' "$running"
expect 0 'checkpoint: it goes on from step' "$program" explain 'a run' "$running"
expect 0 "was stopped before step" "$program" explain 'a run' "$running"

# A sweep that is killed says nothing more of what was under way.
"$program" run long.yaml -n 1 --out killed >log 2>&1 &
sweep=$!
begun() { sed -n 's/^[^ ]* \([0-9a-f]\{12\}\) begun .*/\1/p' killed/journal 2>/dev/null; }
until [ -n "$(begun)" ]; do
    sleep 0.1
    kill -0 $sweep || { cat log; fail 'the long sweep has ended'; }
done
expect 0 ': running' "$program" explain killed "$(begun)"
kill -KILL $sweep
wait $sweep
expect 0 'the sweep itself was killed' "$program" explain killed "$(begun)"
