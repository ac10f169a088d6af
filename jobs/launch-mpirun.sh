# "B:" because mpirun is a child of this script and no step of Slurm's: pass_on hands it on.
#SBATCH --signal=B:USR2@180
@SBATCH@

# mpirun, told to outlive ranks, passes on no exit code: the verdict goes through a file, and how a
# rank ended that could not write it (a missing library, an illegal instruction, a kill) is noted by
# the shell above it. That shell takes signals and does nothing: its rank gets them, too.
note_end='trap : HUP INT TERM USR1 USR2
"$@"
code=$?
[ $code -eq 0 ] && [ "$OMPI_COMM_WORLD_RANK" -ne 0 ] ||
    echo $code >"$KOOPSWEEP_VERDICT.$OMPI_COMM_WORLD_RANK"
exit $code'

# As many ranks as the job has tasks, on the cores Slurm gave the job. A rank that dies does not end
# the others (--enable-recovery). When mpirun ends early it kills its ranks: ten seconds later, so
# that they can save their trials.
launch() {
    [ "$(id -u)" -ne 0 ] || export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    exec mpirun --enable-recovery -x KOOPSWEEP_VERDICT --bind-to none --report-bindings \
        --mca mpi_yield_when_idle 1 --mca odls_base_sigkill_timeout 10 \
        sh -c "$note_end" rank "$@"
}
pass_on() { kill -s "$1" "$child"; }
