/* submit.c: koopsweep submit SPEC: a job script in the run directory, and one call of sbatch. */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/stop_rule.h"
#include "dispatch/session.h"
#include "model/resources.h"
#include "rundir/lock.h"
#include "rundir/run_dir.h"
#include "slurm/script.h"
#include "slurm/submit.h"

enum { WORKERS_MAX = 15 };

struct submit_options {
    const char *out, *launcher, *templates;
    int workers, gpu, dry_run, test_only, parsable, requeues, max_fails;
    double checkpoint_every, silence, max_hours;
    stop_rule_t until;
};

static const char *const launchers[] = {"mpirun", "srun", NULL};

#define OPTION(member) offsetof(struct submit_options, member)

static const cli_option_t options[] = {
    {"out", 'o', CLI_TEXT, OPTION(out), .argument = "DIR",
     .doc = "the run directory (default: runs/NAME, the name the spec gives)"},
    {"workers", 'n', CLI_INT, OPTION(workers), .argument = "N", .min = 0, .max = 100000,
     .doc = "trials at once: the job asks for N + 1 tasks, N k + 1 with k ranks per trial "
            "(default: one per trial, at most 15)"},
    {"launcher", 0, CLI_CHOICE, OPTION(launcher), .argument = "NAME", .choices = launchers,
     .doc = "what starts the ranks inside the job"},
    {"gpu", 0, CLI_FLAG, OPTION(gpu),
     .doc = "ask for a GPU per worker; without it: as resources.* of the sweep say"},
    {"checkpoint-every", 0, CLI_REAL, OPTION(checkpoint_every), .argument = "SECONDS", .min = 0,
     .max = 1e9, .doc = "how often running trials save their state"},
    {"silence", 0, CLI_REAL, OPTION(silence), .argument = "SECONDS", .min = 1, .max = 1e9,
     .doc = "without a heartbeat for so long, a rank is taken for dead and its trial handed out "
            "again"},
    {"max-hours", 0, CLI_REAL, OPTION(max_hours), .argument = "H", .min = 0, .max = 1e6,
     .doc = "stop when the job has run so many hours, over all its restarts; 0 = never"},
    {"max-fails", 0, CLI_INT, OPTION(max_fails), .argument = "N", .min = 0, .max = 1000000000,
     .doc = "stop when N trials have FAILED since the job started or was restarted; 0 = never"},
    STOP_RULE_OPTIONS(OPTION(until)),
    {"requeues", 0, CLI_INT, OPTION(requeues), .argument = "N", .min = 0, .max = 100000,
     .doc = "how often the job may put itself back into the queue"},
    {"dry-run", 0, CLI_FLAG, OPTION(dry_run), .doc = "print the job script, do nothing else"},
    {"test-only", 0, CLI_FLAG, OPTION(test_only),
     .doc = "let sbatch check the script and say when it would start"},
    {"parsable", 0, CLI_FLAG, OPTION(parsable), .doc = "print the job id alone"},
    {"templates", 0, CLI_TEXT, OPTION(templates), .argument = "DIR",
     .doc = "folder of job templates to use instead of koopsweep's own"},
    {0},
};

/* The whole path of a file or folder that may not exist yet. */
static status_t absolute(const char *path, char whole[PATH_MAX]) {
    char here[PATH_MAX];
    if (*path == '/')
        here[0] = '\0';
    else
        CHECK(getcwd(here, sizeof here), STATUS_ENVIRONMENT, "the current folder is gone: %s",
              strerror(errno));
    int length = snprintf(whole, PATH_MAX, "%s%s%s", here, *here ? "/" : "", path);
    CHECK(length < PATH_MAX && !strchr(whole, '\n'), STATUS_SPEC,
          "%.200s: too long for a path, or a line break in it", path);
    return STATUS_OK;
}

/* In --output Slurm replaces what follows a %: double it. */
static void escape_percent(const char *path, char *escaped, size_t size) {
    size_t n = 0;
    for (; *path && n + 3 < size; path++) {
        if (*path == '%') escaped[n++] = '%';
        escaped[n++] = *path;
    }
    escaped[n] = '\0';
}

static int count_workers(const struct submit_options *given, size_t trials) {
    if (given->workers) return given->workers;
    return trials < WORKERS_MAX ? (int)trials : WORKERS_MAX;
}

/* GPUs the job asks for: the workers' shares, or 0; --gpu: whole ones, whatever the trials say. */
static int count_gpus(const struct submit_options *given, const plan_t *plan) {
    double share = given->gpu;
    for (size_t i = 0; i < plan_count(plan); i++)
        share = fmax(share, resources_gpus(plan_trial(plan, i)->config));
    return (int)ceil(share * count_workers(given, plan_count(plan)) - 1e-9);
}

/* Of `koopsweep run` inside the job. */
static void print_run_options(const struct submit_options *given, char *text, size_t size) {
    snprintf(text, size, "--checkpoint-every %.15g --silence %.15g --max-fails %d",
             given->checkpoint_every, given->silence, given->max_fails);
    if (given->until.ci > 0)
        text_append(text, size, " --until-ci %.15g --until-score %s --until-min %zu",
                    given->until.ci, stop_rule_score(&given->until),
                    stop_rule_least(&given->until));
}

static status_t render(const struct submit_options *given, const session_t *session,
                       const char *run_dir, char script[SCRIPT_TEXT_MAX]) {
    char launch[64], trials[24], tasks[24], gpus[24], hours[32], requeues[24], run_options[256];
    char logs[2 * PATH_MAX], program[PATH_MAX] = "", escaped[2 * PATH_MAX];
    char quoted[3][SCRIPT_QUOTED_MAX];
    snprintf(launch, sizeof launch, "launch-%s.sh", given->launcher);
    int gpu_count = count_gpus(given, session->plan);
    const char *const parts[] = {gpu_count ? "kind-gpu.sh" : "kind-cpu.sh", launch, "sweep.sh",
                                 NULL};
    size_t count = plan_count(session->plan);
    snprintf(gpus, sizeof gpus, "%d", gpu_count);
    snprintf(trials, sizeof trials, "%zu", count);
    snprintf(tasks, sizeof tasks, "%d", 1 + session->ranks_per_trial * count_workers(given, count));
    print_run_options(given, run_options, sizeof run_options);
    snprintf(hours, sizeof hours, "%.15g", given->max_hours);
    snprintf(requeues, sizeof requeues, "%d", given->requeues);
    if (readlink("/proc/self/exe", program, sizeof program - 1) < 0)
        return status_fail(STATUS_ENVIRONMENT, "/proc/self/exe: %s", strerror(errno));
    escape_percent(run_dir, escaped, sizeof escaped);
    snprintf(logs, sizeof logs, "%.*s/logs", PATH_MAX, escaped);
    script_quote(logs, quoted[0]);
    script_quote(run_dir, quoted[1]);
    script_quote(program, quoted[2]);
    const script_value_t values[] = {{"NAME", spec_name(session->spec)},
                                     {"TRIALS", trials},
                                     {"TASKS", tasks},
                                     {"GPUS", gpus},
                                     {"LOGS", quoted[0]},
                                     {"RUN", quoted[1]},
                                     {"PROGRAM", quoted[2]},
                                     {"OPTIONS", run_options},
                                     {"MAX_HOURS", hours},
                                     {"REQUEUES", requeues},
                                     {0}};
    return script_render(given->templates, parts, values, script);
}

/* Everything the job needs, in its run directory: the sweep as it is now, whatever happens to the
 * file it came from while the job waits. */
static status_t keep(const session_t *session, const char *run_dir, const char *script,
                     char path[2 * PATH_MAX]) {
    process_t holder;
    const char *expanded = spec_expanded(session->spec), *spec_path = session->options->spec_path;
    const bytes_t file = {.at = (unsigned char *)script, .size = strlen(script)};
    TRY(run_dir_check(run_dir, session->spec));
    CHECK(!lock_holder(run_dir, &holder), STATUS_BUSY,
          "%s is in use by process %ld on %s; a second job would only wait for it", run_dir,
          holder.pid, holder.host);
    TRY(disk_make_folder(run_dir));
    TRY(run_dir_keep_spec(run_dir, spec_path, expanded));
    snprintf(path, 2 * PATH_MAX, "%s/logs", run_dir);
    TRY(disk_make_folder(path));
    snprintf(path, 2 * PATH_MAX, "%s/job.sh", run_dir);
    return disk_replace(path, &file);
}

static void tell(const struct submit_options *given, const session_t *session,
                 const char *script_path, const submission_t *submission) {
    if (*submission->remark) fprintf(stderr, "%s\n", submission->remark);
    if (!*submission->id) return;
    if (given->parsable)
        printf("%s\n", submission->id);
    else
        printf("submitted job %s: %zu trials, script %s\nnext: koopsweep status %s\n",
               submission->id, plan_count(session->plan), script_path, session->run_dir);
}

static status_t submit(const struct submit_options *given, const session_t *session,
                       const char *script_path, const cli_call_t *call) {
    submission_t submission;
    int count = 0;
    char **words = calloc((size_t)call->rest_count + 2, sizeof *words);
    CHECK(words, STATUS_ENVIRONMENT, "out of memory to call sbatch");
    if (given->test_only) words[count++] = "--test-only";
    for (int i = 0; i < call->rest_count; i++) words[count++] = call->rest[i];
    status_t status = submit_script(script_path, words, environ, command_run, &submission);
    free(words);
    if (status == STATUS_OK) tell(given, session, script_path, &submission);
    return status;
}

static status_t prepare_and_submit(const struct submit_options *given, const cli_call_t *call,
                                   session_t *session) {
    char run_dir[PATH_MAX], script_path[2 * PATH_MAX];
    char script[SCRIPT_TEXT_MAX];
    TRY(stop_rule_check("submit", &given->until));
    TRY(session_load(session->options, session));
    TRY(session_check(session));
    TRY(session_estimate(session));
    TRY(absolute(session->run_dir, run_dir));
    TRY(render(given, session, run_dir, script));
    if (given->dry_run) {
        fputs(script, stdout);
        return STATUS_OK;
    }
    TRY(keep(session, run_dir, script, script_path));
    return submit(given, session, script_path, call);
}

static status_t run(const cli_call_t *call) {
    const struct submit_options *given = call->options;
    const sweep_options_t sweep = {.spec_path = call->operands[0],
                                   .run_dir = given->out,
                                   .run = trial_run,
                                   .estimate = trial_estimate,
                                   .until = {given->until.ci, stop_rule_least(&given->until)},
                                   .until_score = stop_rule_score(&given->until),
                                   .check = given->until.ci > 0 ? stop_rule_check_config : NULL,
                                   .field_sets = train_field_sets};
    session_t session = {.options = &sweep};
    status_t status = prepare_and_submit(given, call, &session);
    session_close(&session);
    return status;
}

const cli_verb_t cli_submit = {
    .name = "submit",
    .operands = "SPEC",
    .operands_min = 1,
    .operands_max = 1,
    .takes_rest = 1,
    .doc = "submits a sweep to Slurm, as one job that survives its end",
    .detail =
        "Checks the sweep, writes RUN/job.sh (a readable script; the templates are in jobs/), and\n"
        "calls sbatch once. Words after -- go to sbatch as they are:\n"
        "\n"
        "    koopsweep submit sweep.yaml -n 31 -- --time=4:00:00 --partition=cpu -N 2\n"
        "\n"
        "The job runs a copy of the sweep file, so the original may change while it waits. Before\n"
        "its time is up it saves the trials under way and puts itself back into the queue, and\n"
        "goes on from there, until --max-hours, --max-fails or --until-ci end it for good.\n"
        "`scancel --signal=USR2 JOB` (with --batch under mpirun) makes it save and requeue at\n"
        "once; after scancel or any other end, the same command submits what is left.\n"
        "\n"
        "Exit codes: 0 submitted; 2 bad spec or usage, nothing was submitted; 6 the run directory\n"
        "is in use; 7 sbatch is missing or refused.\n",
    .options = options,
    .options_size = sizeof(struct submit_options),
    .defaults =
        &(const struct submit_options){
            .launcher = "mpirun", .requeues = 100, .checkpoint_every = 600, .silence = 120},
    .run = run,
};
