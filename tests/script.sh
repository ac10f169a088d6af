# shellcheck shell=sh disable=SC2034
# What test scripts share. A script of a folder below begins, at the root of the tree, with
#     . tests/script.sh
# and then stands in a folder of its own, which is gone when it ends.
#
# Variables: root = of the tree; program = koopsweep; folder = where the script stands; of the MPI that
# it is linked with: mpi = its name, starter = what starts ranks, RANK = the name of the variable that
# tells a rank its number, generations = of processes between the starter and ranks of our own launch.
set -u
root=$PWD
program=$PWD/$BUILD/koopsweep
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
[ "$(id -u)" -ne 0 ] || export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export ASAN_OPTIONS=detect_leaks=0 # of a sanitized program: Open MPI leaks
case $(ldd "$program" 2>/dev/null) in
*libmpich*) mpi=MPICH starter=${KOOPSWEEP_MPIRUN:-mpiexec.hydra} RANK=PMI_RANK generations="proxy keeper" ;;
*) mpi='Open MPI' starter=${KOOPSWEEP_MPIRUN:-mpirun} RANK=OMPI_COMM_WORLD_RANK generations= ;;
esac
export RANK

# Starts ranks by hand, as many as one likes.
ranks() { # COUNT COMMAND...
    case $mpi in
    MPICH) "$starter" -bind-to none -n "$@" ;;
    *) "$starter" --oversubscribe -n "$@" ;;
    esac
}

# The ranks below a launcher, process by process; nothing and 1 when there are none yet.
ranks_below() { # PID
    below=$(pgrep -P "$1") || return
    for _ in $generations; do below=$(pgrep -P "$(echo "$below" | paste -sd,)") || return; done
    echo "$below"
}

has() { tr '\0' '\n' 2>/dev/null <"/proc/$1/environ" | grep -qx "$2"; } # PID VARIABLE=PATTERN
is_rank() { # NUMBER PID: of our own launch; its keeper, where it has one, is not meant
    has "$2" "$RANK=$1" && { [ -z "$generations" ] || has "$2" 'KOOPSWEEP_KEEPER=.*'; }
}

# What Open MPI 4 and 5 keep of their ranks, also of killed ones, goes into the test's folder.
keep_ranks_here() {
    export TMPDIR="$folder" OMPI_MCA_btl_vader_backing_directory="$folder" \
        OMPI_MCA_btl_sm_backing_directory="$folder"
}

# Ends the test. What was said last, if anything, is the file `output`.
fail() { # WORDS...
    echo "FAILED: $*"
    cat output 2>/dev/null
    exit 1
}

expect() { # CODE WORDS COMMAND...: exit code, and words in the output
    code=$1 words=$2
    shift 2
    "$@" >output 2>&1
    got=$?
    [ $got -eq "$code" ] || fail "$* gave $got, not $code"
    grep -qF -- "$words" output || fail "$* does not say '$words'"
}

await() { # COMMAND...: until it succeeds, for minutes on a busy machine
    for _ in $(seq 2000); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.1
    done
    fail "waited in vain for: $*"
}

spec() { # NAME STEPS: four small trials
    cat <<END
name: $1
task.name: associative_recall
train: {steps: $2, batch: 8, valid_batches: 1}
probe.rksp.samples: 64
model: {width: 16, layers: 1, heads: 2}
axes: {product: {model.norm: [pre_ln, none], train.lr: [1e-3, 1e-2]}}
END
}
