/* job_size.h: how large a job of Slurm has to be for what is left of a sweep. */
#ifndef CLI_JOB_SIZE_H
#define CLI_JOB_SIZE_H

#include "dispatch/session.h"

/* Trials at once when nobody says how many. */
enum { JOB_WORKERS_MAX = 15 };

typedef struct job_size {
    size_t trials, left, failed; /* of the sweep; without a result; FAILED */
    int workers;                 /* trials at once, no more than are left  */
    int tasks;                   /* the workers' ranks, and the master     */
    int gpus;                    /* the shares of trials left; 0 = none    */
    long mebibytes;              /* a task's memory                        */
} job_size_t;

/* Looks which trials have ended (sets session->states, reads only) and adds up what the others
 * need. The session is loaded and estimated. `workers` 0: nobody says; `gpu_each`: a whole GPU per
 * worker, whatever the trials say. */
status_t job_size_create(session_t *session, int workers, int gpu_each, job_size_t *size);

/* One sentence when the words for sbatch give a task less memory than it needs; "" when they give
 * enough, or nothing is known. */
enum { JOB_WARNING_MAX = 256 };
void job_size_warn(const job_size_t *size, char *const *words, char text[JOB_WARNING_MAX]);

/* Do words or environment say how much memory the job gets? Slurm takes --mem, --mem-per-cpu and
 * --mem-per-gpu for contradictions. */
int job_size_is_said(char *const *words);

#endif
