#include "task/task.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "task/data_file.h"

const task_row_t *const task_rows[] = {
#define TASK(name) &task_##name,
#include "task/tasks.def"
#undef TASK
    NULL};

/* Help that follows from the rows; filled before main() starts. */
static char files_needed[FIELD_NAME_MAX] = "task.name=", seq_len_doc[256], vocab_doc[256];

#define OPTIONS struct task_options
static const field_t fields[] = {
    CHOICE_FIELD("task.name", name, .fallback = "associative_recall", .choices = task_names,
                 .doc = "what the model learns"),
    TEXT_FIELD("task.data_dir", data_dir, .fallback = "",
               .doc = "folder of the data files; empty: $KOOPSWEEP_DATA", .needs = files_needed),
    INT_FIELD("task.seq_len", seq_len, .min = 0, .max = 65536, .fallback = "0", .doc = seq_len_doc),
    INT_FIELD("task.vocab", vocab, .min = 0, .max = 1048576, .fallback = "0", .doc = vocab_doc),
};
const field_set_t task_fields = FIELD_SET("task", fields, .is_shared = true);

/* "NAME NUMBER" behind what is there already. */
static void add(char *text, size_t size, const char *name, int number) {
    char last = text[strlen(text) - 1];
    text_append(text, size, "%s%s ", last == ':' ? " " : ", ", name);
    if (number) text_append(text, size, "%d", number);
}

__attribute__((constructor)) static void describe_rows(void) {
    text_append(seq_len_doc, sizeof seq_len_doc, "tokens per sample; 0:");
    text_append(vocab_doc, sizeof vocab_doc, "token ids; 0:");
    for (const task_row_t *const *at = task_rows; *at; at++) {
        const task_row_t *row = *at;
        int is_first = !strchr(files_needed, '=')[1];
        if (row->reads_files)
            text_append(files_needed, sizeof files_needed, "%s%s", is_first ? "" : "|", row->name);
        if (row->seq_len) add(seq_len_doc, sizeof seq_len_doc, row->name, row->seq_len);
        if (row->vocab || row->describe_vocab)
            add(vocab_doc, sizeof vocab_doc, row->name, row->vocab);
        if (row->describe_vocab) row->describe_vocab(vocab_doc, sizeof vocab_doc);
    }
}

const task_row_t *task_find(const char *name) {
    for (const task_row_t *const *row = task_rows; *row; row++) {
        if (strcmp((*row)->name, name) == 0) return *row;
    }
    return NULL;
}

const char *const *task_names(void) {
    static const char *names[sizeof task_rows / sizeof task_rows[0]];
    for (int i = 0; task_rows[i]; i++) names[i] = task_rows[i]->name;
    return names;
}

status_t task_describe(const config_t *config, const task_row_t **row, task_shape_t *shape) {
    struct task_options options;
    config_read(config, &task_fields, &options);
    *row = task_find(options.name);
    CHECK(*row, STATUS_SPEC, "task.name: there is no task %s", options.name);
    return (*row)->shape(config, shape);
}

const char *task_data_dir(const config_t *config) {
    static struct task_options options; /* what is returned outlives the call */
    config_read(config, &task_fields, &options);
    const char *fallback = getenv("KOOPSWEEP_DATA");
    return options.data_dir[0] ? options.data_dir : fallback ? fallback : "";
}

status_t task_preview_cut(const config_t *config, char *text, size_t size) {
    struct task_options options;
    config_read(config, &task_fields, &options);
    const task_row_t *row = task_find(options.name);
    *text = '\0';
    if (!row || !row->preview_cut) return STATUS_OK;
    return row->preview_cut(config, task_data_dir(config), text, size);
}

status_t task_open(const trial_t *trial, task_t **task) {
    const task_row_t *row;
    task_shape_t shape;
    TRY(task_describe(trial->config, &row, &shape));
    TRY(row->create(trial, task_data_dir(trial->config), task));
    status_t status = data_check_reads(); /* a text may have become zeros while it was tokenized */
    if (status != STATUS_OK) task_close(task);
    return status;
}

void task_close(task_t **task) {
    if (*task) task_row(*task)->destroy(*task);
    *task = NULL;
}

const task_row_t *task_row(const task_t *task) {
    return *(const task_row_t *const *)task; /* every implementation starts with its row */
}

void task_describe_data(const task_t *task, char *text, size_t size) {
    *text = '\0';
    if (task_row(task)->describe_data) task_row(task)->describe_data(task, text, size);
}

status_t task_check_data(const task_t *task) {
    return task_row(task)->check_data ? task_row(task)->check_data(task) : STATUS_OK;
}

/* Numbers of each kind in a batch; the larger array comes first, so all stay aligned. */
status_t batch_create(const task_shape_t *shape, int size, batch_t *batch) {
    size_t samples = (size_t)size, length = (size_t)shape->seq_len, image = (size_t)shape->image;
    int is_text = shape->kind == TASK_TOKENS;
    size_t inputs = samples * (is_text ? length : 3 * image * image);
    size_t targets = samples * (is_text && !shape->loss_last ? length : 1);
    void *memory = calloc(inputs + targets, 4); /* tokens, targets and pixels take 4 bytes each */
    CHECK(memory, STATUS_ENVIRONMENT, "no memory for a batch of %d samples (%zu MB)", size,
          (inputs + targets) * 4 >> 20);
    *batch = (batch_t){.size = size,
                       .tokens = is_text ? memory : NULL,
                       .images = is_text ? NULL : memory,
                       .targets = (int32_t *)memory + inputs};
    return STATUS_OK;
}

void batch_destroy(batch_t *batch) {
    free(batch->tokens ? (void *)batch->tokens : (void *)batch->images);
    *batch = (batch_t){0};
}
