#include "train/history.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/gradients.h"
#include "train/divergence.h"

/* One block for everything: all numbers are 8 bytes. */
status_t history_create(int64_t steps_max, int64_t validations_max, const char *const *terms,
                        history_t *out) {
    size_t steps = (size_t)steps_max, validations = (size_t)validations_max, count = 0;
    while (terms[count]) count++;
    double *block = calloc((5 + count) * steps + 3 * validations + 1, sizeof *block);
    *out = (history_t){.trigger = "none", .diverged_step = -1, .term_count = (int)count};
    CHECK(block, STATUS_ENVIRONMENT, "out of memory for the history of %zu steps", steps);
    out->steps_max = steps;
    out->validations_max = validations;
    out->loss = block;
    out->grad_norm = block + steps;
    out->lr = block + 2 * steps;
    out->seconds = block + 3 * steps;
    out->number = (int64_t *)(block + 4 * steps);
    out->valid_loss = block + 5 * steps;
    out->valid_accuracy = out->valid_loss + validations;
    out->valid_step = (int64_t *)(out->valid_accuracy + validations);
    for (size_t k = 0; k < count; k++) {
        out->term_names[k] = terms[k];
        out->terms[k] = block + (5 + k) * steps + 3 * validations;
    }
    return STATUS_OK;
}

void history_destroy(history_t *history) {
    free(history->loss); /* where the block begins */
    *history = (history_t){0};
}

void history_add_step(history_t *history, const loss_t *loss, double grad_norm, double lr) {
    size_t i = history->steps++;
    history->number[i] = (int64_t)i;
    history->loss[i] = loss->mean;
    for (int k = 0; k < history->term_count; k++) history->terms[k][i] = loss->terms[k];
    history->grad_norm[i] = grad_norm;
    history->lr[i] = lr;
}

void history_add_validation(history_t *history, int64_t steps_done, double loss, double accuracy) {
    size_t i = history->validations++;
    history->valid_step[i] = steps_done;
    history->valid_loss[i] = loss;
    history->valid_accuracy[i] = accuracy;
}

void history_set_diverged(history_t *history, int64_t step, const char *trigger) {
    if (history_has_diverged(history)) return;
    history->diverged_step = step;
    history->trigger = trigger;
}

int history_has_diverged(const history_t *history) { return history->diverged_step >= 0; }

/* Which of its arrays a history keeps in a checkpoint, each with its length. */
typedef struct part {
    const char *path;
    record_type_t type;
    void *at;
    size_t count;
} part_t;

enum { PARTS = 8 };

static void list_parts(const history_t *h, part_t parts[PARTS]) {
    const part_t all[PARTS] = {
        {"history/loss", RECORD_F64, h->loss, h->steps},
        {"history/grad_norm", RECORD_F64, h->grad_norm, h->steps},
        {"history/lr", RECORD_F64, h->lr, h->steps},
        {"history/seconds", RECORD_F64, h->seconds, h->steps},
        {"history/number", RECORD_I64, h->number, h->steps},
        {"history/valid_step", RECORD_I64, h->valid_step, h->validations},
        {"history/valid_loss", RECORD_F64, h->valid_loss, h->validations},
        {"history/valid_accuracy", RECORD_F64, h->valid_accuracy, h->validations},
    };
    memcpy(parts, all, sizeof all);
}

/* "FOLDER/NAME" of the series of term k. */
static const char *term_path(const history_t *h, const char *folder, int k,
                             char path[RECORD_PATH_MAX]) {
    snprintf(path, RECORD_PATH_MAX, "%s/%s", folder, h->term_names[k]);
    return path;
}

void history_save(const history_t *h, record_t *record) {
    char path[RECORD_PATH_MAX];
    part_t parts[PARTS];
    list_parts(h, parts);
    for (int i = 0; i < PARTS; i++)
        record_put(record, parts[i].path, parts[i].type, 1, &parts[i].count, parts[i].at);
    for (int k = 0; k < h->term_count; k++)
        record_put_vector(record, term_path(h, "history", k, path), h->terms[k], h->steps);
    record_put_i64(record, "history/steps", (int64_t)h->steps);
    record_put_i64(record, "history/validations", (int64_t)h->validations);
    record_put_i64(record, "history/diverged_step", h->diverged_step);
    record_put_f64(record, "history/processor", h->processor);
    record_put_text(record, "history/trigger", h->trigger);
}

status_t history_load(history_t *h, const record_t *record) {
    char path[RECORD_PATH_MAX];
    part_t parts[PARTS];
    int64_t steps, validations;
    TRY(record_get(record, "history/steps", RECORD_I64, 1, &steps));
    TRY(record_get(record, "history/validations", RECORD_I64, 1, &validations));
    CHECK(steps >= 0 && steps <= (int64_t)h->steps_max && validations >= 0 &&
              validations <= (int64_t)h->validations_max,
          STATUS_CORRUPT, "a history of %ld steps and %ld validations, of at most %zu and %zu",
          (long)steps, (long)validations, h->steps_max, h->validations_max);
    h->steps = (size_t)steps;
    h->validations = (size_t)validations;
    list_parts(h, parts);
    for (int i = 0; i < PARTS; i++)
        TRY(record_get(record, parts[i].path, parts[i].type, parts[i].count, parts[i].at));
    for (int k = 0; k < h->term_count; k++)
        TRY(record_get(record, term_path(h, "history", k, path), RECORD_F64, h->steps,
                       h->terms[k]));
    TRY(record_get(record, "history/diverged_step", RECORD_I64, 1, &h->diverged_step));
    TRY(record_get(record, "history/processor", RECORD_F64, 1, &h->processor));
    const record_item_t *trigger = record_find(record, "history/trigger");
    h->trigger = divergence_trigger_name(trigger ? trigger->data : "");
    CHECK(h->trigger, STATUS_CORRUPT, "a history that diverged by nothing known");
    return STATUS_OK;
}

/* The last `window` of x[0..n), or as many as there are; NaN when there is none. */
static double mean_of_last(const double *x, size_t n, size_t window) {
    if (n == 0) return NAN;
    if (window > n) window = n;
    double sum = 0;
    for (size_t i = n - window; i < n; i++) sum += x[i];
    return sum / (double)window;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* NaN when n is 0 or memory is out. */
static double median(const double *x, size_t n) {
    double *sorted = n ? malloc(n * sizeof *sorted) : NULL;
    if (!sorted) return NAN;
    memcpy(sorted, x, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, ascending);
    double middle = (sorted[n / 2] + sorted[(n - 1) / 2]) / 2;
    free(sorted);
    return middle;
}

/* Vectors of no element are left out. */
static void put(record_t *record, const char *path, record_type_t type, size_t n, const void *x) {
    if (n) record_put(record, path, type, 1, &n, x);
}

double history_recent_loss(const history_t *history) {
    return mean_of_last(history->loss, history->steps, 10);
}

static void record_outcome(const history_t *h, record_t *record) {
    int has_diverged = history_has_diverged(h);
    record_put_i64(record, "outcome/diverged", has_diverged);
    record_put_i64(record, "outcome/step", has_diverged ? h->diverged_step : (int64_t)h->steps);
    record_put_text(record, "outcome/trigger", h->trigger);
    record_put_f64(record, "outcome/loss_first", h->steps ? h->loss[0] : NAN);
    record_put_f64(record, "outcome/loss_last", history_recent_loss(h));
    record_put_f64(record, "outcome/seconds_step", median(h->seconds, h->steps));
    record_put_f64(record, "outcome/seconds_processor",
                   h->steps ? h->processor / (double)h->steps : NAN);

    /* At the end of all steps: a run stopped at its divergence has none. */
    size_t last = h->validations;
    int is_final = last && h->valid_step[last - 1] == (int64_t)h->steps_max;
    double loss = is_final ? h->valid_loss[last - 1] : NAN;
    record_put_f64(record, "outcome/valid_loss", loss);
    record_put_f64(record, "outcome/valid_perplexity", exp(loss));
    record_put_f64(record, "outcome/valid_accuracy", is_final ? h->valid_accuracy[last - 1] : NAN);
}

void history_record(const history_t *h, record_t *record) {
    char path[RECORD_PATH_MAX];
    put(record, "series/step", RECORD_I64, h->steps, h->number);
    put(record, "series/loss", RECORD_F64, h->steps, h->loss);
    put(record, "series/grad_norm", RECORD_F64, h->steps, h->grad_norm);
    put(record, "series/lr", RECORD_F64, h->steps, h->lr);
    for (int k = 0; k < h->term_count; k++)
        put(record, term_path(h, "series", k, path), RECORD_F64, h->steps, h->terms[k]);
    put(record, "valid/step", RECORD_I64, h->validations, h->valid_step);
    put(record, "valid/loss", RECORD_F64, h->validations, h->valid_loss);
    put(record, "valid/accuracy", RECORD_F64, h->validations, h->valid_accuracy);
    record_outcome(h, record);
    gradient_baselines_t baselines = gradient_baselines(h->loss, h->grad_norm, h->steps);
    gradient_record(&baselines, record);
}
