#!/bin/bash
# A profile submitted to a real Slurm of two nodes has the digits of one process, under srun and
# under mpirun; one that fails leaves a job that failed and says why.
# seconds: 900
set -u
for needed in slurmctld slurmd munged; do
    command -v $needed >/dev/null || [ -x /usr/sbin/$needed ] || {
        echo "skipped: $needed is not installed (make packages)"
        exit 77
    }
done
[ -n "${KOOPSWEEP_DATA:-}" ] || { echo 'skipped: KOOPSWEEP_DATA is not set'; exit 77; }
program=$PWD/$BUILD/koopsweep
cluster=$PWD/tests/slurm/cluster.sh
folder=$(mktemp -d /tmp/ks-XXXXXX) && chmod 755 "$folder" # munge wants its socket reachable
finish() { "$cluster" stop "$folder/s" && rm -rf "$folder"; }
trap finish EXIT
trap 'exit 130' INT TERM
export CLUSTER_PORT=${CLUSTER_PORT:-$((33000 + $$ % 400 * 20))}
export ASAN_OPTIONS=detect_leaks=0 # of a sanitized program: Open MPI leaks
cd "$folder" || exit 1

fail() {
    echo "FAILED: $*"
    tail -n 30 ./*/logs/* 2>/dev/null
    exit 1
}
submit() { # FOLDER ARGUMENTS OPTIONS... [-- WORDS]; sets `job`
    name=$1 arguments=$2
    shift 2
    job=$("$program" submit --profile "$arguments" -o "$name" --parsable "$@") || fail 'not submitted'
}
state() { scontrol show job "$job" | tr ' ' '\n' | sed -n 's/^JobState=//p'; }
await_end() {
    local deadline=$((SECONDS + 300))
    until case $(state) in COMPLETED | FAILED | CANCELLED | TIMEOUT | NODE_FAIL) ;; *) false ;; esac; do
        [ $SECONDS -lt $deadline ] || fail "$name has not ended"
        sleep 0.2
    done
}
numbers() { cut -d, -f1-18 "$1"; } # without seconds

seq 3 500 >'some ids.txt'
network="$KOOPSWEEP_DATA/llama-stories260K --tokens 'some ids.txt' -f csv"
eval "'$program' profile $network" >alone.csv || fail 'alone'
said=$("$cluster" start "$folder/s" 2) || fail 'no cluster'
eval "$said"

for launcher in srun mpirun; do
    submit "by $launcher" "$network" -n 3 --launcher $launcher -- -N 2
    await_end
    [ "$(state)" = COMPLETED ] || fail "$launcher: the job ended as $(state)"
    cmp <(numbers alone.csv) <(numbers "by $launcher/profile.txt") || fail "$launcher: other digits"
    "$program" verify "by $launcher/profile.h5" >verified || fail "$(cat verified)"
done

submit nowhere 'nowhere -c full' -n 2 --ranks-per-layer 2 --launcher srun
await_end
[ "$(state)" = FAILED ] || fail "no checkpoint: the job ended as $(state)"
grep -q 'is no checkpoint we know' nowhere/logs/* || fail 'the log does not say why'
[ ! -e nowhere/profile.txt ] || fail 'a table of nothing'
