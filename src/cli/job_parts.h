/* job_parts.h: what job scripts have in common: whole paths, the environment, the user's own lines.
 */
#ifndef CLI_JOB_PARTS_H
#define CLI_JOB_PARTS_H

#include <limits.h>

#include "slurm/script.h"
#include "slurm/words.h"

/* The values of the templates that are more than a number or a name. */
typedef struct job_parts {
    char program[SCRIPT_QUOTED_MAX], run[SCRIPT_QUOTED_MAX], logs[SCRIPT_QUOTED_MAX];
    char here[SCRIPT_QUOTED_MAX], environment[2 * SCRIPT_QUOTED_MAX], words[WORDS_LINE_MAX];
    char *prologue; /* owned */
} job_parts_t;

/* The whole path of a file or folder that may not exist yet. STATUS_SPEC: too long. */
status_t job_path(const char *path, char whole[PATH_MAX]);

/* For a job in the whole path run_dir, with the user's words for sbatch; `prologue` NULL: no lines.
 * After a failure, too, job_parts_free may be called on what was {0} before. */
status_t job_parts_fill(const char *prologue, char *const *words, const char *run_dir,
                        job_parts_t *parts);
void job_parts_free(job_parts_t *parts);

#endif
