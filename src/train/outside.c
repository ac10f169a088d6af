#include "train/outside.h"

#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/disk.h"
#include "base/log.h"
#include "base/scope.h"
#include "base/text.h"
#include "external/child.h"
#include "external/environment.h"
#include "external/folder.h"
#include "train/outside_lines.h"

enum { EXIT_AGAIN = 75 /* EX_TEMPFAIL: checkpointed, start me again */, STALLED_MAX = 3 };

#define LOOK_SECONDS  0.02
#define FENCE_SECONDS 1.0
#define HURRY         0.1 /* of the grace: nothing is left to save of a trial that is over */

/* One trial at work. */
typedef struct outside {
    const trial_setting_t *setting; /* borrowed */
    struct external_options options;
    scene_t scene;
    outside_lines_t lines;
    child_t child;
    const char *stopping;   /* static: why it was asked to end; NULL = it was not     */
    double asked, grace;    /* clock_seconds of that; seconds to the next means       */
    double begun;           /* clock_seconds of this attempt                          */
    int signals;            /* sent so far                                            */
    double fenced, limited; /* when looked whether the trial is still ours; at floods */
    int is_lost, is_interrupted, is_initial_only;
} outside_t;

/* --- asking it to end --- */

static void ask_stop(outside_t *o, const char *why, double grace) {
    if (o->stopping) return;
    o->stopping = why;
    o->asked = clock_seconds();
    o->grace = grace;
    if (folder_ask_stop(o->scene.dir, why) != STATUS_OK) o->grace = 0; /* it cannot read that */
}

/* First the file; SIGTERM, then SIGKILL for one that does not look at it. */
static void insist(outside_t *o) {
    double waited = clock_seconds() - o->asked;
    if (o->signals == 0 && waited >= o->grace) {
        child_signal(&o->child, SIGTERM);
        o->signals++;
    }
    if (o->signals == 1 && waited >= 2 * o->grace + LOOK_SECONDS) {
        child_signal(&o->child, SIGKILL);
        o->signals++;
    }
}

static int is_stop_due(outside_t *o) {
    const trial_setting_t *setting = o->setting;
    int64_t step = outside_lines_step(&o->lines);
    int64_t steps = o->options.steps > step ? o->options.steps : step + 1;
    return setting->watch && setting->watch(setting->context, step, steps);
}

/* Somebody who took this process for dead has begun a later attempt: two would spoil each other's
 * work, and this one is not to count. */
static void check_fence(outside_t *o, double now) {
    if (now - o->fenced < FENCE_SECONDS) return;
    o->fenced = now;
    o->is_lost = folder_is_lost(o->scene.dir, o->scene.attempt);
    if (o->is_lost) child_signal(&o->child, SIGKILL);
    folder_note_seconds(o->scene.dir, o->scene.attempt, now - o->begun);
    folder_limit(o->scene.dir, "stdout");
    folder_limit(o->scene.dir, "stderr");
}

static void steer(outside_t *o) {
    double hurry = HURRY * o->options.grace;
    check_fence(o, clock_seconds());
    if (!o->is_interrupted && is_stop_due(o)) {
        o->is_interrupted = 1;
        ask_stop(o, "interrupted", o->options.grace);
    }
    if (outside_lines_is_over(&o->lines)) ask_stop(o, outside_lines_end(&o->lines), hurry);
    if (outside_lines_fault(&o->lines)) ask_stop(o, "what it wrote cannot be read", hurry);
    if (o->is_initial_only && outside_lines_has_initial(&o->lines)) ask_stop(o, "measured", 0);
    if (o->is_initial_only && clock_seconds() - o->lines.started > o->options.gate_seconds)
        ask_stop(o, "no states came", 0);
    if (o->stopping) insist(o);
}

/* --- one attempt --- */

static status_t start(outside_t *o) {
    char out[PATH_MAX], error[PATH_MAX], snapshots[1024] = "0";
    double left = o->setting->seconds_left > 0 ? o->setting->seconds_left : INFINITY;
    HELD(command_destroy) command_t command = {0};
    HELD(environment_destroy) environment_t environment = {0};
    if (!o->is_initial_only) states_describe(&o->lines.states, snapshots, sizeof snapshots);
    TRY(command_create(&o->scene, &command));
    environment_create(&o->scene, &o->options, snapshots, left, &environment);
    const child_plan_t plan = {.program = command.program,
                               .argv = command.argv,
                               .environ = environment.at,
                               .dir = o->scene.dir,
                               .out = folder_path(o->scene.dir, "stdout", out),
                               .error = folder_path(o->scene.dir, "stderr", error)};
    return child_start(&plan, &o->child);
}

/* Until its end; the lines it leaves behind are read once more after that. */
static status_t attend(outside_t *o, int *code) {
    int has_ended;
    do {
        has_ended = child_wait(&o->child, LOOK_SECONDS, code);
        TRY(outside_lines_look(&o->lines, o->scene.dir));
        if (!has_ended) steer(o);
    } while (!has_ended);
    return STATUS_OK;
}

static status_t begin(outside_t *o) {
    int is_first = o->begun == 0; /* of this process */
    o->stopping = NULL;
    o->signals = 0;
    o->begun = clock_seconds();
    TRY(folder_begin_attempt(o->scene.dir, &o->scene.attempt));
    if (is_first) o->lines.before = folder_seconds_before(o->scene.dir, o->scene.attempt);
    return STATUS_OK;
}

static status_t attempt(outside_t *o, int *code) {
    TRY(begin(o));
    TRY(folder_ask_stop(o->scene.dir, NULL));
    TRY(outside_lines_look(&o->lines, o->scene.dir)); /* what earlier attempts have said */
    if (outside_lines_is_over(&o->lines)) return STATUS_OK;
    TRY(start(o));
    status_t status = attend(o, code);
    child_destroy(&o->child);
    folder_note_seconds(o->scene.dir, o->scene.attempt, clock_seconds() - o->begun);
    return status;
}

/* --- what came of it --- */

/* Told to stop, it may end with 0 as if it had done all: only its steps tell. */
static int has_done_all(const outside_t *o) {
    return o->options.steps > 0 && outside_lines_step(&o->lines) >= o->options.steps;
}

static status_t fail_with_words(const outside_t *o, const char *what) {
    char words[700];
    folder_last_lines(o->scene.dir, "stderr", words, sizeof words);
    return status_fail(STATUS_FAILED, "%s%s%s; all it printed is in %s", what,
                       *words ? "; its last words on stderr: " : ", and printed nothing on stderr",
                       words, o->scene.dir);
}

static status_t fail_by_code(const outside_t *o, int code) {
    char what[128];
    if (code > 128)
        snprintf(what, sizeof what, "the program was killed by signal %d (%s%s)", code - 128,
                 strsignal(code - 128), code - 128 == SIGKILL ? "; out of memory?" : "");
    else
        snprintf(what, sizeof what, "the program ended with exit code %d", code);
    return fail_with_words(o, what);
}

/* STATUS_REQUEUE: it is to be started again. */
static status_t judge(const outside_t *o, int code) {
    if (outside_lines_is_over(&o->lines)) return STATUS_OK;
    CHECK(!o->is_lost, STATUS_INCOMPLETE, "trial %s has been begun again elsewhere",
          o->scene.trial->id);
    CHECK(!outside_lines_fault(&o->lines), STATUS_FAILED, "%s", outside_lines_fault(&o->lines));
    if (o->is_interrupted && !(code == 0 && has_done_all(o)))
        return status_fail(STATUS_INCOMPLETE, "trial %s was stopped before step %ld",
                           o->scene.trial->id, (long)outside_lines_step(&o->lines));
    if (code == EXIT_AGAIN) return STATUS_REQUEUE;
    if (code != 0) return fail_by_code(o, code);
    if (outside_lines_has_any(&o->lines)) return STATUS_OK;
    return fail_with_words(
        o, "the program ended with exit code 0, but has written neither a line to metrics.jsonl "
           "nor states to snapshots/");
}

/* Exit code 75 costs no try, but must lead on. */
static status_t work(outside_t *o) {
    status_t status = STATUS_REQUEUE;
    for (int stalled = 0; status == STATUS_REQUEUE; stalled++) {
        size_t before = o->lines.taken;
        int code = 0;
        CHECK(stalled < STALLED_MAX, STATUS_FAILED,
              "the program ended with exit code 75, to be started again, %d times without a line "
              "in metrics.jsonl; its directory is %s",
              STALLED_MAX, o->scene.dir);
        TRY(attempt(o, &code));
        status = judge(o, code);
        if (o->lines.taken > before) stalled = -1;
    }
    return status;
}

/* --- a trial --- */

static status_t name_dir(const trial_t *trial, const trial_setting_t *setting, scene_t *scene) {
    char here[PATH_MAX] = "";
    const char *run = setting->run_dir, *temporary = getenv("TMPDIR");
    CHECK(getcwd(scene->launch, sizeof scene->launch), STATUS_ENVIRONMENT,
          "the working directory cannot be found");
    if (run) {
        if (*run != '/') text_append(here, sizeof here, "%s/", scene->launch);
        *scene->dir = '\0';
        text_append(scene->dir, sizeof scene->dir, "%s%s/external/%s", here, run, trial->id);
        return STATUS_OK;
    }
    snprintf(scene->dir, sizeof scene->dir, "%s/koopsweep-XXXXXX", temporary ? temporary : "/tmp");
    CHECK(mkdtemp(scene->dir), STATUS_ENVIRONMENT, "%s cannot be made", scene->dir);
    return STATUS_OK;
}

static status_t open_outside(outside_t *o, const trial_t *trial, const trial_setting_t *setting,
                             const char *below) {
    *o = (outside_t){.setting = setting, .scene = {.trial = trial}};
    config_read(trial->config, &external_fields, &o->options);
    o->scene.seed = external_seed(trial);
    TRY(name_dir(trial, setting, &o->scene));
    if (*below && setting->run_dir) {
        text_append(o->scene.dir, sizeof o->scene.dir, "/%s", below);
        folder_remove(o->scene.dir); /* of a process that died */
    }
    TRY(folder_create(o->scene.dir, trial->config));
    return outside_lines_open(&o->lines, trial, o->scene.dir);
}

static void close_outside(outside_t *o) {
    child_destroy(&o->child);
    outside_lines_close(&o->lines);
    if (!o->setting->run_dir || o->is_initial_only) folder_remove(o->scene.dir);
}

/* Without states at initialisation nobody is to wait for the decision. */
static status_t run_opened(outside_t *o, const gate_t *gate, record_t *record,
                           trial_state_t *state) {
    o->lines.gate = gate;
    if (!states_is_asked(&o->lines.states, 0)) TRY(outside_lines_decide(&o->lines, o->scene.dir));
    TRY(work(o));
    outside_lines_record(&o->lines, record);
    if (gate) gate_record(gate, record);
    *state = outside_lines_state(&o->lines);
    return STATUS_OK;
}

/* What made an earlier try fail would end every later one: it goes aside, with the checkpoints that
 * belong to it. A program that merely ended badly goes on from its checkpoint. */
static status_t open_readable(outside_t *o, const trial_t *trial, const trial_setting_t *setting) {
    TRY(open_outside(o, trial, setting, ""));
    TRY(outside_lines_look(&o->lines, o->scene.dir));
    if (!outside_lines_fault(&o->lines)) return STATUS_OK;
    log_warning("trial %s starts anew, its directory is set aside as %s.failed: %s", trial->id,
                o->scene.dir, outside_lines_fault(&o->lines));
    outside_lines_close(&o->lines);
    TRY(folder_set_aside(o->scene.dir));
    return open_outside(o, trial, setting, "");
}

status_t outside_run(const trial_t *trial, const gate_t *gate, const trial_setting_t *setting,
                     record_t *record, trial_state_t *state) {
    outside_t o;
    status_t status = open_readable(&o, trial, setting);
    if (status == STATUS_OK) status = run_opened(&o, gate, record, state);
    close_outside(&o);
    return status;
}

status_t outside_profile(const trial_t *trial, const trial_setting_t *setting, record_t *initial) {
    outside_t o;
    int code = 0;
    status_t status = open_outside(&o, trial, setting, "initial");
    o.is_initial_only = 1;
    if (status == STATUS_OK) status = attempt(&o, &code);
    if (status == STATUS_OK && o.is_interrupted)
        status =
            status_fail(STATUS_INCOMPLETE, "trial %s was stopped while it was measured", trial->id);
    if (status == STATUS_OK && !outside_lines_has_initial(&o.lines))
        log_warning(
            "trial %s: no states of step 0 came within %g s (external.gate_seconds), so its "
            "risk is not known",
            trial->id, o.options.gate_seconds);
    if (status == STATUS_OK) states_record(&o.lines.states, initial);
    close_outside(&o);
    return status;
}

/* What has no effect on a program outside; what is not below these, its own engine would use. */
static int concerns_outside(const char *key) {
    static const char *const prefixes[] = {
        "external.", "params.", "diverge.",    "policy.",
        "order.",    "gate.",   "probe.rksp.", "train.stop_on_divergence"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (strncmp(key, prefixes[i], strlen(prefixes[i])) == 0) return 1;
    return 0;
}

static status_t check_options(const config_t *config) {
    const char *key;
    for (size_t i = 0; (key = config_key(config, i)); i++)
        CHECK(concerns_outside(key) || config_is_default_at(config, i), STATUS_SPEC,
              "%s: %s has no effect where external.command trains; what your program is to know "
              "stands below params, such as params.%s",
              key, config_text_at(config, i), strrchr(key, '.') ? strrchr(key, '.') + 1 : key);
    return STATUS_OK;
}

/* Nobody knows what a step of it costs: all trials count alike but for their steps. */
status_t outside_estimate(const config_t *config, trial_cost_t *cost) {
    struct external_options options;
    config_read(config, &external_fields, &options);
    TRY(check_options(config));
    TRY(external_check(config));
    double steps = fmax(1, (double)options.steps);
    *cost = (trial_cost_t){.flops = steps, .screening_flops = 1};
    return STATUS_OK;
}

void outside_forget(const trial_t *trial, const char *run_dir, trial_state_t state) {
    char snapshots[PATH_MAX];
    struct external_options options;
    scene_t scene = {0};
    const trial_setting_t setting = {.run_dir = run_dir};
    if (!external_is_asked(trial->config)) return;
    if (name_dir(trial, &setting, &scene) != STATUS_OK) return;
    config_read(trial->config, &external_fields, &options);
    int is_kept =
        !strcmp(options.keep, "all") || (!strcmp(options.keep, "failed") && state == TRIAL_FAILED);
    if (!is_kept)
        folder_remove(scene.dir);
    else if (state != TRIAL_FAILED)
        folder_remove(folder_path(scene.dir, "snapshots", snapshots));
}
