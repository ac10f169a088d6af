#include "task/tokens_task.h"

#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "task/token_files.h"

enum { VOCAB_MAX = 1048576 };

struct options {
    char files[FIELD_TEXT_MAX];
    char held_out_files[FIELD_TEXT_MAX];
    double held_out_share;
    char dtype[FIELD_NAME_MAX];
};

#define OPTIONS struct options
static const field_t fields[] = {
    TEXT_FIELD("task.files", files, .fallback = "",
               .doc = "token ids to train on: .npy, or ids and nothing else (nanoGPT's train.bin); "
                      "a file of the data directory, or several by a pattern: train_*.bin",
               .needs = "task.name=tokens"),
    TEXT_FIELD("task.held_out_files", held_out_files, .fallback = "",
               .doc = "those to validate on; empty: the end of task.files", .needs = "task.files"),
    REAL_FIELD("task.held_out_share", held_out_share, .min = 1e-6, .max = 0.9, .fallback = "0.1",
               .doc = "share of task.files that is held out", .needs = "task.files",
               .off_with = "task.held_out_files"),
    CHOICE_FIELD("task.dtype", dtype, .fallback = "uint16", .choices = token_types,
                 .doc = "of the ids in files that are no .npy", .needs = "task.files"),
};
static const field_set_t field_set = FIELD_SET("tokens", fields, .is_shared = true);

typedef struct tokens_task {
    const task_row_t *row;
    token_files_t training, held_out; /* the second is {0} where the first is cut */
    token_samples_t samples;
} tokens_task_t;

/* Opens the files and says what is for training and what is held out. */
static status_t open_files(const struct options *options, const char *data_dir,
                           tokens_task_t *tokens) {
    token_samples_t *samples = &tokens->samples;
    CHECK(options->files[0], STATUS_SPEC,
          "task.files: task.name tokens needs files of token ids, train.bin for instance");
    TRY(token_files_open(data_dir, options->files, options->dtype, &tokens->training));
    samples->training = samples->held_out = token_span_all(&tokens->training.stream);
    if (options->held_out_files[0]) {
        TRY(token_files_open(data_dir, options->held_out_files, options->dtype, &tokens->held_out));
        samples->held_out = token_span_all(&tokens->held_out.stream);
        return STATUS_OK;
    }
    int64_t all = samples->training.count;
    samples->held_out.count = llround((double)all * options->held_out_share);
    samples->training.count = samples->held_out.first = all - samples->held_out.count;
    return STATUS_OK;
}

static void close_files(tokens_task_t *tokens) {
    token_files_close(&tokens->training);
    token_files_close(&tokens->held_out);
}

/* The options alone say which ids there may be, or else the files do, which are opened for that. */
static status_t tokens_shape(const config_t *config, task_shape_t *shape) {
    struct task_options common;
    struct options options;
    config_read(config, &task_fields, &common);
    config_read(config, &field_set, &options);
    *shape = (task_shape_t){.kind = TASK_TOKENS,
                            .seq_len = common.seq_len ? (int)common.seq_len : task_tokens.seq_len,
                            .vocab = (int)common.vocab};
    if (shape->vocab) return STATUS_OK;
    tokens_task_t tokens = {0};
    status_t status = open_files(&options, task_data_dir(config), &tokens);
    int64_t largest = tokens.training.largest > tokens.held_out.largest ? tokens.training.largest
                                                                        : tokens.held_out.largest;
    close_files(&tokens);
    TRY(status);
    CHECK(largest < VOCAB_MAX, STATUS_CORRUPT,
          "%s: its largest token is %lld; a vocabulary has %d at most. Is another type meant "
          "(task.dtype: %s)?",
          options.files, (long long)largest, VOCAB_MAX, options.dtype);
    shape->vocab = (int)largest + 1;
    return STATUS_OK;
}

static void tokens_destroy_task(task_t *task) {
    close_files((tokens_task_t *)task);
    free(task);
}

static status_t tokens_create_task(const trial_t *trial, const char *data_dir, task_t **task) {
    status_t status = STATUS_OK;
    task_shape_t shape;
    struct options options;
    TRY(tokens_shape(trial->config, &shape));
    config_read(trial->config, &field_set, &options);
    tokens_task_t *tokens = calloc(1, sizeof *tokens);
    CHECK(tokens, STATUS_ENVIRONMENT, "no memory for the task tokens");
    tokens->row = &task_tokens;
    tokens->samples = (token_samples_t){.seed = trial->seed,
                                        .replica = trial->replica,
                                        .seq_len = shape.seq_len,
                                        .vocab = shape.vocab};
    TRY_OR_DONE(open_files(&options, data_dir, tokens));
    TRY_OR_DONE(token_files_check_vocab(&tokens->training, shape.vocab));
    TRY_OR_DONE(token_files_check_vocab(&tokens->held_out, shape.vocab));
    TRY_OR_DONE(token_samples_check(&tokens->samples, options.files));
    *task = (task_t *)tokens;
done:
    if (status != STATUS_OK) tokens_destroy_task((task_t *)tokens);
    return status;
}

static void tokens_train(task_t *task, int64_t step, batch_t *batch) {
    token_samples_train(&((const tokens_task_t *)task)->samples, step, batch);
}

static int64_t tokens_valid_count(task_t *task) {
    return token_samples_valid_count(&((const tokens_task_t *)task)->samples);
}

static void tokens_valid(task_t *task, int64_t first, batch_t *batch) {
    token_samples_valid(&((const tokens_task_t *)task)->samples, first, batch);
}

static void describe_cut(const tokens_task_t *tokens, char *text, size_t size) {
    int64_t count = tokens->samples.held_out.count;
    if (tokens->held_out.count) return;
    text_append(text, size, " (held out: its last %lld tokens or %.3g %%)", (long long)count,
                100.0 * (double)count / (double)token_stream_length(&tokens->training.stream));
}

static void tokens_describe_data(const task_t *task, char *text, size_t size) {
    const tokens_task_t *tokens = (const tokens_task_t *)task;
    data_describe_all("training", tokens->training.files, tokens->training.count, text, size);
    describe_cut(tokens, text, size);
    if (tokens->held_out.count)
        data_describe_all("held out", tokens->held_out.files, tokens->held_out.count, text, size);
}

static status_t tokens_check_data(const task_t *task) {
    const tokens_task_t *tokens = (const tokens_task_t *)task;
    const token_files_t *sets[2] = {&tokens->training, &tokens->held_out};
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < sets[k]->count; i++) TRY(data_check(&sets[k]->files[i]));
    return STATUS_OK;
}

static void tokens_describe_vocab(char *text, size_t size) {
    text_append(text, size, "the largest in its files + 1");
}

static status_t tokens_preview(const config_t *config, const char *data_dir, char *text,
                               size_t size) {
    struct options options;
    config_read(config, &field_set, &options);
    tokens_task_t tokens = {0};
    status_t status = open_files(&options, data_dir, &tokens);
    if (status == STATUS_OK && !tokens.held_out.count) {
        text_append(text, size, "%s", options.files);
        describe_cut(&tokens, text, size);
    }
    close_files(&tokens);
    return status;
}

const task_row_t task_tokens = {
    .name = "tokens",
    .doc = "next token of files of token ids: nanoGPT's train.bin, .npy",
    .options = &field_set,
    .reads_files = true,
    .seq_len = 64,
    .describe_vocab = tokens_describe_vocab,
    .shape = tokens_shape,
    .create = tokens_create_task,
    .destroy = tokens_destroy_task,
    .train = tokens_train,
    .describe_data = tokens_describe_data,
    .check_data = tokens_check_data,
    .preview_cut = tokens_preview,
    .valid_count = tokens_valid_count,
    .valid = tokens_valid,
};
