#include "cli/submit_profile.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/disk.h"
#include "cli/job_parts.h"
#include "ranks/ranks.h"
#include "slurm/submit.h"
#include "sweep/launcher.h"

static status_t check(const profile_job_t *job) {
    CHECK(!strpbrk(job->arguments, "\n\r"), STATUS_SPEC,
          "--profile: give its arguments in one line");
    CHECK(job->ranks >= 1 && job->ranks % job->per_layer == 0, STATUS_SPEC,
          "-n %d: so many ranks make no groups of %d (--ranks-per-layer); give a multiple",
          job->ranks, job->per_layer);
    return STATUS_OK;
}

static status_t render(const profile_job_t *job, const job_parts_t *parts,
                       char script[SCRIPT_TEXT_MAX]) {
    char launch[64], tasks[24], per_layer[24], launcher[LAUNCHER_TEXT_MAX];
    TRY(launcher_print(NULL, 0, launcher));
    snprintf(launch, sizeof launch, "profile-%s.sh", job->launcher);
    snprintf(tasks, sizeof tasks, "%d", ranks_needed(job->ranks, job->per_layer));
    snprintf(per_layer, sizeof per_layer, "%d", job->per_layer);
    const char *const files[] = {"profile-head.sh", launch, "profile.sh", NULL};
    const script_value_t values[] = {{"TASKS", tasks},
                                     {"PER_LAYER", per_layer},
                                     {"ARGUMENTS", job->arguments},
                                     {"SBATCH", parts->words},
                                     {"LOGS", parts->logs},
                                     {"HERE", parts->here},
                                     {"RUN", parts->run},
                                     {"PROGRAM", parts->program},
                                     {"ENVIRONMENT", parts->environment, .has_lines = 1},
                                     {"PROLOGUE", parts->prologue, .has_lines = 1},
                                     {"LAUNCHER", launcher},
                                     {"PMI", launcher_find()->srun},
                                     {0}};
    return script_render(job->templates, files, values, script);
}

static status_t hand_over(const profile_job_t *job, const char *folder, const char *script,
                          char *const *words) {
    char path[PATH_MAX + 16], logs[PATH_MAX + 16];
    submission_t submission = {0};
    const bytes_t file = {.at = (unsigned char *)script, .size = strlen(script)};
    snprintf(logs, sizeof logs, "%s/logs", folder);
    snprintf(path, sizeof path, "%s/job.sh", folder);
    TRY(disk_make_folder(folder));
    TRY(disk_make_folder(logs));
    TRY(disk_replace(path, &file));
    TRY(submit_script(path, words, environ, command_run, &submission));
    if (*submission.remark) fprintf(stderr, "%s\n", submission.remark);
    if (!*submission.id) return STATUS_OK;
    if (job->is_parsable)
        puts(submission.id);
    else
        printf("submitted job %s: %d ranks measure, script %s\nnext: cat %s/profile.txt\n",
               submission.id, job->ranks, path, job->folder);
    return STATUS_OK;
}

status_t submit_profile(const profile_job_t *job, char *const *words) {
    char folder[PATH_MAX], script[SCRIPT_TEXT_MAX];
    job_parts_t parts = {0};
    TRY(check(job));
    TRY(job_path(job->folder, folder));
    status_t status = job_parts_fill(job->prologue, words, folder, &parts);
    if (status == STATUS_OK) status = render(job, &parts, script);
    job_parts_free(&parts);
    TRY(status);
    if (!job->is_dry) return hand_over(job, folder, script, words);
    fputs(script, stdout);
    return STATUS_OK;
}
