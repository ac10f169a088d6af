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
quietly() { "$@" >output 2>&1 || fail "$* gave $?"; }

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
    case $launcher in mpirun) starts="$starter -" ;; *) starts='srun --' ;; esac
    for kind in '' --gpu; do
        # shellcheck disable=SC2086
        expect 0 "$starts" "$program" submit sweep.yaml --dry-run --launcher $launcher $kind
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
grep -q '^SLURM_CPU_BIND\|^SLURM_JOB_ID\|^OMPI_' calls && fail 'a surrounding job shows through'
says calls SLURM_CONF=/some/slurm.conf
says runs/tiny/job.sh '#SBATCH --ntasks=3'
cmp -s sweep.yaml runs/tiny/spec.yaml || fail 'the sweep was not kept'
expect 0 4711 "$program" submit sweep.yaml --parsable
[ "$(cat output)" = 4711 ] || fail 'more than the id was printed'
quietly "$program" submit sweep.yaml --test-only
says calls --test-only
[ -e runs/tiny/job.sh ] || fail 'a test took the script of a job away'

# The script may be submitted again by itself, from anywhere: it says all that submit was told, but
# what was about that one submission; where data lie; and what the site needs, as it is.
mkdir -p data
printf 'module load "%s"\ninside=(run in @NAME@)\n' 'my mpi' >site.sh
expect 0 submitted env KOOPSWEEP_DATA=data "$program" submit sweep.yaml --out again \
    --prologue site.sh -- --account=me -t 5 '--comment=a b' --dependency=afterok:3 --wait
says again/job.sh "#SBATCH --account=me -t 5 '--comment=a b'"
says again/job.sh "#SBATCH --chdir='$folder'"
says again/job.sh "export KOOPSWEEP_DATA='$folder/data'"
says again/job.sh 'module load "my mpi"'
says again/job.sh 'inside=(run in @NAME@)'
grep -q 'afterok\|--wait' again/job.sh && fail 'what was about one submission is said for ever'
[ "$(grep -n '^#SBATCH' again/job.sh | tail -n 1 | cut -d : -f 1)" -lt \
    "$(grep -n '^[^#]' again/job.sh | head -n 1 | cut -d : -f 1)" ] ||
    fail 'sbatch would not read all #SBATCH lines'
echo '#SBATCH --exclusive' >>site.sh
expect 2 'site.sh:3: sbatch reads no #SBATCH line here' "$program" submit sweep.yaml --out again \
    --prologue site.sh
expect 2 'none.sh' "$program" submit sweep.yaml --out again --prologue none.sh
expect 2 'line break' "$program" submit sweep.yaml --out again -- '--comment=a
b'

# Memory: what a trial needs, unless the user says otherwise; what cannot do is said.
sed 's/^model.*/model: {width: 1024, layers: 12, heads: 16}/; s/name: tiny/name: big/' sweep.yaml >big.yaml
expect 0 '#SBATCH --mem-per-cpu=1024M' "$program" submit sweep.yaml --dry-run
quietly "$program" plan big.yaml --json
reckoned=$(sed 's/.*"bytes_per_worker":\([0-9.e+]*\).*/\1/' output | awk '{ printf "%d", $1 / 1048576 }')
expect 0 '#SBATCH --mem-per-cpu=' "$program" submit big.yaml --dry-run
asked=$(sed -n 's/^#SBATCH --mem-per-cpu=\([0-9]*\)M$/\1/p' output)
[ "$asked" -gt "$reckoned" ] && [ "$asked" -lt $((2 * reckoned)) ] ||
    fail "$asked MiB are asked for, $reckoned are needed"
for words in --mem=0 --mem-per-cpu=100G '--mem 100000'; do
    # shellcheck disable=SC2086
    expect 0 'memory: as the user says' "$program" submit big.yaml --dry-run -- $words
    grep -q warning output && fail "$words do"
done
expect 0 "up to $asked MiB; --mem-per-cpu gives 4096 MiB" "$program" submit big.yaml --dry-run -- \
    --mem-per-cpu=4G
expect 0 "up to $asked MiB; --mem gives 16384 MiB to 3 of them" "$program" submit big.yaml --dry-run \
    -- --mem=16G -N 2

# What `koopsweep run` is told in the job, and the job script itself, with a mpirun that only notes
# what it is called with and ends with the code asked for.
expect 0 'submitted' "$program" submit sweep.yaml --max-hours 2.5 --max-fails 7 --silence 60 \
    --checkpoint-every 30
job=runs/tiny/job.sh
says $job '--checkpoint-every 30 --silence 60 --max-fails 7 --max-hours'
cat >"bin/$starter" <<'EOF'
#!/bin/sh
echo "$@" >>"$CALLS"
[ -z "${CANCELLED:-}" ] || touch runs/tiny/cancelled
echo "$VERDICT" >"$KOOPSWEEP_VERDICT"
EOF
printf '#!/bin/sh\necho "scontrol $*" >>"$CALLS"\n' >bin/scontrol
chmod +x "bin/$starter" bin/scontrol
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

# The job is as large as what is left; nothing left is said, and nothing submitted.
quietly "$program" run sweep.yaml -n 1 --quiet
find runs/tiny/trials -name '*.h5' | head -n 3 | xargs rm
rm -f calls
expect 0 '3 of 4 trials are left, 3 at once' "$program" submit sweep.yaml -n 31
says $job '#SBATCH --ntasks=4'
says $job '(4 trials, 3 left)'
quietly "$program" run sweep.yaml -n 1 --quiet
rm -f calls
expect 0 'all 4 trials have ended already; nothing to submit' "$program" submit sweep.yaml
expect 0 none "$program" submit sweep.yaml --parsable
[ "$(grep -cx none output)" -eq 1 ] || fail 'a script cannot see that there is no job'
[ ! -e calls ] || fail 'a complete sweep was submitted'

# sbatch that prints more than the id, or something else.
sed 's/^name: tiny/name: other/' sweep.yaml >fresh.yaml
answer() { printf '#!/bin/sh\nprintf "%s"\nexit %s\n' "$1" "$2" >bin/sbatch; }
answer '\nWelcome, 5 new mails\n519605;west\nsee you\n' 0
expect 0 'submitted job 519605 on cluster west' "$program" submit fresh.yaml --out banner
expect 0 519605 "$program" submit fresh.yaml --out banner --parsable
[ "$(cat output)" = 519605 ] || fail 'more than the id was printed'
answer '2 GPU-hours left in allocation ab12\n' 0
expect 7 'named no job' "$program" submit fresh.yaml --out doubt --parsable
says output '2 GPU-hours left in allocation ab12'
[ -s doubt/job.sh ] || fail 'the script of what may be a job is gone'
answer '77\n' 3
expect 3 'job 77 and ended with code 3' "$program" submit fresh.yaml --out waited -- --wait
[ -s waited/job.sh ] || fail 'the script of a job is gone'

# Refusals leave nothing behind; of a run that was there before, its script.
answer 'sbatch: error: Memory specification can not be satisfied\n' 1
expect 7 'asks for 1024 MiB a task' "$program" submit fresh.yaml --out new/run
[ ! -e new ] || fail "refused, but there is $(find new)"
cp banner/job.sh before.sh
expect 7 refused "$program" submit fresh.yaml --out banner -- --time=1
cmp -s before.sh banner/job.sh || fail 'a refused submission changed the script of the job before'
mkdir -p mine/run
expect 7 refused "$program" submit fresh.yaml --out mine/run
[ -z "$(ls mine/run)" ] || fail "refused, but there is $(ls mine/run)"
printf '#!/bin/sh\necho "sbatch: error: $REFUSE" >&2\nexit 1\n' >bin/sbatch
sed 's/steps: 2/steps: 3/' sweep.yaml >other.yaml
expect 2 'is not the sweep that' "$program" submit other.yaml
REFUSE='invalid partition' expect 7 'invalid partition' "$program" submit fresh.yaml
expect 7 'sbatch cannot be started' env PATH=/nowhere "$program" submit fresh.yaml
[ ! -e runs/other ] || fail "refused, but there is $(find runs/other)"
