#!/bin/sh
# submit as a user types it, with an sbatch that only notes what it is called with.
set -u
program=$PWD/$BUILD/koopsweep
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
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

fail() { echo "FAILED: $*"; cat output; exit 1; }
expect() { # CODE WORDS COMMAND...: exit code, and words in the output
    code=$1 words=$2
    shift 2
    rm -f calls
    "$@" >output 2>&1
    got=$?
    [ $got -eq "$code" ] || fail "$* gave $got, not $code"
    grep -qF -- "$words" output || fail "$* does not say '$words'"
}
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

# Refusals.
sed 's/steps: 2/steps: 3/' sweep.yaml >other.yaml
expect 2 'is not the sweep that' "$program" submit other.yaml
REFUSE='invalid partition' expect 7 'invalid partition' "$program" submit sweep.yaml
expect 7 'sbatch cannot be started' env PATH=/nowhere "$program" submit sweep.yaml
