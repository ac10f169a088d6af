# As many ranks as the job has tasks; one that dies ends the others.
launch() {
    srun --mpi=@PMI@ --kill-on-bad-exit=1 --cpus-per-task="${SLURM_CPUS_PER_TASK:-1}" "$@"
}
