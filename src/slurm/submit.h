/* submit.h: handing a job script to Slurm: one call of sbatch, and nothing else is ever asked of
 * the scheduler from outside the job. */
#ifndef SLURM_SUBMIT_H
#define SLURM_SUBMIT_H

#include "slurm/command.h"

typedef struct submission {
    char id[64];                   /* "1234"; "" when sbatch only tested            */
    char remark[COMMAND_TEXT_MAX]; /* what sbatch said beside it, "" mostly         */
} submission_t;

/* Runs `sbatch --parsable [options] SCRIPT`. `options` (NULL-terminated) go through word by word.
 * The job inherits `environment` without what a surrounding job or MPI has left in it
 * (SLURM_..., but SLURM_CONF, PMIX_..., OMPI_..., and so on). sbatch
 * missing or refusing: STATUS_ENVIRONMENT with its words. */
status_t submit_script(const char *script_path, char *const *options, char *const *environment,
                       command_run_t *run, submission_t *submission);

#endif
