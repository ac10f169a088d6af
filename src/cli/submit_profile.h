/* submit_profile.h: koopsweep submit --profile: a profile over ranks as a job of Slurm. */
#ifndef CLI_SUBMIT_PROFILE_H
#define CLI_SUBMIT_PROFILE_H

#include "base/status.h"

typedef struct profile_job {
    const char *arguments; /* words of `koopsweep profile`, as a shell takes them */
    const char *folder;    /* of script, log, profile.txt and profile.h5          */
    const char *launcher, *templates, *prologue;
    int ranks;     /* that measure                        */
    int per_layer; /* of them together                    */
    int is_dry, is_parsable;
} profile_job_t;

/* Writes FOLDER/job.sh and calls sbatch with the user's words (NULL-terminated). STATUS_SPEC:
 * arguments of several lines, ranks that make no groups. */
status_t submit_profile(const profile_job_t *job, char *const *words);

#endif
