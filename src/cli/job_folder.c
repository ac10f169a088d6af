#include "cli/job_folder.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "dispatch/extend.h"
#include "rundir/lock.h"
#include "rundir/run_dir.h"

/* Takes the last part of a path off; 0 at its root. */
static int climb(char *path) {
    char *slash = strrchr(path, '/');
    if (!slash || slash == path) return 0;
    *slash = '\0';
    return 1;
}

static status_t remember(const char *run_dir, job_folder_t *folder) {
    *folder = (job_folder_t){.is_new = run_dir_is_new(run_dir)};
    snprintf(folder->run_dir, sizeof folder->run_dir, "%s", run_dir);
    snprintf(folder->there, sizeof folder->there, "%s", run_dir);
    snprintf(folder->script_path, sizeof folder->script_path, "%s/job.sh", run_dir);
    while (access(folder->there, F_OK) != 0 && climb(folder->there)) continue;
    folder->had_script = access(folder->script_path, F_OK) == 0;
    return folder->had_script ? disk_read(folder->script_path, &folder->script) : STATUS_OK;
}

/* Beside a master that has begun meanwhile nothing is exchanged. */
static status_t extend(const session_t *session, job_folder_t *folder) {
    lock_t *lock = NULL;
    growth_t growth;
    int may_extend = session->options->extend;
    TRY(run_dir_check(session->run_dir, session->plan, may_extend, &growth));
    if (!growth.before) return STATUS_OK;
    TRY(lock_acquire(session->run_dir, &lock));
    status_t status = run_dir_check(session->run_dir, session->plan, may_extend, &growth);
    if (status == STATUS_OK && growth.before) status = extend_run(session, &growth);
    folder->is_extended = status == STATUS_OK && growth.before;
    lock_release(&lock);
    return status;
}

status_t job_folder_make(const session_t *session, const char *run_dir, const char *script,
                         job_folder_t *folder) {
    char logs[PATH_MAX + 16];
    const bytes_t file = {.at = (unsigned char *)script, .size = strlen(script)};
    TRY(remember(run_dir, folder));
    TRY(disk_make_folder(run_dir));
    TRY(extend(session, folder));
    TRY(run_dir_keep_spec(run_dir, session->plan, session->spec_text, session->spec_length));
    snprintf(logs, sizeof logs, "%s/logs", run_dir);
    TRY(disk_make_folder(logs));
    return disk_replace(folder->script_path, &file);
}

static void remove_from(const char *run_dir, const char *name) {
    char path[PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/%s", run_dir, name);
    if (unlink(path) != 0) rmdir(path); /* a folder only when it is empty */
}

void job_folder_undo(const job_folder_t *folder) {
    static const char *const ours[] = {"spec.yaml", "spec.expanded.yaml", "logs", NULL};
    char path[PATH_MAX];
    if (folder->is_extended && earlier_restore(folder->run_dir) != STATUS_OK)
        log_warning("%s; it keeps the spec by which it was extended", status_message());
    if (folder->had_script && folder->script.at) {
        disk_replace(folder->script_path, &folder->script);
    } else if (*folder->script_path && !folder->had_script) {
        unlink(folder->script_path);
    }
    if (!folder->is_new) return;
    for (int i = 0; ours[i]; i++) remove_from(folder->run_dir, ours[i]);
    snprintf(path, sizeof path, "%s", folder->run_dir);
    while (strlen(path) > strlen(folder->there) && rmdir(path) == 0 && climb(path)) continue;
}

void job_folder_free(job_folder_t *folder) { bytes_free(&folder->script); }
