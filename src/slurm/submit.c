#include "slurm/submit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slurm/words.h"

static size_t count_words(char *const *words) {
    size_t count = 0;
    while (words[count]) count++;
    return count;
}

static int begins_with(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static int is_inherited(const char *variable) {
    static const char *const kept[] = {"SLURM_CONF=", "SLURM_CLUSTERS=", "SLURM_JWT=", NULL};
    static const char *const prefixes[] = {"SLURM_", "SLURMD_", "PMIX_", "PMI_",
                                           "OMPI_",  "ORTE_",   "PRTE_", NULL};
    for (int i = 0; kept[i]; i++) /* which cluster is meant, and who asks */
        if (begins_with(variable, kept[i])) return 0;
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

/* Takes id and cluster of one line, [start, end), in a form that sbatch has; 0: it is of none. */
static int read_line(const char *start, const char *end, submission_t *submission) {
    char line[256], id[64], cluster[64] = "", rest[2];
    size_t length = (size_t)(end - start);
    if (length >= sizeof line) return 0; /* sbatch's own lines are short */
    memcpy(line, start, length);
    line[length] = '\0';
    const char *at = line + strspn(line, " \t");
    if (sscanf(at, "Submitted batch job %63[0-9] on cluster %63[^; \t\r] %1s", id, cluster, rest) !=
            2 &&
        sscanf(at, "Submitted batch job %63[0-9] %1s", id, rest) != 1 &&
        sscanf(at, "%63[0-9];%63[^; \t\r] %1s", id, cluster, rest) != 2 &&
        sscanf(at, "%63[0-9] %1s", id, rest) != 1)
        return 0;
    snprintf(submission->id, sizeof submission->id, "%s", id);
    snprintf(submission->cluster, sizeof submission->cluster, "%s", cluster);
    return 1;
}

/* Of the last line that tells. */
static void find_id(const char *output, submission_t *submission) {
    const char *end = output + strlen(output);
    for (;;) {
        const char *start = end;
        while (start > output && start[-1] != '\n') start--;
        if (read_line(start, end, submission) || start == output) return;
        end = start - 1;
    }
}

static const char *words_of(const command_result_t *result) {
    if (*result->errors) return result->errors;
    return *result->output ? result->output : "nothing";
}

/* sbatch --test-only prints no id, and all it says is a remark. */
static status_t read_answer(const command_result_t *result, int is_test, submission_t *submission) {
    if (!is_test) find_id(result->output, submission);
    CHECK(result->code == 0 || *submission->id, STATUS_ENVIRONMENT,
          "sbatch refused (exit code %d); it said: %s", result->code, words_of(result));
    CHECK(result->code == 0, (status_t)result->code,
          "sbatch submitted job %s and ended with code %d", submission->id, result->code);
    submission->is_doubtful = !is_test && !*submission->id;
    CHECK(
        !submission->is_doubtful, STATUS_ENVIRONMENT,
        "sbatch ended well, but named no job in a form that is known (\"1234\", \"1234;cluster\", "
        "\"Submitted batch job 1234\"): see squeue for what became of it; it said: %s",
        *result->output ? result->output : words_of(result));
    snprintf(submission->remark, sizeof submission->remark, "%s", result->errors);
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
        status = read_answer(&result, words_find(options, "test-only", 0) != NULL, submission);
    else
        status_context(status, "Slurm is not to be had here");
done:
    free(clean);
    free(command);
    return status;
}
