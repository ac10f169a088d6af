#!/bin/sh
# Trials per hour of sweep_specs/quickstart.yaml with 1, 4 and 8 trials at once on one GPU.
#
# usage: bench/bench_sharing.sh [DEVICE [TRIALS_AT_ONCE...]]      DEVICE: cuda (default), emulated
# PROGRAM: build/cuda/koopsweep. SPEC: another sweep.
set -eu
device=${1:-cuda} program=${PROGRAM:-build/cuda/koopsweep} spec=${SPEC:-sweep_specs/quickstart.yaml}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- 1 4 8
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
printf '%-16s %8s %9s %12s\n' 'trials at once' trials seconds 'trials/hour'
for count in "$@"; do
    share=$(awk "BEGIN {printf \"%.4g\", int(10000 / $count) / 10000}")
    { cat "$spec" && echo "resources: {device: $device, gpus_per_trial: $share}"; } >"$folder/spec.yaml"
    start=$(date +%s.%N)
    "$program" run "$folder/spec.yaml" -n "$count" --out "$folder/$count" --quiet
    seconds=$(awk "BEGIN {print $(date +%s.%N) - $start}")
    trials=$("$program" status "$folder/$count" --json | sed -n 's/.*"trials":[^0-9]*\([0-9]*\).*/\1/p' | head -n 1)
    awk "BEGIN {printf \"%-16d %8d %9.1f %12.0f\n\", $count, $trials, $seconds, $trials / $seconds * 3600}"
done
