#include "slurm/submit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t count_words(char *const *words) {
    size_t count = 0;
    while (words[count]) count++;
    return count;
}

static int begins_with(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static int is_inherited(const char *variable) {
    static const char *const prefixes[] = {"SLURM_", "SLURMD_", "PMIX_", "PMI_",
                                           "OMPI_",  "ORTE_",   "PRTE_", NULL};
    if (begins_with(variable, "SLURM_CONF=")) return 0; /* which cluster is meant */
    for (int i = 0; prefixes[i]; i++)
        if (begins_with(variable, prefixes[i])) return 1;
    return 0;
}

/* The environment without variables of a surrounding Slurm job, PMIx and Open MPI: a job must not
 * take a binding or a rank from where it was submitted. The array is malloc'd, its strings
 * borrowed; NULL when memory is out. */
static char **without_inherited(char *const *environment) {
    char **clean = calloc(count_words(environment) + 1, sizeof *clean);
    for (size_t n = 0; clean && *environment; environment++)
        if (!is_inherited(*environment)) clean[n++] = *environment;
    return clean;
}

static char **make_command(const char *script_path, char *const *options) {
    size_t count = count_words(options), n = 0;
    char **command = calloc(count + 4, sizeof *command);
    if (!command) return NULL;
    command[n++] = "sbatch";
    command[n++] = "--parsable";
    for (size_t i = 0; i < count; i++) command[n++] = options[i];
    command[n] = (char *)script_path;
    return command;
}

/* "1234" or "1234;cluster"; sbatch --test-only prints no id, and all it says is a remark. */
static status_t read_answer(const command_result_t *result, submission_t *submission) {
    const char *words = *result->errors ? result->errors : result->output;
    CHECK(result->code == 0, STATUS_ENVIRONMENT, "sbatch refused (exit code %d): %s", result->code,
          *words ? words : "it said nothing");
    snprintf(submission->remark, sizeof submission->remark, "%s", result->errors);
    size_t digits = strspn(result->output, "0123456789");
    if (digits > 0 && digits < sizeof submission->id)
        memcpy(submission->id, result->output, digits);
    return STATUS_OK;
}

status_t submit_script(const char *script_path, char *const *options, char *const *environment,
                       command_run_t *run, submission_t *submission) {
    command_result_t result;
    *submission = (submission_t){0};
    char **command = make_command(script_path, options), **clean = without_inherited(environment);
    status_t status = STATUS_OK;
    CHECK_OR_DONE(command && clean, STATUS_ENVIRONMENT, "out of memory to call sbatch");
    status = run(command, clean, &result);
    if (status == STATUS_OK)
        status = read_answer(&result, submission);
    else
        status_context(status, "Slurm is not to be had here");
done:
    free(clean);
    free(command);
    return status;
}
