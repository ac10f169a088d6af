#!/bin/bash
# Trials of several machines: a program that starts its own parts with srun inside the job has them on
# all its nodes, goes on from its checkpoint after the job was requeued, and is ended on every node.
# seconds: 900
set -u
for needed in slurmctld slurmd munged; do
    command -v $needed >/dev/null || [ -x /usr/sbin/$needed ] || {
        echo "skipped: $needed is not installed (make packages)"
        exit 77
    }
done
program=$PWD/$BUILD/koopsweep
cluster=$PWD/tests/slurm/cluster.sh
folder=$(mktemp -d /tmp/ks-XXXXXX) && chmod 755 "$folder" # munge wants its socket reachable
finish() { "$cluster" stop "$folder/s" && rm -rf "$folder"; }
trap finish EXIT
trap 'exit 130' INT TERM
export CLUSTER_PORT=${CLUSTER_PORT:-$((41000 + $$ % 400 * 20))}
export ASAN_OPTIONS=detect_leaks=0 # of a sanitized program: Open MPI leaks
cd "$folder" || exit 1

fail() {
    echo "FAILED: $*"
    tail -n 30 run/logs/* run/external/*/stderr 2>/dev/null
    exit 1
}
await() { # COMMAND...: until it succeeds
    local deadline=$((SECONDS + 100))
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $deadline ] || fail "waited in vain for: $*"
        sleep 0.2
    done
}
field() { scontrol show job "$job" | tr ' ' '\n' | sed -n "s/^$1=//p"; }
parts_of() { # TRIAL: processes of its parts, on all nodes
    local pid
    for pid in $(pgrep -f 'part\.sh|^sleep 600$'); do
        tr '\0' '\n' 2>/dev/null <"/proc/$pid/environ" | grep -qx "KOOPSWEEP_TRIAL=$1" && echo "$pid"
    done
}
has_ended() { case $(field JobState) in COMPLETED | FAILED | CANCELLED | TIMEOUT | NODE_FAIL) ;; *) false ;; esac; }

# One of two parts. The first speaks for both, when both are there; a trial that does not diverge
# stands still at step 1 of its first attempt, until it is told to stop.
cat >part.sh <<'END'
cd "$KOOPSWEEP_DIR" || exit 1
echo "$SLURMD_NODENAME" >part.$KOOPSWEEP_ATTEMPT.$SLURM_PROCID
if [ $SLURM_PROCID -ne 0 ]; then # the larger exit code of both is srun's
    until [ -e done.$KOOPSWEEP_ATTEMPT ]; do sleep 0.1; done
    exit 0
fi
until [ -s part.$KOOPSWEEP_ATTEMPT.1 ]; do sleep 0.1; done
say() { echo "{\"step\": $1, \"attempt\": $KOOPSWEEP_ATTEMPT, \"loss\": $2}" >>metrics.jsonl; }
if [ "$1" = diverges=true ]; then say 0 99 && exec sleep 600; fi
trap ': >done.$KOOPSWEEP_ATTEMPT' EXIT
if [ -e checkpoints/state ]; then say 1 2 && say 2 1 && exit 0; fi
say 0 3
until [ -e stop ]; do sleep 0.1; done
echo 1 >checkpoints/new && mv checkpoints/new checkpoints/state
exit 75
END
cat >sweep.yaml <<'END'
name: nodes
external:
  command: [srun, --overlap, --mem=0, --mpi=none, -N2, -n2, --wait=1, sh, part.sh, "${args_no_hyphens}"]
  steps: 3
  grace: 20
axes: {product: {params.diverges: [true, false]}}
END
said=$("$cluster" start "$folder/s" 2) || fail 'no cluster'
eval "$said"
job=$("$program" submit sweep.yaml -n 1 -o run --launcher mpirun --parsable -- -N 2) || fail 'not submitted'
await sh -c "grep -q '\"step\": 0, .*\"loss\": 3' run/external/*/metrics.jsonl"
await sh -c 'ls run/trials/*/*.h5' # the one that diverges: its parts are gone while the job goes on
diverged=$(basename run/trials/*/*.h5 .h5)
[ -z "$(parts_of "$diverged")" ] || fail "parts are left: $(parts_of "$diverged")"
[ -n "$(parts_of "$(basename "$(dirname run/external/*/params.json | grep -v "$diverged")")")" ] ||
    fail 'nobody can see parts'
scancel --batch --signal=USR2 "$job" # as before the end of its time: saved, requeued
await sh -c "[ \"\$(scontrol show job $job | tr ' ' '\n' | sed -n 's/^Restarts=//p')\" -ge 1 ]"
await has_ended
[ "$(field JobState)" = COMPLETED ] || fail "the job ended as $(field JobState)"
"$program" status run >output 2>&1
grep -q 'complete, 2 of 2' output || fail "$(cat output)"
for part in run/external/*/part.*.0; do
    nodes=$(cat "$part" "${part%0}1" | sort -u | wc -l)
    [ "$nodes" -eq 2 ] || fail "$part: the parts were on $nodes nodes"
done
[ "$(find run/external -name 'part.*.0' | wc -l)" -eq 3 ] || fail 'other attempts than one and two'
grep -h '"loss"' run/external/*/metrics.jsonl | sort >output
cmp - output <<'END' || fail "the lines are others: $(cat output)"
{"step": 0, "attempt": 0, "loss": 3}
{"step": 0, "attempt": 0, "loss": 99}
{"step": 1, "attempt": 1, "loss": 2}
{"step": 2, "attempt": 1, "loss": 1}
END
