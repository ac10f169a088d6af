/* submit.c: koopsweep submit SPEC: a job script in the run directory, and one call of sbatch. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/log.h"
#include "base/scope.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/job_folder.h"
#include "cli/job_parts.h"
#include "cli/job_size.h"
#include "cli/stop_rule.h"
#include "cli/submit_profile.h"
#include "model/resources.h"
#include "rundir/lock.h"
#include "rundir/run_dir.h"
#include "slurm/script.h"
#include "slurm/submit.h"
#include "slurm/words.h"
#include "sweep/launcher.h"

struct submit_options {
    const char *out, *launcher, *templates, *prologue, *profile;
    int workers, ranks_per_layer, gpu, extend, dry_run, test_only, parsable, requeues, max_fails;
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
    {"extend", 0, CLI_FLAG, OPTION(extend),
     .doc = "let SPEC take the place of the one that the run directory keeps"},
    {"profile", 0, CLI_TEXT, OPTION(profile), .argument = "ARGUMENTS",
     .doc = "no sweep: `koopsweep profile ARGUMENTS` over N ranks that measure"},
    {"ranks-per-layer", 0, CLI_INT, OPTION(ranks_per_layer), .argument = "P", .min = 1,
     .max = 1 << 16, .doc = "of a profile: ranks that measure one layer together"},
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
    {"parsable", 0, CLI_FLAG, OPTION(parsable),
     .doc = "print the job id alone; \"none\" when no trial is left"},
    {"prologue", 0, CLI_TEXT, OPTION(prologue), .argument = "FILE",
     .doc = "lines of bash that the job begins with: modules, containers, what the site needs"},
    {"templates", 0, CLI_TEXT, OPTION(templates), .argument = "DIR",
     .doc = "folder of job templates to use instead of koopsweep's own"},
    {0},
};

/* Of `koopsweep run` inside the job. */
static void print_run_options(const struct submit_options *given, char *text, size_t size) {
    snprintf(text, size, "--checkpoint-every %.15g --silence %.15g --max-fails %d",
             given->checkpoint_every, given->silence, given->max_fails);
    if (given->until.ci > 0)
        text_append(text, size, " --until-ci %.15g --until-score %s --until-min %zu",
                    given->until.ci, stop_rule_score(&given->until),
                    stop_rule_least(&given->until));
}

/* Of a sweep's job alone. */
typedef struct parts {
    job_parts_t job;
    char memory[64], run_options[256];
} parts_t;

static status_t fill(const struct submit_options *given, const job_size_t *size, char *const *words,
                     const char *run_dir, parts_t *parts) {
    TRY(job_parts_fill(given->prologue, words, run_dir, &parts->job));
    print_run_options(given, parts->run_options, sizeof parts->run_options);
    if (job_size_is_said(words))
        strcpy(parts->memory, "# (memory: as the user says)");
    else
        snprintf(parts->memory, sizeof parts->memory, "#SBATCH --mem-per-cpu=%ldM",
                 size->mebibytes);
    return STATUS_OK;
}

/* A whole number as the text of a template's value. */
typedef struct digits {
    char text[24];
} digits_t;

static digits_t digits(long number) {
    digits_t result;
    snprintf(result.text, sizeof result.text, "%ld", number);
    return result;
}

static status_t render(const struct submit_options *given, const session_t *session,
                       const job_size_t *size, const parts_t *parts, char script[SCRIPT_TEXT_MAX]) {
    char launch[64], hours[32], launcher[LAUNCHER_TEXT_MAX];
    digits_t trials = digits((long)size->trials), left = digits((long)size->left);
    digits_t tasks = digits(size->tasks), gpus = digits(size->gpus);
    digits_t requeues = digits(given->requeues);
    TRY(launcher_print("KOOPSWEEP_VERDICT", 1, launcher));
    snprintf(launch, sizeof launch, "launch-%s.sh", given->launcher);
    snprintf(hours, sizeof hours, "%.15g", given->max_hours);
    const char *const files[] = {size->gpus ? "kind-gpu.sh" : "kind-cpu.sh", launch, "sweep.sh",
                                 NULL};
    const script_value_t values[] = {{"NAME", spec_name(session->spec)},
                                     {"TRIALS", trials.text},
                                     {"LEFT", left.text},
                                     {"TASKS", tasks.text},
                                     {"GPUS", gpus.text},
                                     {"MEMORY", parts->memory},
                                     {"SBATCH", parts->job.words},
                                     {"LOGS", parts->job.logs},
                                     {"HERE", parts->job.here},
                                     {"RUN", parts->job.run},
                                     {"PROGRAM", parts->job.program},
                                     {"ENVIRONMENT", parts->job.environment, .has_lines = 1},
                                     {"PROLOGUE", parts->job.prologue, .has_lines = 1},
                                     {"LAUNCHER", launcher},
                                     {"RANK", launcher_find()->rank},
                                     {"SIGNALS", launcher_find()->signals},
                                     {"PMI", launcher_find()->srun},
                                     {"OPTIONS", parts->run_options},
                                     {"MAX_HOURS", hours},
                                     {"REQUEUES", requeues.text},
                                     {0}};
    return script_render(given->templates, files, values, script);
}

static void tell(const struct submit_options *given, const session_t *session,
                 const job_size_t *size, const char *script_path, const submission_t *submission) {
    char count[64];
    if (*submission->remark) fprintf(stderr, "%s\n", submission->remark);
    if (!*submission->id) return;
    if (given->parsable) {
        printf("%s\n", submission->id);
        return;
    }
    if (size->left == size->trials)
        snprintf(count, sizeof count, "%zu trials", size->trials);
    else
        snprintf(count, sizeof count, "%zu of %zu trials are left", size->left, size->trials);
    printf("submitted job %s%s%s: %s, %d at once, script %s\nnext: koopsweep status %s\n",
           submission->id, *submission->cluster ? " on cluster " : "", submission->cluster, count,
           size->workers, script_path, session->run_dir);
}

static void tell_complete(const struct submit_options *given, const session_t *session,
                          const job_size_t *size) {
    fprintf(given->parsable ? stderr : stdout,
            "%s: all %zu trials have ended already; nothing to submit\n", session->run_dir,
            size->trials);
    if (given->parsable)
        puts("none");
    else if (size->failed)
        printf("next: koopsweep retry %s (%zu of them FAILED)\n", session->run_dir, size->failed);
    else
        printf("next: koopsweep table %s\n", session->run_dir);
}

/* Slurm refuses what no node can hold, in words that do not say what was asked for. */
static status_t explain_refusal(status_t status, const job_size_t *size, char *const *words) {
    int is_memory = strstr(status_message(), "emory") || strstr(status_message(), "configuration");
    if (job_size_is_said(words) || !is_memory) return status;
    return status_context(
        status,
        "the job asks for %ld MiB a task (other words: `-- --mem-per-cpu=...`, or "
        "`-- --mem=0`, all of each node's, for one that does not tell how much "
        "it has)",
        size->mebibytes);
}

/* No job, no run directory: what was written for it is taken back. */
static status_t submit(const struct submit_options *given, const session_t *session,
                       const job_size_t *size, char *const *words, const char *run_dir,
                       const char *script) {
    job_folder_t folder;
    submission_t submission = {0};
    status_t status = job_folder_make(session, run_dir, script, &folder);
    if (status == STATUS_OK)
        status = submit_script(folder.script_path, words, environ, command_run, &submission);
    if (status == STATUS_OK)
        tell(given, session, size, folder.script_path, &submission);
    else
        status = explain_refusal(status, size, words);
    if (!*submission.id && !submission.is_doubtful) job_folder_undo(&folder);
    job_folder_free(&folder);
    return status;
}

static status_t check_run_dir(const session_t *session, int is_dry) {
    process_t holder;
    growth_t growth;
    TRY(run_dir_check(session->run_dir, session->plan, session->options->extend, &growth));
    CHECK(is_dry || !lock_holder(session->run_dir, &holder), STATUS_BUSY,
          "%s is in use by process %ld on %s; a second job would only wait for it",
          session->run_dir, holder.pid, holder.host);
    return STATUS_OK;
}

static status_t write_and_submit(const struct submit_options *given, const session_t *session,
                                 const job_size_t *size, char *const *words) {
    char run_dir[PATH_MAX], script[SCRIPT_TEXT_MAX], warning[JOB_WARNING_MAX];
    parts_t parts = {0};
    TRY(job_path(session->run_dir, run_dir));
    status_t status = fill(given, size, words, run_dir, &parts);
    if (status == STATUS_OK) status = render(given, session, size, &parts, script);
    job_parts_free(&parts.job);
    TRY(status);
    job_size_warn(size, words, warning);
    if (*warning) log_warning("%s", warning);
    if (!given->dry_run) return submit(given, session, size, words, run_dir, script);
    fputs(script, stdout);
    return STATUS_OK;
}

static status_t prepare_and_submit(const struct submit_options *given, char *const *words,
                                   session_t *session) {
    job_size_t size;
    TRY(stop_rule_check("submit", &given->until));
    TRY(session_load(session->options, session));
    TRY(session_check(session));
    TRY(session_estimate(session));
    TRY(check_run_dir(session, given->dry_run));
    TRY(job_size_create(session, given->workers, given->gpu, &size));
    if (size.left) return write_and_submit(given, session, &size, words);
    tell_complete(given, session, &size);
    return STATUS_OK;
}

static status_t submit_sweep(const struct submit_options *given, const char *spec,
                             char *const *words) {
    const sweep_options_t sweep = {.spec_path = spec,
                                   .run_dir = given->out,
                                   .extend = given->extend,
                                   .run = trial_run,
                                   .estimate = trial_estimate,
                                   .until = {given->until.ci, stop_rule_least(&given->until)},
                                   .until_score = stop_rule_score(&given->until),
                                   .check = given->until.ci > 0 ? stop_rule_check_config : NULL,
                                   .field_sets = train_field_sets};
    session_t session = {.options = &sweep};
    status_t status = prepare_and_submit(given, words, &session);
    session_close(&session);
    return status;
}

static status_t submit_one_profile(const struct submit_options *given, char *const *words) {
    const profile_job_t job = {.arguments = given->profile,
                               .folder = given->out ? given->out : "runs/profile",
                               .launcher = given->launcher,
                               .templates = given->templates,
                               .prologue = given->prologue,
                               .ranks = given->workers ? given->workers : given->ranks_per_layer,
                               .per_layer = given->ranks_per_layer,
                               .is_dry = given->dry_run,
                               .is_parsable = given->parsable};
    return submit_profile(&job, words);
}

static status_t run(const cli_call_t *call) {
    const struct submit_options *given = call->options;
    CHECK((given->profile != NULL) != (call->operand_count == 1), STATUS_SPEC,
          "submit: give either SPEC or --profile ARGUMENTS");
    CHECK(given->profile || given->ranks_per_layer == 1, STATUS_SPEC,
          "--ranks-per-layer: that is of --profile; a sweep has resources.ranks_per_trial");
    char **words = calloc((size_t)call->rest_count + 2, sizeof *words);
    CHECK(words, STATUS_ENVIRONMENT, "out of memory to call sbatch");
    if (given->test_only) words[0] = "--test-only";
    for (int i = 0; i < call->rest_count; i++) words[i + given->test_only] = call->rest[i];
    status_t status = given->profile ? submit_one_profile(given, words)
                                     : submit_sweep(given, call->operands[0], words);
    free(words);
    return status;
}

const cli_verb_t cli_submit = {
    .name = "submit",
    .operands = "[SPEC]",
    .operands_min = 0,
    .operands_max = 1,
    .takes_rest = 1,
    .doc = "submits a sweep to Slurm, as one job that survives its end",
    .detail =
        "Checks the sweep, writes RUN/job.sh (a readable script; the templates are in jobs/), and\n"
        "calls sbatch once, for a job as large as what is left of the sweep. Words after -- go to\n"
        "sbatch as they are, and into the script, which may be submitted again by itself:\n"
        "\n"
        "    koopsweep submit sweep.yaml -n 31 -- --time=4:00:00 --partition=cpu -N 2\n"
        "\n"
        "The job runs a copy of the sweep file, so the original may change while it waits. Before\n"
        "its time is up it saves the trials under way and puts itself back into the queue, and\n"
        "goes on from there, until --max-hours, --max-fails or --until-ci end it for good.\n"
        "`scancel --signal=USR2 JOB` (with --batch under mpirun) makes it save and requeue at\n"
        "once; after scancel or any other end, the same command submits what is left.\n"
        "\n"
        "--extend is that of `run`, and done here: the job runs the new spec. A job that is "
        "queued\n"
        "already runs it too.\n"
        "\n"
        "A task asks for the memory that `plan` reckons for the largest trial left, and 1 GiB at\n"
        "least (--mem-per-cpu; --mem and its kin after -- win). --prologue FILE puts the site's "
        "own\n"
        "lines of bash in front: `module load`, or inside=(apptainer exec IMAGE) for a container.\n"
        "\n"
        "--profile ARGUMENTS submits a profile instead; its table comes to DIR/profile.txt and\n"
        "profile.h5, DIR being --out (runs/profile):\n"
        "\n"
        "    koopsweep submit --profile 'gpt2/ -c full' -n 12 -o runs/gpt2 -- -p cpu\n"
        "\n"
        "Exit codes: 0 submitted, or no trial is left; 2 bad spec or usage, nothing was "
        "submitted;\n"
        "6 the run directory is in use; 7 sbatch is missing, refused (then nothing is left "
        "behind),\n"
        "or named no job.\n",
    .options = options,
    .options_size = sizeof(struct submit_options),
    .defaults = &(const struct submit_options){.launcher = "mpirun",
                                               .ranks_per_layer = 1,
                                               .requeues = 100,
                                               .checkpoint_every = 600,
                                               .silence = 120},
    .run = run,
};
