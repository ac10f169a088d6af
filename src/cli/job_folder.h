/* job_folder.h: what `submit` leaves in the run directory for the job: the sweep as it is now,
 * whatever happens to the file it came from while the job waits, a folder for logs, and the script.
 * All of it is taken back when there will be no job. */
#ifndef CLI_JOB_FOLDER_H
#define CLI_JOB_FOLDER_H

#include <limits.h>

#include "base/disk.h"
#include "dispatch/session.h"

typedef struct job_folder {
    char run_dir[PATH_MAX]; /* whole path                                          */
    char script_path[PATH_MAX + 16];
    char there[PATH_MAX]; /* the part of it that was there before                */
    int is_new;           /* no sweep had ever begun there                       */
    int is_extended;      /* its spec is the session's only now (--extend)       */
    int had_script;       /* an older job's, ...                                 */
    bytes_t script;       /* ... owned                                           */
} job_folder_t;

/* Writes everything. After a failure, too, job_folder_undo and job_folder_free may be called. */
status_t job_folder_make(const session_t *session, const char *run_dir, const char *script,
                         job_folder_t *folder);

/* Puts things back as they were. What else lies there stays, and the folders that hold it. */
void job_folder_undo(const job_folder_t *folder);
void job_folder_free(job_folder_t *folder);

#endif
