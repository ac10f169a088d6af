#!/bin/sh
# train.precision: results in bf16 are the same bits on any number of ranks, one or two a trial; what
# this machine lacks is refused before the first trial; doctor says what it has.
. tests/script.sh

sweep() { # LINES
    cat <<EOF
name: precision
seed: 1
replicas: 2
train: {steps: 12, batch: 16, valid_batches: 1}
model: {width: 32, layers: 2, heads: 2}
task: {seq_len: 16, vocab: 32}
probe.rksp: {steps: [0, 12], samples: 128}
curvature: {every: 6, products: 2}
$1
EOF
}

for ranks in 1 2; do
    lines="axes: {product: {train.precision: [f32, bf16_emulated]}}"
    [ $ranks = 1 ] || lines="$lines
resources.ranks_per_trial: 2"
    sweep "$lines" | { [ $ranks = 1 ] && cat || sed '/^curvature/d'; } >"$folder/spec.yaml"
    "$program" run "$folder/spec.yaml" -n 1 -o "one$ranks" -q >output 2>&1 || fail "one worker"
    "$program" run "$folder/spec.yaml" -n 2 -o "two$ranks" -q >output 2>&1 || fail "two workers"
    "$program" compare "one$ranks" "two$ranks" >output 2>&1 || fail "$ranks ranks a trial: results differ"
done

"$program" doctor >output 2>&1 || fail "doctor ended with $?"
grep -q '^\(ok\|note\) *bf16 *train.precision: bf16' output || fail "doctor says nothing of bf16"
sweep 'train.precision: bf16' >"$folder/spec.yaml"
if grep -q '^ok *bf16' output; then
    "$program" run "$folder/spec.yaml" -n 1 -o fast -q >output 2>&1 || fail "bf16, which doctor says works"
    "$program" export fast --csv >output 2>&1
    grep -q 'bf16: oneDNN' output || fail "results do not name the library"
else
    "$program" run "$folder/spec.yaml" -n 1 -o fast -q >output 2>&1
    [ $? -eq 7 ] || fail "bf16, which is not to be had, was not refused"
    grep -q 'error: train.precision: bf16: .*bf16_emulated' output || fail "the refusal does not help"
fi

sweep 'train.precision: bf17' >"$folder/spec.yaml"
"$program" plan "$folder/spec.yaml" >output 2>&1 && fail "an unknown precision was taken"
grep -q 'bf16' output || fail "the precisions are not listed"
echo "bf16 is the same bits on any number of ranks, and refused where it is not to be had"
