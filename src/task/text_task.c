#include "task/text_task.h"

#include <stdlib.h>

#include "base/rng.h"
#include "task/corpus.h"
#include "task/tokenizer.h"

struct options {
    char corpus[FIELD_TEXT_MAX];
    char tokenizer[FIELD_NAME_MAX];
    char held_out[FIELD_NAME_MAX];
};

#define OPTIONS struct options
static const field_t fields[] = {
    TEXT_FIELD("task.corpus", corpus, .fallback = "wikitext103",
               .doc = "wikitext103, wikitext2, or a folder or UTF-8 file in the data directory",
               .needs = "task.name=text"),
    CHOICE_FIELD("task.tokenizer", tokenizer, .fallback = "word", .choices = tokenizer_names,
                 .doc = "how text becomes tokens", .needs = "task.name=text"),
    CHOICE_FIELD("task.held_out", held_out, .fallback = "valid", .choices = corpus_splits,
                 .doc = "file of the corpus to validate on", .needs = "task.name=text"),
};
static const field_set_t field_set = FIELD_SET("text", fields, .is_shared = true);

typedef struct text_task {
    const task_row_t *row;
    uint64_t seed;
    uint32_t replica;
    int seq_len;
    corpus_t corpus;    /* open as long as byte tokens may be views into it */
    tokens_t tokens[2]; /* training, held out                               */
} text_task_t;

static status_t text_shape(const config_t *config, task_shape_t *shape) {
    struct task_options common;
    struct options options;
    config_read(config, &task_fields, &common);
    config_read(config, &field_set, &options);
    *shape =
        (task_shape_t){.kind = TASK_TOKENS, .seq_len = common.seq_len ? (int)common.seq_len : 64};
    return tokenizer_vocab(tokenizer_find(options.tokenizer), (int)common.vocab, &shape->vocab);
}

static void text_destroy(task_t *task) {
    text_task_t *text = (text_task_t *)task;
    tokens_destroy(&text->tokens[0]);
    tokens_destroy(&text->tokens[1]);
    corpus_close(&text->corpus);
    free(text);
}

/* Opens the corpus and tokenizes both texts. */
static status_t read_corpus(text_task_t *text, const struct options *options, const char *data_dir,
                            int vocab) {
    corpus_t *corpus = &text->corpus;
    TRY(corpus_open(data_dir, options->corpus, options->held_out, corpus));
    TRY(data_fingerprint(&corpus->files[0]));
    if (corpus->files[1].bytes) TRY(data_fingerprint(&corpus->files[1]));
    tokenizer_source_t source = {
        .data_dir = data_dir, .training = corpus->training, .vocab = vocab};
    text_t texts[2] = {corpus->training, corpus->held_out};
    status_t status =
        tokenizer_encode(tokenizer_find(options->tokenizer), &source, texts, 2, text->tokens);
    if (status != STATUS_OK) return status_context(status, "corpus %s", options->corpus);
    for (int i = 0; i < 2; i++) {
        int64_t count = text->tokens[i].count;
        CHECK(count > text->seq_len && count <= UINT32_MAX, STATUS_CORRUPT,
              "corpus %s: its %s text has %lld tokens; a sequence needs %d, and at most %lld are "
              "handled",
              options->corpus, i ? "held-out" : "training", (long long)count, text->seq_len + 1,
              (long long)UINT32_MAX);
    }
    return STATUS_OK;
}

static status_t text_create(const trial_t *trial, const char *data_dir, task_t **task) {
    status_t status = STATUS_OK;
    task_shape_t shape;
    struct options options;
    TRY(text_shape(trial->config, &shape));
    config_read(trial->config, &field_set, &options);
    text_task_t *text = calloc(1, sizeof *text);
    CHECK(text, STATUS_ENVIRONMENT, "no memory for the text task");
    *text = (text_task_t){.row = &task_text,
                          .seed = trial->seed,
                          .replica = trial->replica,
                          .seq_len = shape.seq_len};
    TRY_OR_DONE(read_corpus(text, &options, data_dir, shape.vocab));
    *task = (task_t *)text;
done:
    if (status != STATUS_OK) text_destroy((task_t *)text);
    return status;
}

/* Sample b: tokens first .. first+T-1 and, as targets, the ones after each. */
static void fill_sample(const text_task_t *text, const tokens_t *tokens, int64_t first,
                        batch_t *batch, int b) {
    int length = text->seq_len;
    tokens_copy(tokens, first, length, batch->tokens + (size_t)b * (size_t)length);
    tokens_copy(tokens, first + 1, length, batch->targets + (size_t)b * (size_t)length);
}

static void text_train(task_t *task, int64_t step, batch_t *batch) {
    const text_task_t *text = (const text_task_t *)task;
    rng_t rng = rng_open(text->seed, text->replica, "data", (uint32_t)step);
    uint32_t starts = (uint32_t)(text->tokens[0].count - text->seq_len);
    for (int b = 0; b < batch->size; b++)
        fill_sample(text, &text->tokens[0], rng_below(&rng, starts), batch, b);
}

static void text_describe_data(const task_t *task, char *text, size_t size) {
    const corpus_t *corpus = &((const text_task_t *)task)->corpus;
    data_describe("training", &corpus->files[0], text, size);
    corpus_describe_cut(corpus, text, size);
    if (corpus->files[1].bytes) data_describe("held out", &corpus->files[1], text, size);
}

static status_t text_check_data(const task_t *task) {
    const corpus_t *corpus = &((const text_task_t *)task)->corpus;
    TRY(data_check(&corpus->files[0]));
    return data_check(&corpus->files[1]);
}

static int64_t text_valid_count(task_t *task) {
    const text_task_t *text = (const text_task_t *)task;
    return (text->tokens[1].count - 1) / text->seq_len;
}

static void text_valid(task_t *task, int64_t first, batch_t *batch) {
    const text_task_t *text = (const text_task_t *)task;
    for (int b = 0; b < batch->size; b++)
        fill_sample(text, &text->tokens[1], (first + b) * text->seq_len, batch, b);
}

const task_row_t task_text = {
    .name = "text",
    .doc = "next token of real text: WikiText or any UTF-8 file",
    .options = &field_set,
    .shape = text_shape,
    .create = text_create,
    .destroy = text_destroy,
    .train = text_train,
    .describe_data = text_describe_data,
    .check_data = text_check_data,
    .valid_count = text_valid_count,
    .valid = text_valid,
};
