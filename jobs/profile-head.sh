#!/bin/bash
# A profile over ranks, as `koopsweep submit --profile` wrote it: one rank runs the network, the
# others measure. This script may be submitted again at any time.
#SBATCH --job-name=koopsweep-profile
#SBATCH --output=@LOGS@/%x-%j.out
#SBATCH --chdir=@HERE@
#SBATCH --ntasks=@TASKS@
#SBATCH --cpus-per-task=1
@SBATCH@

