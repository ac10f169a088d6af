#include "store/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"

void table_set_text(char **entry, const char *text) {
    size_t size = strlen(text) + 1;
    *entry = memory_grow(*entry, size, 1, "a table"); /* short texts fit where "" was */
    memcpy(*entry, text, size);
}

/* Trials share their values: looked up only where the text is another one than in the row before.
 */
static void add_numbers(frame_t *frame, const plan_t *plan, size_t key, const char *name) {
    double *column = frame_numbers(frame, name);
    const char *before = NULL;
    for (size_t row = 0; row < frame->rows; row++) {
        const config_t *config = plan_trial(plan, row)->config;
        const char *text = config_text_at(config, key);
        column[row] = text == before ? column[row - 1] : config_number(config, name);
        before = text;
    }
}

static void add_texts(frame_t *frame, const plan_t *plan, size_t key, const char *name) {
    char **column = frame_texts(frame, name);
    for (size_t row = 0; row < frame->rows; row++)
        table_set_text(&column[row], config_text_at(plan_trial(plan, row)->config, key));
}

static void add_config(frame_t *frame, const plan_t *plan) {
    const config_t *first = plan_trial(plan, 0)->config;
    for (size_t key = 0; config_key(first, key); key++) {
        const char *name = config_key(first, key);
        if (config_is_number_at(first, key))
            add_numbers(frame, plan, key, name);
        else
            add_texts(frame, plan, key, name);
    }
}

/* Who the trials are, as the plan knows. */
static void add_identity(frame_t *frame, const plan_t *plan) {
    char **id = frame_texts(frame, "id");
    double *replica = frame_numbers(frame, "replica");
    char **arm = frame_texts(frame, "arm"), **pair = frame_texts(frame, "pair");
    for (size_t row = 0; row < frame->rows; row++) {
        const trial_t *trial = plan_trial(plan, row);
        table_set_text(&id[row], trial->id);
        table_set_text(&arm[row], trial->arm);
        table_set_text(&pair[row], trial->pair);
        replica[row] = trial->replica;
    }
    if (frame->rows > 0) add_config(frame, plan);
}

int table_wants(const table_t *table, const schema_row_t *scalar) {
    if (*scalar->shape) return 0;
    const char *const *wanted = table->wanted;
    while (wanted && *wanted && strcmp(*wanted, scalar->path) != 0) wanted++;
    return !wanted || *wanted;
}

static size_t count_rows(void) {
    size_t rows = 0;
    while (trial_schema[rows].path) rows++;
    return rows;
}

status_t table_create(const plan_t *plan, const char *const *wanted, table_t *table) {
    size_t rows = plan_count(plan);
    *table = (table_t){
        .frame.rows = rows, .wanted = wanted, .checksum = calloc(rows + 1, sizeof(uint64_t))};
    CHECK(table->checksum, STATUS_ENVIRONMENT, "out of memory for a table of %zu trials", rows);
    table->cells = memory_take(count_rows() + 1, sizeof *table->cells, "a table");
    char **state = frame_texts(&table->frame, "state");
    for (size_t row = 0; row < rows; row++) table_set_text(&state[row], "PENDING");
    if (!wanted) add_identity(&table->frame, plan);
    for (size_t i = 0; trial_schema[i].path; i++) {
        const schema_row_t *scalar = &trial_schema[i];
        if (!table_wants(table, scalar)) continue;
        if (scalar->type == RECORD_TEXT)
            table->cells[i] = frame_texts(&table->frame, scalar->path);
        else
            table->cells[i] = frame_numbers(&table->frame, scalar->path);
    }
    return STATUS_OK;
}

void table_destroy(table_t *table) {
    frame_clear(&table->frame);
    free(table->checksum);
    free(table->cells);
    *table = (table_t){0};
}

static double number_of(const record_item_t *item) {
    if (!item) return NAN;
    switch (item->type) {
    case RECORD_F64:
        return *(const double *)item->data;
    case RECORD_F32:
        return *(const float *)item->data;
    case RECORD_I64:
        return (double)*(const int64_t *)item->data;
    case RECORD_I32:
        return *(const int32_t *)item->data;
    case RECORD_TEXT:
        break;
    }
    return NAN;
}

void table_set_row(table_t *table, size_t row, const char *state, uint64_t checksum,
                   const record_t *scalars) {
    frame_set_text(&table->frame, "state", row, state);
    table->checksum[row] = checksum;
    for (size_t i = 0; trial_schema[i].path; i++) {
        void *column = table->cells[i];
        if (!column) continue;
        const record_item_t *item = record_find(scalars, trial_schema[i].path);
        if (trial_schema[i].type == RECORD_TEXT)
            table_set_text(&((char **)column)[row], item ? item->data : "");
        else
            ((double *)column)[row] = number_of(item);
    }
}

void table_clear_row(table_t *table, size_t row) {
    table_set_row(table, row, "PENDING", 0, &(const record_t){0});
}
