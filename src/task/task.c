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

#define OPTIONS struct task_options
static const field_t fields[] = {
    CHOICE_FIELD("task.name", name, .fallback = "associative_recall", .choices = task_names,
                 .doc = "what the model learns"),
    TEXT_FIELD("task.data_dir", data_dir, .fallback = "",
               .doc = "folder of the data files; empty: $KOOPSWEEP_DATA",
               .needs = "task.name=text|cifar10"),
    INT_FIELD("task.seq_len", seq_len, .min = 0, .max = 65536, .fallback = "0",
              .doc = "tokens per sample; 0: associative_recall 64, synthetic_lm 256, text 64"),
    INT_FIELD("task.vocab", vocab, .min = 0, .max = 1048576, .fallback = "0",
              .doc = "token ids; 0: associative_recall 256, synthetic_lm 10000, text: byte 256, "
                     "word 10000, gpt2 50257"),
};
const field_set_t task_fields = FIELD_SET("task", fields, .is_shared = true);

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

status_t task_open(const trial_t *trial, task_t **task) {
    const task_row_t *row;
    task_shape_t shape;
    struct task_options options;
    TRY(task_describe(trial->config, &row, &shape));
    config_read(trial->config, &task_fields, &options);
    const char *data_dir = options.data_dir[0] ? options.data_dir : getenv("KOOPSWEEP_DATA");
    TRY(row->create(trial, data_dir ? data_dir : "", task));
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
