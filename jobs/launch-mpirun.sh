# "B:" because mpirun is a child of this script and no step of Slurm's: pass_on hands it on.
#SBATCH --signal=B:USR2@180

# As many ranks as the job has tasks, on the cores Slurm gave the job. A rank that dies does not end
# the others (--enable-recovery). When mpirun ends early it kills its ranks: ten seconds later, so
# that they can save their trials.
launch() {
    [ "$(id -u)" -ne 0 ] || export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    exec mpirun --enable-recovery --bind-to none --report-bindings --mca mpi_yield_when_idle 1 \
        --mca odls_base_sigkill_timeout 10 "$@"
}
pass_on() { kill -s "$1" "$child"; }
