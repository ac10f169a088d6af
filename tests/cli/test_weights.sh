#!/bin/sh
# Weights of trials: kept on request, at no other bit of a result; exported as a checkpoint that is
# read back; what other programs have no name for is refused in a sentence.
. tests/script.sh

cat >plain.yaml <<END
name: nets
task: {name: associative_recall, seq_len: 16}
train: {steps: 8, batch: 8, valid_batches: 1}
probe.rksp.samples: 64
model: {width: 16, layers: 2, heads: 2}
axes:
  zip: {model.arch: [gpt, llama, gpt, mamba], model.norm: [pre_ln, rms_norm, post_ln, rms_norm]}
END
sed 's/^train: {/train: {keep_weights: true, /' plain.yaml >kept.yaml
expect 0 '4 completed' "$program" run plain.yaml -n 2 --out plain
expect 0 '4 completed' "$program" run kept.yaml -n 2 --out kept
expect 0 'equal' "$program" compare plain kept
expect 0 '4 of 4 trials whole' "$program" verify kept
expect 0 'weights/theta' "$program" schema

trial() { # ARCH NORM: its id
    "$program" plan kept.yaml --list | awk -v arch="$1" -v norm="$2" '$3 == arch && $4 == norm { print $1 }'
}
gpt=$(trial gpt pre_ln) llama=$(trial llama rms_norm) post=$(trial gpt post_ln) mamba=$(trial mamba rms_norm)

# The second time into the same folder is no accident; another network there is one.
expect 0 "weights of trial $gpt: gpt/model.safetensors" "$program" export kept "$gpt" gpt
cp gpt/model.safetensors first
expect 0 'gpt/model.safetensors' "$program" export kept "$gpt" gpt/model.safetensors
cmp first gpt/model.safetensors || fail 'the same weights are other bytes'
expect 2 'gpt/config.json: is there and of another network' "$program" export kept "$llama" gpt
expect 0 'llama/w.safetensors' "$program" export kept "$llama" llama/w.safetensors
expect 2 'model.norm=post_ln' "$program" export kept "$post" elsewhere
expect 2 'model.arch=mamba' "$program" export kept "$mamba" elsewhere
[ ! -e elsewhere ] || fail 'a refused export leaves a folder'
expect 4 'holds no weights; set train.keep_weights' "$program" export plain "$gpt" elsewhere
expect 2 'name a file .safetensors, or a folder' "$program" export kept "$gpt"
expect 2 'are of results' "$program" export kept "$gpt" gpt --csv
expect 2 'no trial, or more than one' "$program" export kept 0000 gpt

# Read back, it is a network that knows how to read tokens.
seq 1 400 | awk '{ print ($1 * 7919) % 256 }' >ids.txt
for net in gpt llama/w.safetensors; do
    expect 0 'nats each' "$program" profile $net --tokens ids.txt -t 16 -c full
done
