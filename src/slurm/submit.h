/* submit.h: handing a job script to Slurm: one call of sbatch, and nothing else is ever asked of
 * the scheduler from outside the job. */
#ifndef SLURM_SUBMIT_H
#define SLURM_SUBMIT_H

#include "slurm/command.h"

typedef struct submission {
    char id[64];                   /* "1234"; "" when sbatch only tested, or refused           */
    char cluster[64];              /* on which of several, when sbatch said so; else ""        */
    char remark[COMMAND_TEXT_MAX]; /* what sbatch said beside it, "" mostly                    */
    int is_doubtful;               /* sbatch was content but named no job: there may be one    */
} submission_t;

/* Runs `sbatch --parsable [options] SCRIPT`. `options` (NULL-terminated) go through word by word.
 * The job inherits `environment` without what a surrounding job or MPI has left in it
 * (SLURM_..., but what says which cluster is meant, PMIX_..., OMPI_..., and so on).
 *
 * Sites put banners around what sbatch prints: the job's id is in the last line of the forms "ID",
 * "ID;CLUSTER", "Submitted batch job ID", "... ID on cluster CLUSTER". STATUS_ENVIRONMENT, with its
 * words: sbatch is missing, refuses, or prints no id. One that has named a job and yet fails
 * (--wait passes on the job's code) gives its own code. */
status_t submit_script(const char *script_path, char *const *options, char *const *environment,
                       command_run_t *run, submission_t *submission);

#endif
