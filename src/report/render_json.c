/* render_json.c: one JSON document for programs. Stable: a key keeps its meaning for one version of
 * the format; new keys may appear. Missing numbers are null. Version 2: Table 2 has one interval,
 * low and high, where it had bootstrap's and DeLong's; its logistic regression sees all varied
 * options.
 *
 *   {"format": "koopsweep.tables", "version": 2, "tables": [
 *     {"name", "title", "rows": [{"section", "marks", COLUMN: value, ...}],
 *      "notes": [{"key", "mark", "text", "values": {NAME: value, ...}}]}]} */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>

#include "base/log.h"
#include "report/render.h"

/* Digit for digit as csv has it. JSON knows no infinity. */
static void add_number(cJSON *object, const char *key, double x) {
    char text[32];
    render_number(x, text);
    cJSON_AddItemToObject(object, key, isfinite(x) ? cJSON_CreateRaw(text) : cJSON_CreateNull());
}

static void add_cell(cJSON *object, const report_column_t *column, const report_cell_t *cell) {
    if (column->kind == CELL_TEXT) {
        cJSON_AddItemToObject(object, column->key,
                              cell->text ? cJSON_CreateString(cell->text) : cJSON_CreateNull());
        return;
    }
    add_number(object, column->key, cell->value[0]);
    if (column->key_two) add_number(object, column->key_two, cell->value[1]);
}

static cJSON *row_object(const report_table_t *table, const report_row_t *row) {
    cJSON *object = cJSON_CreateObject();
    if (row->section) cJSON_AddStringToObject(object, "section", row->section);
    cJSON_AddStringToObject(object, "marks", row->marks);
    for (size_t c = 0; c < table->column_count; c++)
        add_cell(object, &table->columns[c], &row->cells[c]);
    return object;
}

static cJSON *note_object(const report_note_t *note) {
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "key", note->key);
    cJSON_AddStringToObject(object, "mark", note->mark);
    cJSON_AddStringToObject(object, "text", note->text);
    cJSON *values = cJSON_AddObjectToObject(object, "values");
    for (size_t i = 0; i < note->value_count; i++)
        add_number(values, note->values[i].name, note->values[i].value);
    return object;
}

static cJSON *table_object(const report_table_t *table) {
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "name", table->name);
    cJSON_AddStringToObject(object, "title", table->title);
    cJSON *rows = cJSON_AddArrayToObject(object, "rows");
    for (size_t r = 0; r < table->row_count; r++)
        cJSON_AddItemToArray(rows, row_object(table, &table->rows[r]));
    cJSON *notes = cJSON_AddArrayToObject(object, "notes");
    for (size_t i = 0; i < table->note_count; i++)
        cJSON_AddItemToArray(notes, note_object(&table->notes[i]));
    return object;
}

static void render(const report_table_t *tables, size_t count, FILE *out) {
    cJSON *document = cJSON_CreateObject();
    cJSON_AddStringToObject(document, "format", "koopsweep.tables");
    cJSON_AddNumberToObject(document, "version", RENDER_JSON_VERSION);
    cJSON *list = cJSON_AddArrayToObject(document, "tables");
    for (size_t i = 0; i < count; i++) cJSON_AddItemToArray(list, table_object(&tables[i]));
    char *text = cJSON_Print(document);
    if (!text) {
        log_error("out of memory for the JSON of %zu tables", count);
        abort();
    }
    fprintf(out, "%s\n", text);
    free(text);
    cJSON_Delete(document);
}

const renderer_t renderer_json = {.name = "json", .render = render};
