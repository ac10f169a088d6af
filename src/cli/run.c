/* run.c: koopsweep run SPEC. */
#include "base/log.h"
#include "cli/cli.h"
#include "cli/power.h"
#include "cli/stop_rule.h"
#include "model/resources.h"
#include "sweep/sweep.h"
#include "train/idle.h"

struct run_options {
    int workers;
    const char *out;
    int quiet, retry_failed, extend, max_fails;
    double checkpoint_every, silence, max_hours;
    stop_rule_t until;
};

#define OPTION(member) offsetof(struct run_options, member)

static const cli_option_t options[] = {
    {"workers", 'n', CLI_INT, OPTION(workers), .argument = "N", .min = 1, .max = 100000,
     .doc = "trials at once: N worker ranks and a master that sleeps (1: one process, no MPI; "
            "default: cores)"},
    {"out", 'o', CLI_TEXT, OPTION(out), .argument = "DIR",
     .doc = "the run directory (default: runs/NAME, the name the spec gives)"},
    {"quiet", 'q', CLI_FLAG, OPTION(quiet), .doc = "warnings and errors only"},
    {"retry-failed", 0, CLI_FLAG, OPTION(retry_failed), .doc = "run FAILED trials again"},
    {"extend", 0, CLI_FLAG, OPTION(extend),
     .doc = "let SPEC take the place of the one that the run directory keeps"},
    {"checkpoint-every", 0, CLI_REAL, OPTION(checkpoint_every), .argument = "SECONDS", .min = 0,
     .max = 1e9, .doc = "how often running trials save their state; 0 = only when stopped"},
    {"silence", 0, CLI_REAL, OPTION(silence), .argument = "SECONDS", .min = 1, .max = 1e9,
     .doc = "without a heartbeat for so long, a rank is taken for dead and its trial handed out "
            "again"},
    {"max-hours", 0, CLI_REAL, OPTION(max_hours), .argument = "H", .min = 0, .max = 1e6,
     .doc = "stop after so many hours; trials under way are saved; 0 = never"},
    {"max-fails", 0, CLI_INT, OPTION(max_fails), .argument = "N", .min = 0, .max = 1000000000,
     .doc = "stop when N trials have FAILED in this run; 0 = never"},
    STOP_RULE_OPTIONS(OPTION(until)),
    {0},
};

static status_t check_both(const config_t *config) {
    TRY(resources_check(config));
    return stop_rule_check_config(config);
}

static void warn(void *context, const char *sentence) {
    (void)context;
    log_warning("%s", sentence);
}

/* Before the first trial: what cannot work is refused, what will not be known is said. */
static status_t inspect(const plan_t *plan, const trial_state_t *states, char *const *data) {
    char text[512];
    TRY(trials_inspect(plan, states, data));
    if (power_is_uncontrolled(plan, text, sizeof text)) log_warning("%s", text);
    idle_options(plan, warn, NULL);
    return STATUS_OK;
}

static status_t run(const cli_call_t *call) {
    const struct run_options *given = call->options;
    TRY(stop_rule_check("run", &given->until));
    const sweep_options_t sweep = {.spec_path = call->operands[0],
                                   .run_dir = given->out,
                                   .workers = given->workers,
                                   .is_quiet = given->quiet,
                                   .retry_failed = given->retry_failed,
                                   .extend = given->extend,
                                   .max_seconds = 3600 * given->max_hours,
                                   .max_fails = given->max_fails,
                                   .until = {given->until.ci, stop_rule_least(&given->until)},
                                   .until_score = stop_rule_score(&given->until),
                                   .checkpoint_every = given->checkpoint_every,
                                   .silence = given->silence,
                                   .run = trial_run,
                                   .estimate = trial_estimate,
                                   .screen = trial_screen,
                                   .inspect = inspect,
                                   .check = given->until.ci > 0 ? check_both : resources_check,
                                   .field_sets = train_field_sets};
    return sweep_run(&sweep, call->argc, call->argv);
}

const cli_verb_t cli_run = {
    .name = "run",
    .operands = "SPEC",
    .operands_min = 1,
    .operands_max = 1,
    .doc = "runs a sweep, or what is left of it",
    .detail =
        "Trials that have a result are never run again: after Ctrl-C, a crash or a kill the same\n"
        "command resumes. A run directory keeps its spec; another spec is refused with the lines\n"
        "that differ. A trial that fails is kept as FAILED with its reason (koopsweep explain)\n"
        "until --retry-failed.\n"
        "\n"
        "--extend: more replicas, values or arms. Trials that SPEC has as well keep their "
        "results,\n"
        "new ones are run; results of those that it does not have stay on disk and out of all\n"
        "tables, and come back with them. RUN/history keeps the specs before.\n"
        "\n"
        "SPEC is read once, and may be a pipe: run <(...), run /dev/stdin.\n"
        "\n"
        "Starts mpirun itself. Under mpirun or srun it joins: rank 0 hands out and sleeps, all\n"
        "others compute, -n is ignored. Ctrl-C stops cleanly (trials under way go on from their\n"
        "checkpoints next time), a second one kills. With several workers a rank that dies costs\n"
        "its trial one try; a trial whose ranks died twice is FAILED.\n"
        "\n"
        "--until-ci looks at the trials in the order of handing out, a few times only\n"
        "(docs/scale.md). When enough is known, those under way end, RUN/stopped says what was\n"
        "seen, and the exit code is 0; without the option the same command runs the rest.\n"
        "\n"
        "Exit codes: 0 complete (diverged trials are results), or --until-ci reached; 2 bad or\n"
        "changed spec; 3 as 0, but some trials FAILED; 4 incomplete (stopped, --max-hours or\n"
        "--max-fails reached), the same command resumes; 5 data are missing, damaged, or not\n"
        "those that the results came from; 6 another master holds the run directory; 7 the\n"
        "machine does not fit: full disk, no mpirun, no GPU (resumable); 75 stopped by SIGUSR1,\n"
        "SIGUSR2 or near SLURM_JOB_END_TIME, to be queued again. What refuses a sweep that has\n"
        "never run leaves nothing behind.\n",
    .options = options,
    .options_size = sizeof(struct run_options),
    .defaults = &(const struct run_options){.checkpoint_every = 600, .silence = 120},
    .run = run,
};
