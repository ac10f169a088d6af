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

# Looked at where it lies, on samples of its task, a network has the loss and the spectra that its
# own trial measured at its end, as far as other samples allow; at its start it had others.
python=python3
$python -c 'import h5py' 2>/dev/null || python=/usr/bin/python3
$python -c 'import h5py' 2>/dev/null || { echo 'skipped: there is no h5py' && exit 77; }
cat >lm.yaml <<END
name: lm
task: {name: synthetic_lm, vocab: 64, seq_len: 16}
train: {steps: 60, batch: 16, valid_batches: 4, lr: 1e-2, keep_weights: true}
probe.rksp: {samples: 2048, steps: [0, 60]}
model: {width: 16, layers: 2, heads: 2}
axes: {zip: {model.arch: [gpt, mamba, kan], model.norm: [post_ln, rms_norm, none]}}
END
expect 0 '3 completed' "$program" run lm.yaml -n 2 --out lm
for trial in $("$program" export lm | tail -n +2 | cut -d, -f1); do
    expect 0 "Spectral profile of lm $trial" "$program" profile lm "$trial" --final-norm -o "$trial.h5"
    expect 0 '' "$program" verify "$trial.h5"
done
cat >compare.py <<'END'
import glob
import h5py
import numpy

for path in glob.glob('lm/trials/*/*.h5'):
    trial = h5py.File(path)
    id = trial.attrs['id'].decode() if isinstance(trial.attrs['id'], bytes) else trial.attrs['id']
    profile = h5py.File(f'{id}.h5')
    full = profile['conventions'].asstr()[()].split(',').index('full')
    first, last = trial['rksp/rho'][:]
    ratio = profile['rho'][full][:2] / last
    loss = profile['loss'][full] - trial['outcome'].attrs['valid_loss']
    print(id, 'rho', ratio, 'of its end,', first / last, 'at its start; loss', loss, 'more')
    assert (abs(numpy.log(ratio)) < .15).all() and (abs(numpy.log(first / last)) > .15).any()
    assert abs(loss) < .1 < trial['outcome'].attrs['loss_first'] - trial['outcome'].attrs['valid_loss']
    assert profile['rho'].shape[1] == 3 and (profile['distinct'][:] <= profile['samples'][:]).all()
END
expect 0 'of its end' $python compare.py
expect 2 'are for checkpoints' "$program" profile lm "$trial" --tokens ids.txt
expect 4 'holds no weights' "$program" profile plain "$gpt"

# A trial that was stopped has them in its checkpoint.
sed 's/keep_weights: true, //; s/steps: 8,/steps: 100000,/' kept.yaml >long.yaml
"$program" run long.yaml -n 2 --out long --checkpoint-every 0.1 >sweep.log 2>&1 &
sweep=$!
await sh -c 'ls long/checkpoints/*.0'
kill -TERM $sweep
wait $sweep
stopped=$(ls long/checkpoints | head -1 | cut -d. -f1)
expect 0 "Spectral profile of long $stopped" "$program" profile long "$stopped"
