/* task.h: where training data comes from. A task is one file plus one row in tasks.def.
 *
 * Batches are pure functions of (seed, replica, step): no state moves between calls, so a trial can
 * resume anywhere and arms of one comparison see the same data.
 *
 * The folder: associative_recall and synthetic_lm make their data. text_task reads a corpus through
 * a tokenizer (byte; word: words, intern; gpt2: byte_pair), whose tokens a token_cache keeps,
 * tokens_task reads token_files; samples of both are cut from a token_stream.
 * cifar10 reads an image at a time. data_file (mapping, fingerprint) reads files and knows them
 * again, epochs shuffles what is finite. */
#ifndef TASK_TASK_H
#define TASK_TASK_H

#include <stdbool.h>

#include "plan/plan.h"

typedef enum { TASK_TOKENS, TASK_IMAGES } task_kind_t;

/* What a model must fit; known before a task is opened. */
typedef struct task_shape {
    task_kind_t kind;
    int seq_len;   /* T: positions per sample (TASK_TOKENS)                                     */
    int vocab;     /* token ids, or classes of images                                           */
    int image;     /* I: pixels per side after resizing (TASK_IMAGES)                           */
    int patch;     /* pixels per patch side; divides image                                      */
    int loss_last; /* 1: the loss is at the last position only (targets [B]); 0: at all ([B,T]) */
} task_shape_t;

/* One batch; arrays owned by the caller, sized by batch_create. */
typedef struct batch {
    int size;         /* B samples                                             */
    int32_t *tokens;  /* [B,T] (TASK_TOKENS)                                   */
    int32_t *targets; /* [B,T], or [B] for loss_last and for images (labels)   */
    float *images;    /* [B,3,I,I], standardised per channel (TASK_IMAGES)     */
} batch_t;

typedef struct task task_t; /* starts with `const task_row_t *row;` in every implementation */

typedef struct task_row {
    const char *name, *doc;
    const field_set_t *options; /* its own options, "task.n_pairs", ..., or NULL */
    bool reads_files;           /* from task.data_dir                            */

    /* What the common options are when the sweep does not say, for their help. 0: they mean nothing
     * to it, or describe_vocab appends in words what the vocabulary depends on. */
    int seq_len, vocab;
    void (*describe_vocab)(char *text, size_t size);

    /* From the options alone, or, where they leave it to the data, with a look at them. */
    status_t (*shape)(const config_t *config, task_shape_t *shape);

    /* Opens and verifies the data; missing, truncated or foreign files: STATUS_CORRUPT with path,
     * what was expected, what was found. */
    status_t (*create)(const trial_t *trial, const char *data_dir, task_t **task);
    void (*destroy)(task_t *task);

    /* Fills the batch of training step `step` (0 ..). */
    void (*train)(task_t *task, int64_t step, batch_t *batch);

    /* Writes which files the data come from, with sizes and sums (data_file.h), into text[0..size),
     * and which part of one is held out. NULL = made from the options alone. */
    void (*describe_data)(const task_t *task, char *text, size_t size);

    /* STATUS_CORRUPT when one of the files has changed since `create`. NULL = there are none. */
    status_t (*check_data)(const task_t *task);

    /* Appends "FILE (held out: its last N tokens or P %)" to text[0..size) when it would cut a part
     * off its data, after a look at them. NULL = it never does. */
    status_t (*preview_cut)(const config_t *config, const char *data_dir, char *text, size_t size);

    /* Number of held-out samples, and samples first .. first+batch->size-1 of them, in order. */
    int64_t (*valid_count)(task_t *task);
    void (*valid)(task_t *task, int64_t first, batch_t *batch);
} task_row_t;

extern const task_row_t *const task_rows[]; /* NULL-terminated            */
#define TASK(name) extern const task_row_t task_##name;
#include "task/tasks.def"
#undef TASK

const task_row_t *task_find(const char *name); /* NULL when unknown          */
const char *const *task_names(void);           /* NULL-terminated, for specs */

/* Options of all tasks: "task.name", "task.data_dir", "task.seq_len", "task.vocab". */
struct task_options {
    char name[FIELD_NAME_MAX];
    char data_dir[FIELD_TEXT_MAX]; /* "" = $KOOPSWEEP_DATA         */
    int64_t seq_len, vocab;        /* 0 = what the task would take */
};
extern const field_set_t task_fields;

/* The row and the shape a trial's config asks for. */
status_t task_describe(const config_t *config, const task_row_t **row, task_shape_t *shape);

/* Where the options say that data files lie, "" when they do not and $KOOPSWEEP_DATA does neither.
 */
const char *task_data_dir(const config_t *config);

/* Writes which part of its data the task would hold out, "" when that is not a part, to
 * text[0..size). Failures as those of task_open. */
status_t task_preview_cut(const config_t *config, char *text, size_t size);

/* Opens the task of a trial; the caller ends it with task_close. */
status_t task_open(const trial_t *trial, task_t **task);
void task_close(task_t **task);
const task_row_t *task_row(const task_t *task);

/* Which files its data come from, "" when they are made, into text[0..size). */
void task_describe_data(const task_t *task, char *text, size_t size);

/* STATUS_CORRUPT when they are not the same any more: what the task gave out is not to count. */
status_t task_check_data(const task_t *task);

/* Arrays for `size` samples of that shape; one allocation. */
status_t batch_create(const task_shape_t *shape, int size, batch_t *batch);
void batch_destroy(batch_t *batch);

#endif
