/* export.c: koopsweep export RUN: results as CSV or JSON lines, for programs that read no HDF5, or
 * the trained network of a trial, for programs that train on or look at it. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/scope.h"
#include "checkpoint/export.h"
#include "cli/cli.h"
#include "cli/loaded.h"
#include "cli/saved.h"
#include "cli/sheet.h"
#include "profile/trained.h"
#include "store/schema.h"

enum { ENTRY_MAX = 256 };

struct export_options {
    int csv, jsonl, series;
};

#define AT(member) offsetof(struct export_options, member)
static const cli_option_t options[] = {
    {"csv", 0, CLI_FLAG, AT(csv), .doc = "comma-separated values, with a header (the default)"},
    {"jsonl", 0, CLI_FLAG, AT(jsonl), .doc = "one JSON object a line"},
    {"series", 0, CLI_FLAG, AT(series),
     .doc = "a row per trial, step and name of a series, instead of one per trial"},
    {0},
};

/* --- a row per trial --- */

typedef struct cell {
    char path[RECORD_PATH_MAX]; /* as in sweep.h5 */
    const frame_column_t *column;
} cell_t;

/* The columns of a row, in their order. */
typedef struct layout {
    cell_t *cells; /* owned */
    size_t count;
} layout_t;

static void free_layout(layout_t *layout) { free(layout->cells); }

/* Columns that the table has not (checksums of files) are none of these. */
static void add_cell(layout_t *layout, const frame_t *trials, const char *group, const char *name) {
    const frame_column_t *column = frame_find(trials, name);
    if (!column) return;
    layout->cells =
        memory_grow(layout->cells, layout->count + 1, sizeof *layout->cells, "an export");
    cell_t *cell = &layout->cells[layout->count++];
    snprintf(cell->path, sizeof cell->path, "%s%s", group, name);
    cell->column = column;
}

static layout_t lay_out(const config_t *config, const frame_t *trials) {
    layout_t layout = {0};
    for (const schema_row_t *column = index_schema; column->path; column++)
        if (*column->shape) add_cell(&layout, trials, "", column->path);
    for (size_t i = 0; config_key(config, i); i++)
        add_cell(&layout, trials, "config/", config_key(config, i));
    for (const schema_row_t *scalar = trial_schema; scalar->path; scalar++)
        if (!*scalar->shape) add_cell(&layout, trials, "", scalar->path);
    for (size_t i = 0; i < trials->column_count; i++) {
        const char *name = trials->columns[i].name;
        if (strncmp(name, "external/", strlen("external/")) == 0 && !schema_find(name))
            add_cell(&layout, trials, "", name); /* a number that its program said of the trial */
    }
    return layout;
}

static void put_row(sheet_t *sheet, const layout_t *layout, size_t row) {
    for (size_t i = 0; i < layout->count; i++) {
        const cell_t *cell = &layout->cells[i];
        if (cell->column->text)
            sheet_text(sheet, cell->path, cell->column->text[row]);
        else
            sheet_number(sheet, cell->path, cell->column->number[row]);
    }
    sheet_end_row(sheet);
}

static status_t put_trials(sheet_t *sheet, const char *run_dir, const saved_t *saved) {
    HELD(frame_clear) frame_t trials = {0};
    TRY(loaded_trials(run_dir, saved, &trials));
    HELD(free_layout) layout_t layout = lay_out(plan_trial(saved->plan, 0)->config, &trials);
    if (sheet->is_header) put_row(sheet, &layout, 0);
    sheet->is_header = 0;
    for (size_t row = 0; row < trials.rows; row++) put_row(sheet, &layout, row);
    return STATUS_OK;
}

/* --- a row per entry of a series --- */

/* Where the steps of a data set's first axis stand; NULL: it is no series, or those steps. */
static const char *steps_of(const schema_row_t *row) {
    if (!*row->shape || row->type == RECORD_TEXT) return NULL;
    const char *steps = trial_dimensions[schema_axis(row, 0)].path;
    return *steps && strcmp(steps, row->path) != 0 ? steps : NULL;
}

static double entry(const record_item_t *item, size_t i) {
    switch (item->type) {
    case RECORD_F64:
        return ((const double *)item->data)[i];
    case RECORD_F32:
        return ((const float *)item->data)[i];
    case RECORD_I64:
        return (double)((const int64_t *)item->data)[i];
    case RECORD_I32:
        return ((const int32_t *)item->data)[i];
    case RECORD_TEXT:
        break;
    }
    return 0;
}

/* Word number k of a text of words, `length` of it. */
static const char *word(const char *text, size_t k, int *length) {
    text += strspn(text, " ");
    for (; k && *text; k--) {
        text += strcspn(text, " ");
        text += strspn(text, " ");
    }
    *length = (int)strcspn(text, " ");
    return text;
}

/* "rksp/rho[3]": entry i of a step's `width` lies there, along the axes beyond the first. Where the
 * second axis has names of its own (external/series_names): "external/NAME". */
static void name_entry(const record_item_t *item, const record_item_t *names, size_t width,
                       size_t i, char name[ENTRY_MAX]) {
    int length;
    if (names) {
        const char *own = word(names->data, i, &length);
        int folder = (int)(strchr(item->path, '/') - item->path);
        snprintf(name, ENTRY_MAX, "%.*s/%.*s", folder, item->path, length, own);
        return;
    }
    length = snprintf(name, ENTRY_MAX, "%s", item->path);
    for (int axis = 1; axis < item->rank; axis++) {
        width /= item->shape[axis];
        length += snprintf(name + length, ENTRY_MAX - (size_t)length, "[%zu]", i / width);
        i %= width;
    }
}

static void put_entry(sheet_t *sheet, const char *id, double step, const char *name, double value) {
    sheet_text(sheet, "id", id);
    sheet_number(sheet, "step", step);
    sheet_text(sheet, "name", name);
    sheet_number(sheet, "value", value);
    sheet_end_row(sheet);
}

static const record_item_t *names_of(const record_t *record, const char *path) {
    char names[RECORD_PATH_MAX + 8];
    snprintf(names, sizeof names, "%s_names", path);
    const record_item_t *item = record_find(record, names);
    return item && item->type == RECORD_TEXT ? item : NULL;
}

static void put_series(sheet_t *sheet, const char *id, const record_item_t *item,
                       const record_item_t *names, const record_item_t *steps) {
    size_t count = record_item_count(item);
    size_t width = count ? count / item->shape[0] : 0;
    for (size_t i = 0; i < count; i++) {
        char name[ENTRY_MAX];
        name_entry(item, names, width, i % width, name);
        put_entry(sheet, id, entry(steps, i / width), name, entry(item, i));
    }
}

static void put_record(void *context, const trial_t *trial, const record_t *record) {
    for (const schema_row_t *row = trial_schema; row->path; row++) {
        const char *steps = steps_of(row);
        const record_item_t *item = steps ? record_find(record, row->path) : NULL;
        const record_item_t *over = item ? record_find(record, steps) : NULL;
        if (over) put_series(context, trial->id, item, names_of(record, row->path), over);
    }
}

static void free_list(const trial_t ***list) { free(*list); }

/* One trial at a time: a long sweep's series are larger than memory. */
static status_t put_all_series(sheet_t *sheet, const char *run_dir, const plan_t *plan) {
    size_t count = plan_count(plan);
    HELD(free_list) const trial_t **trials = memory_take(count, sizeof *trials, "a list of trials");
    for (size_t i = 0; i < count; i++) trials[i] = plan_trial(plan, i);
    if (sheet->is_header) put_entry(sheet, "", 0, "", 0);
    sheet->is_header = 0;
    return store_read_trials(run_dir, trials, count, NULL, put_record, sheet);
}

static status_t put_rows(const struct export_options *given, const char *run_dir,
                         const saved_t *saved) {
    sheet_t sheet = {.out = stdout, .is_json = given->jsonl, .is_header = !given->jsonl};
    return given->series ? put_all_series(&sheet, run_dir, saved->plan)
                         : put_trials(&sheet, run_dir, saved);
}

/* --- the network of a trial --- */

/* `target`: the file, or a folder, as transformers wants one. */
static status_t name_file(const char *target, char path[PATH_MAX]) {
    static const char end[] = ".safetensors";
    size_t length = strlen(target);
    int is_file = length > strlen(end) && strcmp(target + length - strlen(end), end) == 0;
    CHECK(length + sizeof "/model.safetensors" <= PATH_MAX, STATUS_SPEC,
          "%.60s...: the path is too long", target);
    snprintf(path, PATH_MAX, "%s%s", target, is_file ? "" : "/model.safetensors");
    return STATUS_OK;
}

static status_t put_weights(const char *run_dir, const plan_t *plan, const char *id,
                            const char *target) {
    const trial_t *trial;
    trained_t trained;
    char path[PATH_MAX];
    TRY(saved_find(run_dir, plan, id, &trial));
    TRY(trained_open(run_dir, trial, 1, &trained));
    status_t status = name_file(target, path);
    if (status == STATUS_OK) status = checkpoint_export(trained.model, path);
    if (status == STATUS_SPEC)
        status_fail(status, "trial %s: %s; koopsweep profile %s %s needs no export", trial->id,
                    status_message(), run_dir, trial->id);
    trained_close(&trained);
    if (status == STATUS_OK) printf("weights of trial %s: %s\n", trial->id, path);
    return status;
}

static status_t run(const cli_call_t *call) {
    const struct export_options *given = call->options;
    char **operands = call->operands;
    int is_of_trial = call->operand_count == 3;
    saved_t saved;
    CHECK(!(given->csv && given->jsonl), STATUS_SPEC, "--csv or --jsonl, not both");
    CHECK(call->operand_count != 2, STATUS_SPEC,
          "export RUN TRIAL: and where to? name a file .safetensors, or a folder");
    CHECK(!is_of_trial || !(given->csv || given->jsonl || given->series), STATUS_SPEC,
          "export RUN TRIAL FILE writes weights; --csv, --jsonl and --series are of results");
    TRY(saved_open(operands[0], &saved));
    status_t status = is_of_trial ? put_weights(operands[0], saved.plan, operands[1], operands[2])
                                  : put_rows(given, operands[0], &saved);
    saved_close(&saved);
    return status;
}

const cli_verb_t cli_export = {
    .name = "export",
    .operands = "RUN [TRIAL FILE]",
    .operands_min = 1,
    .operands_max = 3,
    .doc = "results as CSV or JSON lines: a row per trial, or every step; or a trial's weights",
    .detail =
        "A row per trial: all of them, those that have not ended too, with the columns that\n"
        "sweep.h5 has, under its names: id, state, config/OPTION, outcome/diverged, ...\n"
        "With --series: id, step, name, value. name is that of the data set in the trial's\n"
        "file, with its place along further axes: series/loss, rksp/rho[3] (layer 3),\n"
        "rksp/lambda[3][0][1]; external/NAME is one that a program of your own logged. step\n"
        "counts as the steps of that data set do.\n"
        "A number that is not known, or is none, is an empty field; null in JSON, and so is\n"
        "an infinite one. A result that is damaged is left out with a warning.\n"
        "\n"
        "  koopsweep export runs/mine --series | grep series/loss >losses.csv\n"
        "\n"
        "With TRIAL and FILE (weights.safetensors, or a folder, where it is called\n"
        "model.safetensors): the trained network, with config.json beside, as Hugging Face's\n"
        "transformers loads it. For gpt with pre_ln and llama with rms_norm, of trials that\n"
        "ran with train.keep_weights or have a checkpoint:\n"
        "\n"
        "  koopsweep export runs/mine 3f9c llama/\n",
    .options = options,
    .options_size = sizeof(struct export_options),
    .run = run,
};
