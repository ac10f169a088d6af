# "B:" because mpirun is a child of this script and no step of Slurm's: pass_on hands it on.
#SBATCH --signal=B:USR2@180
@SBATCH@

# mpirun, told to outlive ranks, passes on no exit code: the verdict goes through a file, and how a
# rank ended that could not write it (a missing library, an illegal instruction, a kill) is noted by
# the shell above it. That shell takes signals and does nothing: its rank gets them, too.
note_end='trap : HUP INT TERM USR1 USR2
"$@"
code=$?
[ $code -eq 0 ] && [ "$@RANK@" -ne 0 ] ||
    echo $code >"$KOOPSWEEP_VERDICT.$@RANK@"
exit $code'

# As many ranks as the job has tasks, on the cores Slurm gave the job. A rank that dies does not end
# the others.
launch() {
    [ "$(id -u)" -ne 0 ] || export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    exec @LAUNCHER@ \
        sh -c "$note_end" rank "$@"
}
# Not all launchers pass all on; without them the sweep goes by its own clock.
pass_on() { case $1 in @SIGNALS@) kill -s "$1" "$child" ;; esac; }
