#!/bin/sh
# explain begins with what tells this trial from the others, and ends with what does not.
. tests/script.sh

cat >spec.yaml <<END
name: tiny
replicas: 2
task.name: associative_recall
model: {width: 8, heads: 1, layers: 1}
train: {steps: 3, batch: 2}
axes: {product: {train.lr: [1e-3, 1e-2]}}
END
expect 0 '' "$program" run spec.yaml -n 1 --out run
expect 0 'replica ' "$program" plan spec.yaml --list
id=$(basename "$(find run/trials -name '*.h5' | sort | head -n 1)" .h5)
[ "$id" ] || fail 'no trial has a file'
expect 0 "trial $id" "$program" explain run "$id"
awk '/what varies in this sweep/ { varies = NR } /^    train.lr / { lr = NR }
     /^    replica / { replica = NR } /^  result/ { result = NR }
     /the same in all trials/ { same = NR } /^    train.batch / { batch = NR }
     END { exit !(varies && varies < lr && lr < replica && replica < result && result < same &&
                  same < batch) }' output || fail 'not in order of what people ask first'
[ "$(grep -c '^    train.lr ' output)" -eq 1 ] || fail 'an option stands there twice'
