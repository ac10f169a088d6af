#!/bin/sh
# resources.*: a sweep that asks for a GPU where there is none is refused before anything starts, in
# one helpful sentence; the job script asks for what its trials take; a trial runs on a device.
. tests/script.sh
sweep() { # LINE: a small sweep of four trials
    cat >sweep.yaml <<END
name: tiny
train: {steps: 2, batch: 4, valid_batches: 1}
model: {width: 32, layers: 1, heads: 2}
probe.rksp.samples: 64
$1
axes: {product: {train.lr: [1e-3, 1e-2], model.norm: [pre_ln, none]}}
END
}

sweep 'resources.device: cuda'
expect 0 GPU "$program" --version
if "$program" --version | grep -q 'make CUDA=1'; then why='make CUDA=1'; else why='no GPU'; fi
"$program" run sweep.yaml -n 1 -o run >output 2>&1
case $? in
0) cuda='a GPU is here' ;;
7)
    cuda='no GPU here'
    [ "$(grep -c . output)" -eq 1 ] || fail 'more than one sentence'
    for workers in 1 2; do
        expect 7 "$why" "$program" run sweep.yaml -n $workers -o run
        expect 7 'resources.device' "$program" run sweep.yaml -n $workers -o run
    done
    [ -z "$(find run -name '*.h5')" ] || fail 'something was started'
    expect 0 "$why" "$program" plan sweep.yaml --gflops 10
    expect 0 'trials       4' "$program" plan sweep.yaml --gflops 10
    ;;
*) fail 'a run on a GPU that is or is not here' ;;
esac

# Eight workers for eight trials, a quarter of a GPU each.
expect 0 '#SBATCH --gpus=4' "$program" submit sweep.yaml --dry-run
sweep 'resources: {device: cuda, gpus_per_trial: 0.25}'
echo 'replicas: 2' >>sweep.yaml
expect 0 '#SBATCH --gpus=2' "$program" submit sweep.yaml --dry-run -n 8
sweep 'resources.gpus_per_trial: 0.25'
"$program" submit sweep.yaml --dry-run >output
! grep -q gpus output || fail 'GPUs for trials of the host'
sweep 'resources.gpus_per_trial: 0'
expect 2 'resources.gpus_per_trial' "$program" plan sweep.yaml
sweep 'resources.device: gpu'
expect 2 'cuda' "$program" plan sweep.yaml

# Where the device is part of the program itself, trials run on it.
sweep 'resources.device: emulated'
expect 0 '4 completed' "$program" run sweep.yaml -n 2 -o emulated

# The share of a GPU changes no result: the sweep goes on with another one, its trials are the same.
sweep 'resources: {device: emulated, gpus_per_trial: 0.5}'
expect 0 '4 completed' "$program" run sweep.yaml -n 2 -o emulated
expect 0 '4 completed' "$program" run sweep.yaml -n 2 -o shared
expect 0 '4 of 4 trials are equal' "$program" compare emulated shared
expect 0 'shared' "$program" verify shared
sweep 'resources: {device: emulated, tf32: true}'
expect 2 'is not the sweep' "$program" run sweep.yaml -n 2 -o emulated
sweep 'resources.device: emulated'
sed 's/train.lr: .1e-3, 1e-2./resources.gpus_per_trial: [1, 0.5]/' sweep.yaml >axis.yaml
expect 2 'changes no result' "$program" plan axis.yaml

# Two ranks on one trial, each with a device of its own: the bits of one rank that does both shares.
sed 's/product: {.*/product: {train.lr: [1e-3, 1e-2]}}/' sweep.yaml >team.yaml
echo 'resources.ranks_per_trial: 2' >>team.yaml
expect 0 '2 completed' ranks 1 "$program" run team.yaml -o alone
expect 0 '2 completed' "$program" run team.yaml -n 1 -o team
expect 0 '2 of 2 trials are equal' "$program" compare alone team
echo "passed; $cuda"
