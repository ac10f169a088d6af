# "B:" because mpirun is a child of this script and no step of Slurm's: pass_on hands it on.
#SBATCH --signal=B:USR2@180

# As many ranks as the job has tasks, on the cores Slurm gave the job. A rank that dies does not end
# the others (--enable-recovery). When mpirun ends early it kills its ranks: ten seconds later, so
# that they can save their trials. Told to outlive ranks, it passes on no exit code: the verdict goes
# through a file.
launch() {
    [ "$(id -u)" -ne 0 ] || export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    local self=$BASHPID # mpirun's, in a moment
    end_with_sweep "$self" &
    export KOOPSWEEP_VERDICT="$run/verdict"
    exec mpirun --enable-recovery -x KOOPSWEEP_VERDICT --bind-to none --report-bindings \
        --mca mpi_yield_when_idle 1 --mca odls_base_sigkill_timeout 10 "$@"
}
pass_on() { kill -s "$1" "$child"; }

# mpirun that has lost a rank does not end by itself: it is ended ten seconds after the sweep, which
# has its lock as long as it runs (and gives up within two minutes if it does not come to that).
end_with_sweep() { # PID
    for _ in $(seq 75); do [ -e "$run/lock" ] || { kill -0 "$1" || return; sleep 2; }; done
    while [ -e "$run/lock" ]; do kill -0 "$1" || return; sleep 2; done
    for signal in 0 TERM KILL; do sleep 5 && kill -s $signal "$1" || return; done
} 2>/dev/null
