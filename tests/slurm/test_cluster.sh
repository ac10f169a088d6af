#!/bin/bash
# Submitted to a real Slurm of three nodes: a sweep survives what happens to jobs. Every trial ends
# exactly once, and the results are those of an undisturbed run, bit for bit.
#
# SLURM_TESTS=all adds the scenarios that take a minute or more each; SLURM_TESTS="WORD ..." runs
# only those named.
#
# seconds: 3600
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
export CLUSTER_PORT=${CLUSTER_PORT:-$((17000 + $$ % 400 * 20))}
export ASAN_OPTIONS=detect_leaks=0 # of a sanitized program: Open MPI leaks
cd "$folder" || exit 1

fail() {
    echo "FAILED: $name: $*"
    tail -n 60 "$folder/$name/logs/"* 2>/dev/null
    exit 1
}

# Eight trials of a few seconds, long enough to be interrupted; some diverge.
cat >sweep.yaml <<'EOF'
name: tiny
seed: 1
task: {name: associative_recall}
train: {steps: 250, batch: 16, valid_batches: 1}
model: {width: 32, layers: 2, heads: 2}
probe.rksp.samples: 64
axes:
  product: {model.norm: [pre_ln, none], train.lr: [1e-3, 3e-3, 1e-2, 1e-1]}
EOF
trials=8

# Jobs ---------------------------------------------------------------------------------------------

submit() { # NAME SUBMIT-OPTIONS... -- SBATCH-OPTIONS...; sets `job`
    name=$1
    shift
    job=$("$program" submit sweep.yaml -n 3 --out "$name" --parsable "$@") || fail 'not submitted'
    [ "$job" != none ] || fail 'nothing was left to submit'
}
field() { scontrol show job "$job" | tr ' ' '\n' | sed -n "s/^$1=//p"; }
results() { find "$name/trials" -name '*.h5' -printf '%P %i %T@\n' 2>/dev/null | sort; }
count() { results | wc -l; }
await() { # SECONDS CONDITION...: until it holds
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $deadline ] || fail "waited in vain for: $* (job is $(field JobState))"
        sleep 0.2
    done
}
# Sets `state`. No answer, from a controller short of time, is no end; nor is what a job is for a
# moment only, CONFIGURING say.
has_ended() {
    state=$(field JobState)
    case $state in
    COMPLETED | FAILED | CANCELLED | TIMEOUT | NODE_FAIL | OUT_OF_MEMORY | PREEMPTED | BOOT_FAIL | \
        DEADLINE) ;;
    *) false ;;
    esac
}
has_some() { [ "$(count)" -ge "$1" ]; }
is_under_way() { has_some 2 && [ "$(field JobState)" = RUNNING ]; }
was_restarted() { # sets `restarts`
    restarts=$(field Restarts)
    [ "${restarts:-0}" -ge 1 ]
}
was_restarted_or_has_ended() { was_restarted || has_ended; }

# The sweep is complete and equal to the undisturbed one; what had ended before was left alone.
check() { # BEFORE [RUN]: what `results` had said when the disturbance came; undisturbed
    await 300 has_ended
    [ "$state" = COMPLETED ] || fail "the job ended as $state"
    [ "$(count)" -eq $trials ] || fail "$(count) results of $trials trials"
    [ -z "$(comm -23 <(echo "$1") <(results))" ] || fail 'a finished trial was run again'
    "$program" compare "${2:-reference}" "$name" >compared || fail "$(cat compared)"
    "$program" verify "$name" >verified || fail "$(cat verified)"
    [ -z "$(ls -A "$name/checkpoints" 2>/dev/null)" ] || fail 'checkpoints were left behind'
}

# Whose environment tells the node: MPICH's launcher gives all ranks that of the first, but not the
# proxies whose children they are.
teller() { # PID
    local pid=$1
    while [ "${pid:-0}" -gt 1 ]; do
        [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != hydra_pmi_proxy ] || { echo "$pid" && return; }
        pid=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status" 2>/dev/null)
    done
    echo "$1"
}

# Ranks of the job: their pids by node. The first node also has the master.
ranks_on() { # NODE
    local pid words
    for pid in $(pgrep -f "^$program run .*/$name/spec.yaml"); do
        words=$(tr '\0' '\n' 2>/dev/null <"/proc/$pid/environ")
        grep -q '^OMPI_COMM_WORLD_RANK=\|^PMIX_RANK=\|^PMI_RANK=' <<<"$words" || continue
        words=$(tr '\0' '\n' 2>/dev/null <"/proc/$(teller "$pid")/environ")
        grep -qx "SLURMD_NODENAME=$1" <<<"$words" && echo "$pid"
    done
}

# Scenarios ----------------------------------------------------------------------------------------

# Neither squeue nor sacct is there; nothing listens but MPI: the program calls no listen().
undisturbed() {
    mkdir -p bin
    for tool in squeue sacct; do printf '#!/bin/sh\nexit 1\n' >bin/$tool && chmod +x bin/$tool; done
    PATH=$folder/bin:$PATH submit undisturbed --launcher srun -- -N 3
    nm -D --undefined-only "$program" | grep -qwE '(listen|bind|accept4?)(@.*)?' &&
        fail 'the program opens ports of its own'
    check ''
}

usr2() { # a warning far from the end: saved, requeued, resumed
    submit usr2 --launcher srun -- -N 3
    await 300 is_under_way
    scancel --signal=USR2 "$job"
    await 60 was_restarted
    before=$(results)
    [ -n "$(ls "$name/checkpoints")" ] || fail 'no trial was saved'
    check "$before"
}

usr2_mpirun() {
    submit usr2_mpirun -- -N 3
    await 300 is_under_way
    scancel --batch --signal=USR2 "$job"
    if grep -q '^pass_on.* in TERM)' "$name/job.sh"; then # of an MPI whose launcher passes none on:
        check "$(results)"                               # nothing happens
        ! was_restarted || fail 'the warning got through'
        return
    fi
    await 60 was_restarted
    before=$(results)
    [ -n "$(ls "$name/checkpoints")" ] || fail 'no trial was saved'
    check "$before"
}

requeue() { # by the administrator: TERM, then KILL
    submit "${1:-requeue}" --launcher "${2:-srun}" -- -N 3
    await 300 is_under_way
    before=$(results)
    scontrol requeue "$job"
    await 60 was_restarted
    check "$before"
}
requeue_mpirun() { requeue requeue_mpirun mpirun; }

rank() { # a worker dies: mpirun ends the others, and the script tries again
    submit rank -- -N 3
    await 300 is_under_way
    before=$(results)
    kill -KILL "$(ranks_on n3 | tail -n 1)" || fail 'no rank to kill'
    check "$before"
    ! was_restarted || fail 'the job was requeued for one rank'
}

rank_srun() { # a worker dies: the others go on
    submit rank_srun --launcher srun -- -N 3
    await 300 is_under_way
    before=$(results)
    kill -KILL "$(ranks_on n3 | tail -n 1)" || fail 'no rank to kill'
    check "$before"
    ! was_restarted || fail 'the job was requeued for one rank'
}

master_pid() { awk '{ print $3 }' "$name/lock" 2>/dev/null; }
has_other_master() { [ -n "$(master_pid)" ] && [ "$(master_pid)" != "$master" ]; }

# The master is lost, by the signal given: what is left is tried again, at once or when its heartbeat
# has been missed for a minute and a half.
lose_master() { # NAME LAUNCHER SIGNAL SECONDS
    submit "$1" --launcher "$2" -- -N 3
    await 300 is_under_way
    before=$(results)
    master=$(master_pid)
    kill "-$3" "$master" || fail 'no master to kill'
    local start=$SECONDS
    await "$4" has_other_master
    echo "  another master after $((SECONDS - start)) s"
    check "$before"
    ! was_restarted || fail 'the job was requeued for one rank'
}
master() { lose_master master mpirun KILL 60; }
master_srun() { lose_master master_srun srun KILL 60; }
master_hangs() { lose_master master_hangs mpirun STOP 150; }
master_hangs_srun() { lose_master master_hangs_srun srun STOP 150; }

asks() { # what the job asks for
    scontrol show job "$job" | grep -oE ' (TimeLimit|NumTasks|TRES)=[^ ]*| (Comment|WorkDir)=.*'
}

# Nothing of the surroundings reaches the job, as some sites want it: its ranks know what the script
# says all the same. The script submitted again, from elsewhere and without words, asks for the same.
again() {
    mkdir -p data
    KOOPSWEEP_DATA=data submit again --launcher srun -- -N 3 --export=NONE -t 7 \
        "--comment=it's \"a\" #1 job"
    await 300 is_under_way
    for pid in $(ranks_on n1) $(ranks_on n2) $(ranks_on n3); do
        words=$(tr '\0' '\n' <"/proc/$pid/environ")
        grep -qx OMP_NUM_THREADS=1 <<<"$words" || fail "rank $pid may use more than a core"
        grep -qx "KOOPSWEEP_DATA=$folder/data" <<<"$words" || fail "rank $pid has no data"
        grep -q '^HOME=/' <<<"$words" || fail "rank $pid has no home, which Open MPI 5 needs"
    done
    before=$(results)
    asked=$(asks)
    scancel "$job"
    await 60 has_ended
    job=$(cd / && sbatch --parsable "$folder/again/job.sh") || fail 'not submitted again'
    [ "$asked" = "$(asks)" ] || fail "it asks for $(asks), not $asked"
    check "$before"
}

# What no node can hold is refused at once, with what was asked for, and leaves no run directory.
refused() {
    name=refused
    sed 's/^model.*/model: {width: 1024, layers: 24, heads: 8}/; s/samples: 64/samples: 4096/' \
        sweep.yaml >large.yaml
    "$program" submit large.yaml -n 3 --out refused >said 2>&1 && fail 'submitted'
    grep -q 'the job asks for [0-9]* MiB a task' said || fail "not said what was asked: $(cat said)"
    "$program" submit sweep.yaml --out refused -- -p nowhere >said 2>&1 && fail 'submitted'
    [ ! -e refused ] || fail 'a run directory was left behind'
}

team() { # a rank that shares its trials with another one dies: the other team goes on
    { cat sweep.yaml && echo 'resources.ranks_per_trial: 2'; } >team.yaml
    name=team_reference
    "$program" run team.yaml -n 1 --quiet --out $name || fail 'the undisturbed run'
    name=team
    job=$("$program" submit team.yaml -n 2 --launcher srun --out $name --parsable -- -N 3) ||
        fail 'not submitted'
    await 300 is_under_way
    before=$(results)
    kill -KILL "$(ranks_on n3 | tail -n 1)" || fail 'no rank to kill'
    check "$before" team_reference
    ! was_restarted || fail 'the job was requeued for one rank'
}

cut() { # a power cut of a node, with the launcher given
    submit "$1" --launcher "$2" -- -N 3
    await 300 is_under_way
    before=$(results)
    "$cluster" cut "$folder/s" n3
    scontrol update nodename=n3 state=down reason=cut
    sleep 2
    "$cluster" mend "$folder/s" n3
    scontrol update nodename=n3 state=resume 2>/dev/null # it may be back by itself
    check "$before"
}
node() { cut node srun; }
node_mpirun() { cut node_mpirun mpirun; }

# Slurm's shortest: a minute. Its warning comes at once; the clock decides. A sweep that ends within
# the minute shows nothing: then one of twice the work is submitted.
time_limit() {
    local steps=1500
    for try in 1 2 3 4 5 6; do
        steps=$((2 * steps))
        name=time_limit$try
        sed "s/steps: 250/steps: $steps/" sweep.yaml >long.yaml
        job=$("$program" submit long.yaml -n 2 --launcher srun --out "$name" --parsable -- -N 2 -t 1) ||
            fail 'not submitted'
        await 300 was_restarted_or_has_ended
        [ "${restarts:-0}" -eq 0 ] || break
        [ "$state" = COMPLETED ] || fail "the job ended as $state"
    done
    [ "${restarts:-0}" -ge 1 ] || fail "$steps steps a trial and done in a minute"
    before=$(results)
    await 1800 has_ended
    [ "$state" = COMPLETED ] || fail "the job ended as $state"
    [ -z "$(comm -23 <(echo "$before") <(results))" ] || fail 'a finished trial was run again'
    echo "  restarts: $(field Restarts), steps: $steps"
    "$program" run long.yaml -n 2 --quiet --out long || fail 'the undisturbed run'
    "$program" compare long "$name" >compared || fail "$(cat compared)"
}

# Here goes ----------------------------------------------------------------------------------------

short="refused undisturbed usr2 rank master again"
long="master_srun master_hangs master_hangs_srun usr2_mpirun requeue requeue_mpirun rank_srun team node node_mpirun time_limit"
case ${SLURM_TESTS:-} in
'')
    chosen=$short
    echo "only: $short (SLURM_TESTS=all adds: $long)"
    ;;
all) chosen="$short $long" ;;
*) chosen=$SLURM_TESTS ;;
esac

name=reference
"$program" run sweep.yaml -n 2 --quiet --out reference || fail 'the undisturbed run'
name=cluster
environment=$("$cluster" start "$folder/s" 3) || fail 'no Slurm'
eval "$environment"
for scenario in $chosen; do
    start=$SECONDS
    $scenario
    echo "$scenario: ok, $((SECONDS - start)) s"
done
