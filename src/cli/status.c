/* status.c: koopsweep status RUN. */
#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "cli/overview.h"
#include "cli/report_file.h"
#include "dispatch/pace.h"
#include "report/cohort.h"
#include "stats/delong.h"
#include "stats/interval.h"

struct status_options {
    int json, watch;
    const char *html;
    double every;
};

static const cli_option_t options[] = {
    {"json", 'j', CLI_FLAG, offsetof(struct status_options, json), .doc = "as one JSON object"},
    {"watch", 'w', CLI_FLAG, offsetof(struct status_options, watch),
     .doc = "again and again, until the sweep stops"},
    {"html", 0, CLI_TEXT, offsetof(struct status_options, html), .argument = "FILE",
     .doc = "at every look also the report, as `koopsweep report` writes it"},
    {"every", 0, CLI_REAL, offsetof(struct status_options, every), .argument = "SECONDS",
     .min = 0.1, .max = 1e6, .doc = "between two looks of --watch"},
    {0},
};

/* Why trial `i` is FAILED: "" when its file does not say. */
static const char *message_of(const overview_t *overview, size_t i) {
    const frame_column_t *column = frame_find(&overview->frame, "outcome/message");
    return column && column->text ? column->text[i] : "";
}

static const char *name_phase(const overview_t *overview) {
    if (overview->is_running) return "running";
    return overview->count[TRIAL_PENDING] ? "incomplete" : "complete";
}

/* --- for people --- */

static void print_head(const overview_t *overview) {
    char states[PROGRESS_TEXT_MAX];
    size_t ended = overview->trials - overview->count[TRIAL_PENDING];
    progress_print_states(overview->count, states);
    printf("%s: %s, %zu of %zu trials have ended (%.0f %%)\n", overview->run_dir,
           name_phase(overview), ended, overview->trials,
           100.0 * (double)ended / (double)overview->trials);
    size_t running = overview->live.running_count;
    printf("  %s", states);
    if (running) printf(" (%zu of them running)", running);
    printf("\n");
    if (*overview->stopped) printf("  stopped: %s\n", overview->stopped);
    if (overview->live.progress.screened < overview->live.progress.to_screen)
        printf("  screening: %zu of %zu trials, before the first is trained\n",
               overview->live.progress.screened, overview->live.progress.to_screen);
    if (overview->is_running)
        printf("  master: process %ld on %s\n", overview->master.pid, overview->master.host);
}

static void print_pace(const overview_t *overview) {
    char left[CLOCK_TEXT_MAX];
    const progress_t *progress = &overview->live.progress;
    if (!overview->is_running || progress->ended == 0) return;
    clock_duration(progress_eta(progress), left, sizeof left);
    printf("  pace: %.3g trials per minute on %d workers, about %s left\n",
           60 * progress_rate(progress), overview->live.workers, left);
}

/* Without a master nobody has reckoned it yet. */
static void print_work_left(const overview_t *overview) {
    char left[CLOCK_TEXT_MAX];
    costs_t costs = {0};
    pace_t pace = {0};
    double seconds = 0;
    if (overview->count[TRIAL_PENDING] && overview->count[TRIAL_COMPLETED] &&
        costs_create(overview->saved.plan, trial_estimate, &costs) == STATUS_OK &&
        pace_create(&costs, &pace) == STATUS_OK) {
        pace_learn_table(&pace, &overview->frame);
        for (size_t i = 0; i < overview->trials; i++)
            if (overview->states[i] == TRIAL_PENDING) seconds += pace_expected(&pace, i);
        clock_duration(seconds, left, sizeof left);
        printf("  left: about %s of one worker's time, going by %zu completed trials\n", left,
               pace.all.count);
    }
    pace_destroy(&pace);
    costs_destroy(&costs);
}

static void print_divergence(const overview_t *overview) {
    size_t results = overview_results(overview), diverged = overview->count[TRIAL_DIVERGED];
    if (results == 0) return;
    interval_t interval = interval_wilson(diverged, results);
    printf("  diverged: %.1f %% of %zu results, 95 %% CI %.1f to %.1f %%\n",
           100.0 * (double)diverged / (double)results, results, 100 * interval.low,
           100 * interval.high);
}

/* Of the risk score, over all results there are; weighted where some stand for others. */
static delong_t risk_auroc(const overview_t *overview) {
    cohort_t cohort = cohort_in_turn(&overview->frame, COHORT_ALL);
    const double *score = cohort_numbers(&cohort, "summary/m_near_unit");
    size_t runs = cohort.runs.rows;
    delong_t result = delong(runs, score, cohort.diverged, NULL, cohort.weight);
    cohort_destroy(&cohort);
    return result;
}

static void print_auroc(const overview_t *overview) {
    delong_t risk = risk_auroc(overview);
    if (isnan(risk.auroc)) return; /* one class only, or no probe */
    printf("  AUROC of M~1 so far: %.3f, ", risk.auroc);
    if (isnan(risk.interval.low)) /* one run of a class says nothing of others */
        printf("95 %% CI n/a");
    else
        printf("95 %% CI %.2f to %.2f", risk.interval.low, risk.interval.high);
    printf(", %zu diverged against %zu\n", risk.positives, risk.negatives);
}

static void print_rows(const overview_t *overview) {
    const char *key = "";
    if (overview->row_count == 0) return;
    printf("\n  %-28s %-20s %7s %7s %9s %7s\n", "option", "value", "trials", "ended", "diverged",
           "failed");
    for (const overview_row_t *row = overview->rows; row < overview->rows + overview->row_count;
         row++) {
        printf("  %-28s %-20s %7zu %7zu %9zu %7zu\n", strcmp(key, row->key) ? row->key : "",
               row->value, row->trials, row->ended, row->diverged, row->failed);
        key = row->key;
    }
}

static void print_running(const overview_t *overview) {
    if (overview->live.running_count) printf("\n  running\n");
    for (size_t i = 0; i < overview->live.running_count; i++) {
        char since[CLOCK_TEXT_MAX];
        const live_trial_t *trial = &overview->live.running[i];
        clock_duration(trial->seconds, since, sizeof since);
        printf("  %s  rank %d, for %s\n", trial->id, trial->rank, since);
    }
}

static void print_failed(const overview_t *overview) {
    if (overview->count[TRIAL_FAILED]) printf("\n  failed\n");
    for (size_t i = 0; i < overview->trials; i++)
        if (overview->states[i] == TRIAL_FAILED)
            printf("  %s  %s\n", plan_trial(overview->saved.plan, i)->id, message_of(overview, i));
}

static void print_next(const overview_t *overview) {
    const char *run = overview->run_dir;
    printf("\n");
    if (overview->is_running)
        printf("next: koopsweep explain %s ID\n", run);
    else if (overview->count[TRIAL_PENDING])
        printf("next: koopsweep run %s/spec.yaml --out %s (resumes)\n", run, run);
    else
        printf("next: koopsweep table %s\n", run);
}

static void print_text(const overview_t *overview) {
    print_head(overview);
    print_pace(overview);
    print_work_left(overview);
    print_divergence(overview);
    print_auroc(overview);
    print_rows(overview);
    print_running(overview);
    print_failed(overview);
    print_next(overview);
}

/* --- for programs --- */

static cJSON *add_element(cJSON *array) {
    cJSON *element = cJSON_CreateObject();
    cJSON_AddItemToArray(array, element);
    return element;
}

static void add_lists(cJSON *json, const overview_t *overview) {
    cJSON *running = cJSON_AddArrayToObject(json, "running");
    for (size_t i = 0; i < overview->live.running_count; i++) {
        const live_trial_t *trial = &overview->live.running[i];
        cJSON *element = add_element(running);
        cJSON_AddStringToObject(element, "id", trial->id);
        cJSON_AddNumberToObject(element, "rank", trial->rank);
        cJSON_AddNumberToObject(element, "seconds", trial->seconds);
    }
    cJSON *failed = cJSON_AddArrayToObject(json, "failed");
    for (size_t i = 0; i < overview->trials; i++) {
        if (overview->states[i] != TRIAL_FAILED) continue;
        cJSON *element = add_element(failed);
        cJSON_AddStringToObject(element, "id", plan_trial(overview->saved.plan, i)->id);
        cJSON_AddStringToObject(element, "message", message_of(overview, i));
    }
    cJSON *rows = cJSON_AddArrayToObject(json, "options");
    for (size_t i = 0; i < overview->row_count; i++) {
        const overview_row_t *row = &overview->rows[i];
        cJSON *element = add_element(rows);
        cJSON_AddStringToObject(element, "key", row->key);
        cJSON_AddStringToObject(element, "value", row->value);
        cJSON_AddNumberToObject(element, "trials", (double)row->trials);
        cJSON_AddNumberToObject(element, "ended", (double)row->ended);
        cJSON_AddNumberToObject(element, "diverged", (double)row->diverged);
        cJSON_AddNumberToObject(element, "failed", (double)row->failed);
    }
}

static void add_master(cJSON *json, const overview_t *overview) {
    const progress_t *progress = &overview->live.progress;
    cJSON *master = cJSON_AddObjectToObject(json, "master");
    cJSON_AddStringToObject(master, "host", overview->master.host);
    cJSON_AddNumberToObject(master, "pid", (double)overview->master.pid);
    cJSON_AddNumberToObject(master, "workers", overview->live.workers);
    cJSON_AddNumberToObject(master, "trials_per_s", progress_rate(progress));
    json_add_number(master, "left_s", overview->live.workers ? progress_eta(progress) : NAN);
}

static void add_auroc(cJSON *json, const overview_t *overview) {
    delong_t risk = risk_auroc(overview);
    cJSON *auroc = cJSON_AddObjectToObject(json, "auroc_m_near_unit");
    json_add_number(auroc, "value", risk.auroc);
    json_add_number(auroc, "low", risk.interval.low);
    json_add_number(auroc, "high", risk.interval.high);
}

static void print_json(const overview_t *overview) {
    cJSON *json = cJSON_CreateObject();
    size_t results = overview_results(overview);
    cJSON_AddStringToObject(json, "run", overview->run_dir);
    cJSON_AddStringToObject(json, "name", spec_name(overview->saved.spec));
    cJSON_AddStringToObject(json, "phase", name_phase(overview));
    cJSON_AddNumberToObject(json, "trials", (double)overview->trials);
    cJSON *states = cJSON_AddObjectToObject(json, "states");
    for (trial_state_t state = 0; state < TRIAL_STATES; state++)
        cJSON_AddNumberToObject(states, trial_state_name(state), (double)overview->count[state]);
    json_add_number(json, "diverged_share",
                    results ? (double)overview->count[TRIAL_DIVERGED] / (double)results : NAN);
    if (*overview->stopped)
        cJSON_AddStringToObject(json, "stopped", overview->stopped);
    else
        cJSON_AddNullToObject(json, "stopped");
    add_auroc(json, overview);
    if (overview->is_running)
        add_master(json, overview);
    else
        cJSON_AddNullToObject(json, "master");
    add_lists(json, overview);
    char *text = cJSON_Print(json);
    printf("%s\n", text);
    cJSON_free(text);
    cJSON_Delete(json);
}

/* The page of a sweep that goes on loads itself again, in whole seconds. */
static status_t look(const char *run_dir, const struct status_options *given, int *is_running) {
    overview_t overview;
    status_t status = STATUS_OK;
    TRY(overview_open(run_dir, &overview));
    if (given->json)
        print_json(&overview);
    else
        print_text(&overview);
    *is_running = overview.is_running;
    int reload = given->watch && overview.is_running ? (int)ceil(given->every) : 0;
    if (given->html)
        status = report_file_write(run_dir, &overview.saved, given->html, NULL, reload);
    overview_close(&overview);
    return status;
}

/* On a terminal each look replaces the one before. */
static status_t run(const cli_call_t *call) {
    const struct status_options *given = call->options;
    int is_running, is_terminal = given->watch && !given->json && isatty(STDOUT_FILENO);
    for (;;) {
        if (is_terminal) printf("\033[H\033[J"); /* to the first line, clear what is below */
        TRY(look(call->operands[0], given, &is_running));
        if (!given->watch || !is_running) return STATUS_OK;
        fflush(stdout);
        double whole, part = modf(given->every, &whole);
        nanosleep(&(struct timespec){(time_t)whole, (long)(part * 1e9)}, NULL);
    }
}

const cli_verb_t cli_status = {
    .name = "status",
    .operands = "RUN",
    .operands_min = 1,
    .operands_max = 1,
    .doc = "how far a run is: states, pace, time left, what diverged and failed, AUROC so far",
    .detail = "Reads the result files and what a living master wrote down; works while the sweep\n"
              "runs and disturbs nothing. The time left goes by the expected work of the trials,\n"
              "not by their number. Exit code 0 whatever the run's state: see \"phase\" of --json\n"
              "(running, incomplete, complete).\n",
    .options = options,
    .options_size = sizeof(struct status_options),
    .defaults = &(const struct status_options){.every = 2},
    .run = run,
};
