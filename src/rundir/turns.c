#include "rundir/turns.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/disk.h"
#include "base/lines.h"

static FILE *open_file(const char *run_dir, const char *name, const char *mode) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", run_dir, name);
    return fopen(path, mode);
}

/* --- RUN/order --- */

/* Without text: no file. */
static status_t replace(const char *run_dir, const char *name, char *text, size_t length) {
    char path[PATH_MAX];
    const bytes_t file = {.at = (unsigned char *)text, .size = length};
    snprintf(path, sizeof path, "%s/%s", run_dir, name);
    return length ? disk_replace(path, &file) : disk_remove(path);
}

status_t turns_keep_order(const char *run_dir, const order_options_t *options) {
    char text[FIELD_NAME_MAX + 48];
    const char *first = options->direction == ORDER_HIGHEST_FIRST ? "highest" : "lowest";
    const char *by = options->by == ORDER_BY_CHANCE ? "random" : options->score;
    int length = snprintf(text, sizeof text, "%s %s %.17g\n", by, first, options->audit);
    return replace(run_dir, "order", text, options->by == ORDER_BY_LENGTH ? 0 : (size_t)length);
}

static order_options_t read_order(const char *run_dir) {
    char first[16];
    order_options_t options = {.by = ORDER_BY_LENGTH};
    FILE *file = open_file(run_dir, "order", "r");
    if (!file) return options;
    if (fscanf(file, "%47s %15s %lf", options.score, first, &options.audit) == 3) {
        options.by = strcmp(options.score, "random") ? ORDER_BY_SCORE : ORDER_BY_CHANCE;
        options.direction = strcmp(first, "lowest") ? ORDER_HIGHEST_FIRST : ORDER_LOWEST_FIRST;
    }
    fclose(file);
    return options;
}

/* --- RUN/screening.NAME --- */

static void name_scores(const char *name, char file[FIELD_NAME_MAX + 16]) {
    snprintf(file, FIELD_NAME_MAX + 16, "screening.%s", name);
}

/* "ID SCORE\n", whole, or nothing. */
static const trial_t *read_line(const plan_t *plan, const char *line, double *score) {
    char id[TRIAL_ID_LENGTH + 1], *end;
    if (strcspn(line, " ") != TRIAL_ID_LENGTH) return NULL;
    memcpy(id, line, TRIAL_ID_LENGTH);
    id[TRIAL_ID_LENGTH] = '\0';
    const char *number = line + TRIAL_ID_LENGTH + 1;
    *score = strtod(number, &end);
    return end != number && strcmp(end, "\n") == 0 ? plan_find(plan, id) : NULL;
}

size_t turns_read_scores(const char *run_dir, const char *name, const plan_t *plan, double *score,
                         unsigned char *is_known) {
    char line[128], file_name[FIELD_NAME_MAX + 16];
    size_t known = 0;
    name_scores(name, file_name);
    FILE *file = open_file(run_dir, file_name, "r");
    if (!file) return 0; /* nobody was screened yet */
    while (fgets(line, sizeof line, file)) {
        double here;
        const trial_t *trial = read_line(plan, line, &here);
        if (!trial || is_known[trial->index]) continue;
        score[trial->index] = here;
        is_known[trial->index] = 1;
        known++;
    }
    fclose(file);
    return known;
}

status_t turns_add_score(const char *run_dir, const char *name, const trial_t *trial,
                         double score) {
    char path[PATH_MAX], file[FIELD_NAME_MAX + 16], line[64];
    name_scores(name, file);
    snprintf(path, sizeof path, "%s/%s", run_dir, file);
    int length = snprintf(line, sizeof line, "%s %a\n", trial->id, score);
    return lines_add(path, line, (size_t)length);
}

/* --- the order --- */

status_t turns_order(const plan_t *plan, const order_options_t *options, const double *score,
                     order_t *order) {
    *order = (order_t){0};
    if (options->by == ORDER_BY_LENGTH) return STATUS_OK;
    return order_create(plan_count(plan), options->by == ORDER_BY_SCORE ? score : NULL,
                        options->direction, options->audit, spec_seed(plan_spec(plan)), order);
}

status_t turns_load(const char *run_dir, const plan_t *plan, order_t *order) {
    status_t status = STATUS_OK;
    size_t count = plan_count(plan);
    order_options_t options = read_order(run_dir);
    double *score = calloc(count, sizeof *score);
    unsigned char *is_known = calloc(count, 1);
    *order = (order_t){0};
    CHECK_OR_DONE(score && is_known, STATUS_ENVIRONMENT, "out of memory for %zu trials", count);
    if (options.by == ORDER_BY_SCORE) {
        size_t known = turns_read_scores(run_dir, options.score, plan, score, is_known);
        CHECK_OR_DONE(known == count, STATUS_INCOMPLETE,
                      "%s: %zu of %zu trials were screened so far", run_dir, known, count);
    }
    TRY_OR_DONE(turns_order(plan, &options, score, order));
done:
    free(is_known);
    free(score);
    return status;
}

/* chance[i] for trials of which has_ended[i] says whether they have ended. */
static status_t weigh(const char *run_dir, const plan_t *plan, const unsigned char *has_ended,
                      order_t *order, double *chance) {
    TRY(turns_load(run_dir, plan, order));
    if (order->count) order_inclusion(order, order_turns(order, has_ended), chance);
    return STATUS_OK;
}

status_t turns_weigh(const char *run_dir, const plan_t *plan, frame_t *trials) {
    status_t status;
    order_t order = {0};
    const frame_column_t *state = frame_find(trials, "state");
    unsigned char *has_ended = calloc(trials->rows + 1, 1);
    double *chance = calloc(trials->rows + 1, sizeof *chance);
    CHECK_OR_DONE(has_ended && chance, STATUS_ENVIRONMENT, "out of memory");
    for (size_t i = 0; i < trials->rows; i++)
        has_ended[i] = trial_state_find(state->text[i]) != TRIAL_PENDING;
    TRY_OR_DONE(weigh(run_dir, plan, has_ended, &order, chance));
    if (order.count)
        memcpy(frame_numbers(trials, "order/inclusion"), chance, trials->rows * sizeof *chance);
done:
    order_destroy(&order);
    free(chance);
    free(has_ended);
    return status;
}

/* --- RUN/turns --- */

static void print_turns(FILE *file, const plan_t *plan, const order_t *order,
                        const trial_state_t *states, const double *chance) {
    fprintf(file, "turn id audit state chance\n");
    for (size_t turn = 0; turn < order->count; turn++) {
        size_t i = order->trial[turn];
        fprintf(file, "%zu %s %d %s %.9g\n", turn + 1, plan_trial(plan, i)->id,
                order->is_audit[turn], trial_state_name(states[i]), chance[i]);
    }
}

static status_t write_turns(const char *run_dir, const plan_t *plan, const order_t *order,
                            const trial_state_t *states, const double *chance) {
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    CHECK(file, STATUS_ENVIRONMENT, "out of memory for %zu turns", order->count);
    print_turns(file, plan, order, states, chance);
    status_t status = fclose(file) == 0 ? replace(run_dir, "turns", text, length)
                                        : status_fail(STATUS_ENVIRONMENT, "out of memory");
    free(text);
    return status;
}

status_t turns_write(const char *run_dir, const plan_t *plan, const trial_state_t *states) {
    status_t status;
    order_t order = {0};
    size_t count = plan_count(plan);
    unsigned char *has_ended = calloc(count, 1);
    double *chance = calloc(count, sizeof *chance);
    CHECK_OR_DONE(has_ended && chance, STATUS_ENVIRONMENT, "out of memory for %zu trials", count);
    for (size_t i = 0; i < count; i++) has_ended[i] = states[i] != TRIAL_PENDING;
    TRY_OR_DONE(weigh(run_dir, plan, has_ended, &order, chance));
    if (order.count) TRY_OR_DONE(write_turns(run_dir, plan, &order, states, chance));
done:
    order_destroy(&order);
    free(chance);
    free(has_ended);
    return status == STATUS_INCOMPLETE ? STATUS_OK : status;
}
