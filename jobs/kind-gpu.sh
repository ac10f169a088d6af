#!/bin/bash
# The sweep @NAME@ (@TRIALS@ trials, @LEFT@ left) on GPUs, as `koopsweep submit` wrote it: the ranks
# of a machine take its GPUs in turn, each the share resources.gpus_per_trial; the first rank needs
# none.
# Trials that have ended are never run again: this script may be submitted again at any time.
#SBATCH --job-name=koopsweep-@NAME@
#SBATCH --output=@LOGS@/%x-%j-%r.out
#SBATCH --chdir=@HERE@
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --ntasks=@TASKS@
#SBATCH --cpus-per-task=1
#SBATCH --gpus=@GPUS@
@MEMORY@
