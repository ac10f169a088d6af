#!/bin/sh
# How a job ends whose sweep could not say how it ended: with the true code, never with 0, and soon.
# The launcher and the program are ours; naps of the script are shortened a hundredfold.
. tests/script.sh
mkdir bin
PATH=$folder/bin:$PATH
export LAUNCHES="$folder/launches"

cat >sweep.yaml <<'EOF'
name: tiny
train.steps: 2
model: {width: 32, layers: 2, heads: 2}
axes: {product: {train.lr: [1e-3, 1e-1]}}
EOF
cat >bin/program <<'EOF'
#!/bin/sh
eval "$BEHAVES"
EOF
# Two ranks; having lost one it waits for ever, as Open MPI's does when told to outlive ranks.
cat >"bin/$starter" <<'EOF'
#!/bin/bash
echo launched >>"$LAUNCHES"
while [ "$1" != sh ]; do shift; done
env "$RANK=1" "$@" & other=$!
env "$RANK=0" "$@" & zero=$!
trap 'kill $zero $other $! 2>/dev/null; exit 143' TERM
wait $zero && wait $other && exit 0
sleep 30 &
wait
EOF
cat >bin/srun <<'EOF'
#!/bin/bash
echo launched >>"$LAUNCHES"
while [ "${1#--}" != "$1" ]; do shift; done
env "$RANK=0" "$@" &
trap 'kill $!; exit 143' TERM # Slurm ends the ranks
wait $!
EOF
printf '#!/bin/sh\n' >bin/scontrol
# A decimal comma, but for those who want none: Debian's awk under de_DE, without the locale.
cat >bin/awk <<'EOF'
#!/bin/sh
if [ "${LC_ALL:-}" = C ]; then exec /usr/bin/awk "$@"; else /usr/bin/awk "$@" | tr . ,; fi
EOF
printf '#!/bin/sh\nexit 1\n' >bin/sbatch
chmod +x bin/*

script() { # SUBMIT-OPTIONS...: writes job.sh
    rm -rf runs
    "$program" submit sweep.yaml --dry-run "$@" >job.sh || fail 'no script'
    sed -i "s|^program=.*|program=$folder/bin/program|; s/nap 2 /nap 0.02 /; s/nap 10 /nap 0.1 /" job.sh
    sed -i "s/nap 40 /nap 0.5 /" job.sh
    mkdir -p runs/tiny/logs
}
job=0
job_ends() { # CODE LAUNCHES WORDS BEHAVIOUR
    job=$((job + 1)) # ranks of an earlier case may live on, and what they note is that job's
    rm -f "$LAUNCHES" runs/tiny/lock runs/tiny/cancelled
    expect "$1" "$3" env BEHAVES="$4" SLURM_JOB_ID=$job SLURM_JOB_NODELIST=here \
        SLURM_JOB_END_TIME=9999999999 timeout 60 bash job.sh
    [ "$(grep -c . "$LAUNCHES")" -eq "$2" ] || fail "launched $(grep -c . "$LAUNCHES") times, not $2"
}
is_zero='[ "$(printenv "$RANK")" = 0 ]'
verdict='echo 0 >"$KOOPSWEEP_VERDICT"'

script
job_ends 0 1 'ended with code 0' "! $is_zero || $verdict"
job_ends 2 1 'rank 0 fell with code 2' 'exit 2' # a usage error, of every rank
job_ends 132 1 'older than the one koopsweep was built for' 'kill -ILL $$'
job_ends 127 1 'a library of it, is not to be had' 'exit 127' # as the loader ends
# Rank 0 only gave up waiting for the one that fell.
job_ends 127 1 'rank 1 fell with code 127' "$is_zero || exit 127; sleep 0.3; exit 4"
job_ends 137 3 'rank 0 fell with code 137' "! $is_zero || kill -KILL \$\$; sleep 30" # the master
job_ends 4 3 'has left no verdict' '' # all ranks end with 0, and nobody has said a word
job_ends 3 1 'ended with code 3' "! $is_zero || echo 3 >\"\$KOOPSWEEP_VERDICT\"; $is_zero || exit 9"
[ -z "$(find runs/tiny -name 'verdict*')" ] || fail 'notes of ranks were left behind'

# A master that hangs: its heartbeat was there and is no more.
beats="! $is_zero || for i in 1 2 3; do touch runs/tiny/lock; sleep 1; done; sleep 30"
job_ends 143 3 'no heartbeat for 90 seconds' "$beats"
job_ends 143 3 'no heartbeat for 150 seconds' 'sleep 30' # MPI does not start
# Rank 0 of the first attempt outlives its launcher and ends, with 0, in the midst of the second, whose
# rank 0 beats until then and a second longer.
cat >outlive <<'EOF'
[ "$(printenv "$RANK")" = 0 ] || exit 0
if [ "$(grep -c . "$LAUNCHES")" -eq 1 ]; then
    echo $PPID >orphan # the shell that notes how this one ends
    until [ -e second ]; do sleep 0.05; done
    exit 0
fi
touch second
beat=0 more=20
while kill -0 "$(cat orphan)" 2>/dev/null || [ $((more -= 1)) -gt 0 ]; do
    touch -d "@$((beat += 1))" runs/tiny/lock
    sleep 0.05
done
echo 0 >"$KOOPSWEEP_VERDICT"
EOF
job_ends 0 2 'ended with code 0' '. ./outlive'
script --launcher srun
job_ends 2 1 'ended with code 2' 'exit 2'
job_ends 4 3 'has left no verdict' ''
job_ends 0 1 'ended with code 0' "$verdict; exit 137" # a rank fell, the sweep went on to its end
job_ends 143 3 'no heartbeat for 90 seconds' "$beats"

# What the job computes has no decimal comma, wherever it was submitted.
script --max-hours 4.5
job_ends 0 1 'ended with code 0' "echo \"\$@\" >words; ! $is_zero || $verdict"
grep -q -- '--max-hours 4[.]' words || fail "not a number: $(cat words)"
LC_ALL=de_DE.UTF-8 job_ends 0 1 'ended with code 0' "echo \"\$@\" >words; ! $is_zero || $verdict"
grep -q -- '--max-hours 4[.]' words || fail "not a number: $(cat words)"

# What sbatch --export left would keep the script's variables from srun's ranks; the site's part comes
# first, and may say what the ranks run in.
cat >site.sh <<'EOF'
set -e
module() { loaded=$*; }
module load mpi
export SITE=$loaded
inside=(env INSIDE=yes)
EOF
script --launcher srun --prologue site.sh
SLURM_EXPORT_ENV=NONE job_ends 0 1 'ended with code 0' \
    "echo \"\${SLURM_EXPORT_ENV-unset} \$OMP_NUM_THREADS \$SITE \$INSIDE\" >words; $verdict"
[ "$(cat words)" = 'unset 1 load mpi yes' ] || fail "the ranks saw: $(cat words)"
