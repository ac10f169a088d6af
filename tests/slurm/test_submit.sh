#!/bin/sh
# submit as a user types it, with an sbatch that only notes what it is called with.
. tests/script.sh
mkdir bin
cat >bin/sbatch <<'EOF'
#!/bin/sh
printf '%s\n' "$@" >>"$CALLS"
env >>"$CALLS"
[ -z "${REFUSE:-}" ] || { echo "sbatch: error: $REFUSE" >&2; exit 1; }
echo 4711
EOF
chmod +x bin/sbatch
PATH=$folder/bin:$PATH
export CALLS="$folder/calls"

says() { grep -qF -- "$2" "$1" || fail "$1 lacks '$2'"; }

cat >sweep.yaml <<'EOF'
name: tiny
train.steps: 2
model: {width: 32, layers: 2, heads: 2}
axes: {product: {model.norm: [pre_ln, none], train.lr: [1e-3, 1e-1]}}
EOF
sed 's/train.steps/train.stebs/' sweep.yaml >bad.yaml
sed 's/heads: 2/heads: 3/' sweep.yaml >odd.yaml

# A dry run writes nothing, neither does a bad spec; both launchers and kinds make valid scripts.
for launcher in mpirun srun; do
    for kind in '' --gpu; do
        # shellcheck disable=SC2086
        expect 0 "$launcher --" "$program" submit sweep.yaml --dry-run --launcher $launcher $kind
        bash -n output || fail "$launcher $kind: no valid script"
        grep -q '@[A-Z_]*@' output && fail "$launcher $kind: a name is left"
        case $kind in '') ! grep -q gpus output || fail 'GPUs unasked' ;; *) says output gpus ;; esac
        says output '#SBATCH --requeue'
        says output '#SBATCH --open-mode=append'
        says output "#SBATCH --output='$folder/runs/tiny/logs'/%x-%j-%r.out"
        says output '#SBATCH --ntasks=5'
        says output 'USR2@180'
    done
done
{ cat sweep.yaml && echo 'resources.ranks_per_trial: 2'; } >team.yaml
expect 0 '#SBATCH --ntasks=7' "$program" submit team.yaml --dry-run -n 3
expect 2 'train.stebs' "$program" submit bad.yaml
expect 2 'heads' "$program" submit odd.yaml
expect 2 'launcher' "$program" submit sweep.yaml --launcher aprun
[ ! -e runs ] && [ ! -e calls ] || fail 'something was written or submitted'

# Submitted: one call, the options verbatim, the sweep and its script kept.
export SLURM_CPU_BIND=quiet SLURM_JOB_ID=7 OMPI_UNIVERSE_SIZE=3 SLURM_CONF=/some/slurm.conf
expect 0 'submitted job 4711: 4 trials' "$program" submit sweep.yaml -n 2 -- -N 2 '--comment=a b'
[ "$(head -n 5 calls | tr '\n' '|')" = "--parsable|-N|2|--comment=a b|$folder/runs/tiny/job.sh|" ] ||
    fail "sbatch was called with $(head -n 5 calls)"
[ "$(grep -c -- --parsable calls)" -eq 1 ] || fail 'sbatch was called more than once'
grep -q 'SLURM_CPU_BIND\|SLURM_JOB_ID\|OMPI_' calls && fail 'a surrounding job shows through'
says calls SLURM_CONF=/some/slurm.conf
says runs/tiny/job.sh '#SBATCH --ntasks=3'
cmp -s sweep.yaml runs/tiny/spec.yaml || fail 'the sweep was not kept'
expect 0 4711 "$program" submit sweep.yaml --parsable
[ "$(cat output)" = 4711 ] || fail 'more than the id was printed'
expect 0 4711 "$program" submit sweep.yaml --test-only
says calls --test-only

# What `koopsweep run` is told in the job, and the job script itself, with a mpirun that only notes
# what it is called with and ends with the code asked for.
expect 0 'submitted' "$program" submit sweep.yaml --max-hours 2.5 --max-fails 7 --silence 60 \
    --checkpoint-every 30
job=runs/tiny/job.sh
says $job '--checkpoint-every 30 --silence 60 --max-fails 7 --max-hours'
cat >bin/mpirun <<'EOF'
#!/bin/sh
echo "$@" >>"$CALLS"
[ -z "${CANCELLED:-}" ] || touch runs/tiny/cancelled
echo "$VERDICT" >runs/tiny/verdict
EOF
printf '#!/bin/sh\necho "scontrol $*" >>"$CALLS"\n' >bin/scontrol
chmod +x bin/mpirun bin/scontrol
unset SLURM_CPU_BIND OMPI_UNIVERSE_SIZE
run_job() { # CODE WORDS CALLS [VARIABLE=VALUE...]: exit code, words, how often mpirun was called
    code=$1 words=$2 times=$3
    shift 3
    rm -f runs/tiny/cancelled calls
    expect "$code" "$words" env SLURM_JOB_NODELIST=here SLURM_JOB_END_TIME=9999999999 "$@" bash $job
    touch calls
    [ "$(grep -c -- --max-hours calls)" -eq "$times" ] || fail "mpirun was called: $(cat calls)"
}
clock=runs/tiny/logs/clock-7
run_job 0 'ended with code 0' 1 VERDICT=0
grep -q -- '--max-hours 2\.[45]' calls || fail "not the hours that are left: $(cat calls)"
[ "$(cat $clock)" -ge 0 ] || fail 'the time used was not noted'
run_job 4 'ended with code 4' 3 VERDICT=4
run_job 4 'ended with code 4' 1 VERDICT=4 CANCELLED=1
echo 8640 >$clock
run_job 0 'ended with code 0' 1 VERDICT=0
grep -q -- '--max-hours 0\.[01]' calls || fail "what earlier restarts took is forgotten: $(cat calls)"
echo 9001 >$clock
run_job 4 'are used up' 0 VERDICT=0
grep -q requeue calls && fail 'requeued though its time was used up'
expect 0 'submitted' "$program" submit sweep.yaml
run_job 0 'ended with code 0' 1 VERDICT=0
says calls '--max-hours 0'
pgrep -ax sleep | grep -q ' 8[0-9]\{9\}$' && fail 'what watches the clock sleeps on'
expect 2 'max-fails' "$program" submit sweep.yaml --max-fails -1
expect 2 'submit: --until-min means nothing without' "$program" submit sweep.yaml --until-min 5
{ grep -v ^axes sweep.yaml && echo 'search: {key: train.lr, from: 1e-4, to: 1e-2}'; } >search.yaml
expect 2 'does not go with search' "$program" submit search.yaml --until-ci 0.1
expect 0 '--until-ci 0.1 --until-score rho --until-min 20' "$program" submit sweep.yaml \
    --until-ci 0.1 --until-score rho --dry-run
expect 2 'max-hours' "$program" submit sweep.yaml --max-hours never

# Refusals.
sed 's/steps: 2/steps: 3/' sweep.yaml >other.yaml
expect 2 'is not the sweep that' "$program" submit other.yaml
REFUSE='invalid partition' expect 7 'invalid partition' "$program" submit sweep.yaml
expect 7 'sbatch cannot be started' env PATH=/nowhere "$program" submit sweep.yaml
