#SBATCH --signal=USR2@180
#SBATCH --no-kill
@SBATCH@

# A rank or a node that dies ends neither the others nor the job: the sweep goes on without it.
launch() {
    exec srun --mpi=@PMI@ --no-kill --kill-on-bad-exit=0 --wait=0 --cpu-bind=verbose \
        --cpus-per-task="${SLURM_CPUS_PER_TASK:-1}" "$@"
}
# What is sent to all steps reaches the ranks without us; a second TERM would kill them.
pass_on() { [ "$1" = TERM ] || scancel --signal="$1" "$SLURM_JOB_ID"; }
