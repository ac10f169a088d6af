#include "train/outside_lines.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/disk.h"
#include "base/text.h"
#include "external/folder.h"
#include "probe/gradients.h"
#include "train/options.h"

status_t outside_lines_open(outside_lines_t *lines, const trial_t *trial, const char *dir) {
    char path[PATH_MAX];
    struct train_options options;
    const probe_setting_t probe = probe_of_trial(trial);
    config_read(trial->config, &train_fields, &options);
    *lines = (outside_lines_t){.trial = trial,
                               .policy = policy_open(trial),
                               .limits = {options.loss_limit, options.grad_norm_limit},
                               .stops_on_divergence = options.stop_on_divergence,
                               .diverged_step = -1,
                               .trigger = "none",
                               .heard = -1,
                               .started = clock_seconds()};
    series_open(&lines->series);
    states_open(&probe, &lines->states);
    return follow_open(folder_path(dir, "metrics.jsonl", path), &lines->follow);
}

void outside_lines_close(outside_lines_t *lines) {
    follow_close(&lines->follow);
    series_close(&lines->series);
    states_close(&lines->states);
}

int outside_lines_is_over(const outside_lines_t *lines) {
    return policy_has_ended(&lines->policy) ||
           (lines->diverged_step >= 0 && lines->stops_on_divergence);
}

const char *outside_lines_end(const outside_lines_t *lines) {
    return policy_has_ended(&lines->policy) ? "a policy has ended the trial" : "diverged";
}

const char *outside_lines_fault(const outside_lines_t *lines) {
    return *lines->fault ? lines->fault : NULL;
}

int outside_lines_has_initial(const outside_lines_t *lines) { return lines->states.has_initial; }

int outside_lines_has_any(const outside_lines_t *lines) {
    return lines->series.count > 0 || lines->states.last >= 0;
}

int64_t outside_lines_step(const outside_lines_t *lines) {
    size_t count = lines->series.count;
    return count ? lines->series.step[count - 1] + 1 : 0;
}

trial_state_t outside_lines_state(const outside_lines_t *lines) {
    return policy_has_ended(&lines->policy) ? TRIAL_PRUNED
           : lines->diverged_step >= 0      ? TRIAL_DIVERGED
                                            : TRIAL_COMPLETED;
}

/* --- judging a line --- */

/* The policies are heard once before every step, the first time before step 0. */
static void hear(outside_lines_t *lines, int64_t step) {
    const policy_moment_t moment = {.step = step,
                                    .risk = states_risk(&lines->states),
                                    .first_loss = series_first_loss(&lines->series),
                                    .loss = series_recent_loss(&lines->series)};
    if (step <= lines->heard) return;
    if (lines->heard < 0 && step > 0) hear(lines, 0);
    lines->heard = step;
    policy_judge(&lines->policy, &moment);
}

/* What the line does not say is within its limit. */
static double number_of(const line_t *line, const char *name) {
    for (size_t i = 0; i < line->count; i++)
        if (!line->values[i].is_summary && strcmp(line->values[i].name, name) == 0)
            return line->values[i].number;
    return 0;
}

static void label(outside_lines_t *lines, const line_t *line) {
    const char *trigger =
        divergence_trigger(&lines->limits, number_of(line, "loss"), number_of(line, "grad_norm"));
    if (!trigger || lines->diverged_step >= 0) return;
    lines->diverged_step = line->step;
    lines->trigger = trigger;
}

/* A line without a step that says which attempt it is, and no more: from here on it is that one,
 * and what an earlier one still says, whose machine was taken for dead, counts for nothing. */
static int is_mark(const line_t *line) {
    return line->step < 0 && line->attempt >= 0 && line->count == 0 && !line->is_checkpoint;
}

static status_t take(outside_lines_t *lines, const line_t *line) {
    if (is_mark(line)) {
        lines->attempt = line->attempt;
        series_begin_attempt(&lines->series, line->attempt);
        return STATUS_OK;
    }
    int64_t attempt = line->attempt >= 0 ? line->attempt : lines->attempt;
    line_place_t place = series_place(&lines->series, line, attempt);
    if (place == LINE_NEW) hear(lines, line->step);
    if (place == LINE_NEW && line->step <= lines->diverged_step) {
        lines->diverged_step = -1; /* a later attempt goes this way anew */
        lines->trigger = "none";
    }
    if (outside_lines_is_over(lines) && place == LINE_NEW) return STATUS_OK;
    TRY(series_take(&lines->series, line, attempt));
    if (place == LINE_NEW || place == LINE_SAME) label(lines, line);
    lines->taken += line->step >= 0 || line->count > 0;
    return STATUS_OK;
}

static void set_fault(outside_lines_t *lines, const char *text) {
    if (!*lines->fault) snprintf(lines->fault, sizeof lines->fault, "%s", text);
}

static void take_lines(outside_lines_t *lines) {
    size_t length;
    const char *text;
    while (!outside_lines_is_over(lines) && !*lines->fault &&
           (text = follow_next(&lines->follow, &length))) {
        if (length == strspn(text, " \t\r")) continue; /* stops at its newline */
        status_t status =
            length > LINE_BYTES_MAX
                ? status_fail(STATUS_FAILED, "it is longer than %d bytes", LINE_BYTES_MAX)
                : line_parse(text, length, &lines->line);
        if (status == STATUS_OK) status = take(lines, &lines->line);
        if (status == STATUS_OK) continue;
        status_context(status, "%s:%zu", lines->follow.path, lines->follow.line);
        set_fault(lines, status_message());
    }
}

/* States that were written before a line are there once the line was read; so they are looked for
 * between reading and judging. */
static status_t look_at_states(outside_lines_t *lines, const char *dir) {
    status_t status = states_look(&lines->states, dir);
    if (status == STATUS_FAILED) set_fault(lines, status_message());
    if (status == STATUS_ENVIRONMENT) return status;
    if (lines->states.has_initial && !lines->is_decided) {
        hear(lines, 0);
        TRY(outside_lines_decide(lines, dir));
    }
    return STATUS_OK;
}

status_t outside_lines_look(outside_lines_t *lines, const char *dir) {
    int has_more;
    do {
        if (*lines->fault || outside_lines_is_over(lines)) return STATUS_OK;
        status_t status = follow_read(&lines->follow);
        if (status == STATUS_FAILED) set_fault(lines, status_message());
        if (status != STATUS_OK && status != STATUS_FAILED) return status;
        has_more = follow_has_more(&lines->follow);
        TRY(look_at_states(lines, dir));
        take_lines(lines);
    } while (has_more);
    return STATUS_OK;
}

status_t outside_lines_decide(outside_lines_t *lines, const char *dir) {
    char path[PATH_MAX], text[512], risk[32] = "null";
    double known = states_risk(&lines->states);
    int is_on = !lines->gate || lines->gate->is_on;
    if (isfinite(known)) snprintf(risk, sizeof risk, "%.17g", known);
    snprintf(text, sizeof text, "{\"go\": %s, \"arm\": \"%s\", \"on\": %s, \"risk\": %s}\n",
             policy_has_ended(&lines->policy) ? "false" : "true", lines->trial->arm,
             is_on ? "true" : "false", risk);
    const bytes_t bytes = {(unsigned char *)text, strlen(text)};
    lines->is_decided = 1;
    return disk_show(folder_path(dir, "decision.json", path), &bytes);
}

/* --- the record --- */

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_seconds(const series_t *series) {
    const double *seconds = series->columns[SERIES_SECONDS].values;
    double *sorted = seconds ? malloc((series->count + 1) * sizeof *sorted) : NULL;
    size_t count = 0;
    for (size_t i = 0; sorted && i < series->count; i++)
        if (isfinite(seconds[i])) sorted[count++] = seconds[i];
    if (count) qsort(sorted, count, sizeof *sorted, ascending);
    double middle = count ? (sorted[count / 2] + sorted[(count - 1) / 2]) / 2 : NAN;
    free(sorted);
    return middle;
}

/* Of steps 0, 1, ... as far as all were logged: what is read off them goes by step. */
static void record_baselines(const series_t *series, record_t *record) {
    const double *loss = series->columns[SERIES_LOSS].values;
    const double *grad_norm = series->columns[SERIES_GRAD_NORM].values;
    size_t steps = 0;
    while (loss && grad_norm && steps < series->count && series->step[steps] == (int64_t)steps &&
           series->has[steps] & HAS_LOSS)
        steps++;
    gradient_baselines_t baselines = gradient_baselines(loss, grad_norm, steps);
    gradient_record(&baselines, record);
}

static void record_validation(const outside_lines_t *lines, record_t *record) {
    const series_t *series = &lines->series;
    const double *loss = series->columns[SERIES_VALID_LOSS].values;
    const double *accuracy = series->columns[SERIES_VALID_ACCURACY].values;
    size_t last = series->count;
    while (last > 0 && !(series->has[last - 1] & HAS_VALIDATION)) last--;
    int is_final = last > 0 && lines->diverged_step < 0 && !policy_has_ended(&lines->policy);
    double final = is_final && loss ? loss[last - 1] : NAN;
    record_put_f64(record, "outcome/valid_loss", final);
    record_put_f64(record, "outcome/valid_perplexity", exp(final));
    record_put_f64(record, "outcome/valid_accuracy",
                   is_final && accuracy ? accuracy[last - 1] : NAN);
}

void outside_lines_record(const outside_lines_t *lines, record_t *record) {
    char host[256] = "";
    const series_t *series = &lines->series;
    int has_diverged = lines->diverged_step >= 0;
    gethostname(host, sizeof host - 1);
    series_record(series, record);
    record_put_i64(record, "outcome/diverged", has_diverged);
    record_put_i64(record, "outcome/step",
                   has_diverged ? lines->diverged_step : outside_lines_step(lines));
    record_put_text(record, "outcome/trigger", lines->trigger);
    record_put_f64(record, "outcome/loss_first", series_first_loss(series));
    record_put_f64(record, "outcome/loss_last", series_recent_loss(series));
    record_put_f64(record, "outcome/seconds_step", median_seconds(series));
    record_put_f64(record, "outcome/seconds", lines->before + clock_seconds() - lines->started);
    record_put_text(record, "outcome/host", host);
    record_put_text(record, "outcome/message", "");
    record_validation(lines, record);
    record_baselines(series, record);
    policy_record(&lines->policy, record);
    states_record(&lines->states, record);
}
