#!/bin/sh
# usage: make corpus
# Writes tests/store/corpus/VERSION.tar.xz: run directories as this release writes them, each with a file
# RUN.csv, what the release itself exports of it. test_corpus.sh holds every later build to them.
. tests/script.sh
version=$("$program" --version | sed -n '1s/koopsweep //p') corpus=$root/tests/store/corpus
[ ! -e "$corpus/$version.tar.xz" ] || fail "there is a corpus of $version; the release that wrote it is out"

# Pairs of a comparison with all that is probed; one trial withdrawn and run again, half of them left out
# by a later spec and come back with a third.
pairs() { # LEARNING_RATES
    cat <<END_OF_SPEC
name: pairs
task.name: associative_recall
train: {steps: 12, batch: 8, valid_batches: 1}
probe: {rksp: {samples: 64, steps: [0, 12]}, early: true, coords.steps: [0, 6]}
curvature.every: 6
model: {width: 16, layers: 2, heads: 2}
axes: {product: {model.norm: [pre_ln, none], train.lr: [$1]}}
arms: {base: {}, clip: {train.clip: 1}}
END_OF_SPEC
}
for rates in '1e-3, 30' '1e-3' '1e-3, 30'; do
    pairs "$rates" >pairs.yaml
    expect 0 'completed' "$program" run pairs.yaml --extend -n 1 --out pairs
done
"$program" retry pairs --state DIVERGED >output 2>&1 || fail 'retry'
expect 0 '4 diverged' "$program" run pairs.yaml -n 1 --out pairs

# A program of one's own that ends well, badly and in NaN; packed into a segment.
cat >packed.yaml <<'END_OF_SPEC'
name: packed
external.command:
  - sh
  - -c
  - >-
    for step in 0 1 2; do echo "{\"step\": $step, \"loss\": $1}"; done >>metrics.jsonl;
    [ "$1" != 2 ] || echo '{"step": 3, "loss": NaN}' >>metrics.jsonl;
    [ "$1" != 3 ]
  - trainer
  - ${param:a}
axes: {product: {params.a: [1, 2, 3]}}
replicas: 35
END_OF_SPEC
expect 3 '35 failed' "$program" run packed.yaml -n 1 --out packed
[ -s packed/segments/000001.segment ] || fail 'nothing was packed'
rm -rf packed/external packed/trials/*

for run in pairs packed; do
    "$program" export $run >$run.csv 2>output || fail "export of $run"
done
mkdir -p "$corpus" && tar --owner=0 --group=0 -cf - pairs packed ./*.csv | xz -9e >"$corpus/$version.tar.xz"
ls -l "$corpus"
