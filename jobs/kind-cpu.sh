#!/bin/bash
# The sweep @NAME@ (@TRIALS@ trials, @LEFT@ left), as `koopsweep submit` wrote it.
# Trials that have ended are never run again: this script may be submitted again at any time.
#SBATCH --job-name=koopsweep-@NAME@
#SBATCH --output=@LOGS@/%x-%j-%r.out
#SBATCH --chdir=@HERE@
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --ntasks=@TASKS@
#SBATCH --cpus-per-task=1
@MEMORY@
