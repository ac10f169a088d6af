#include "task/text_task.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "task/corpus.h"
#include "task/token_stream.h"
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
    corpus_t corpus;           /* open as long as byte tokens may be views into it */
    token_stream_t streams[2]; /* training, held out                               */
    token_samples_t samples;
} text_task_t;

static status_t text_shape(const config_t *config, task_shape_t *shape) {
    struct task_options common;
    struct options options;
    config_read(config, &task_fields, &common);
    config_read(config, &field_set, &options);
    *shape = (task_shape_t){.kind = TASK_TOKENS,
                            .seq_len = common.seq_len ? (int)common.seq_len : task_text.seq_len};
    return tokenizer_vocab(tokenizer_find(options.tokenizer), (int)common.vocab, &shape->vocab);
}

static void text_destroy(task_t *task) {
    text_task_t *text = (text_task_t *)task;
    token_stream_destroy(&text->streams[0]);
    token_stream_destroy(&text->streams[1]);
    corpus_close(&text->corpus);
    free(text);
}

/* Sums before tokens: they are of what the tokens are made of. */
static status_t open_corpus(const struct options *options, const char *data_dir, corpus_t *corpus) {
    TRY(corpus_open(data_dir, options->corpus, options->held_out, corpus));
    TRY(data_fingerprint(&corpus->files[0]));
    return corpus->files[1].bytes ? data_fingerprint(&corpus->files[1]) : STATUS_OK;
}

/* Opens the corpus and tokenizes both texts. */
static status_t read_corpus(text_task_t *text, const struct options *options, const char *data_dir,
                            int vocab) {
    char name[FIELD_TEXT_MAX + 8];
    tokens_t tokens[2];
    corpus_t *corpus = &text->corpus;
    snprintf(name, sizeof name, "corpus %s", options->corpus);
    TRY(open_corpus(options, data_dir, corpus));
    tokenizer_source_t source = {
        .data_dir = data_dir, .training = corpus->training, .vocab = vocab};
    text_t texts[2] = {corpus->training, corpus->held_out};
    status_t status =
        tokenizer_encode(tokenizer_find(options->tokenizer), &source, texts, 2, tokens);
    if (status != STATUS_OK) return status_context(status, "%s", name);
    status = token_stream_create(&tokens[0], 1, &text->streams[0]);
    status_t other = token_stream_create(&tokens[1], 1, &text->streams[1]);
    TRY(status);
    TRY(other);
    text->samples.training = token_span_all(&text->streams[0]);
    text->samples.held_out = token_span_all(&text->streams[1]);
    return token_samples_check(&text->samples, name);
}

static status_t text_create(const trial_t *trial, const char *data_dir, task_t **task) {
    status_t status = STATUS_OK;
    task_shape_t shape;
    struct options options;
    TRY(text_shape(trial->config, &shape));
    config_read(trial->config, &field_set, &options);
    text_task_t *text = calloc(1, sizeof *text);
    CHECK(text, STATUS_ENVIRONMENT, "no memory for the text task");
    text->row = &task_text;
    text->samples = (token_samples_t){.seed = trial->seed,
                                      .replica = trial->replica,
                                      .seq_len = shape.seq_len,
                                      .vocab = shape.vocab};
    TRY_OR_DONE(read_corpus(text, &options, data_dir, shape.vocab));
    *task = (task_t *)text;
done:
    if (status != STATUS_OK) text_destroy((task_t *)text);
    return status;
}

static void text_train(task_t *task, int64_t step, batch_t *batch) {
    token_samples_train(&((const text_task_t *)task)->samples, step, batch);
}

static int64_t text_valid_count(task_t *task) {
    return token_samples_valid_count(&((const text_task_t *)task)->samples);
}

static void text_valid(task_t *task, int64_t first, batch_t *batch) {
    token_samples_valid(&((const text_task_t *)task)->samples, first, batch);
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

static void text_describe_vocab(char *text, size_t size) { tokenizer_describe_vocabs(text, size); }

static status_t text_preview(const config_t *config, const char *data_dir, char *text,
                             size_t size) {
    struct options options;
    corpus_t corpus;
    config_read(config, &field_set, &options);
    if (!corpus_is_cut(data_dir, options.corpus)) return STATUS_OK;
    TRY(corpus_open(data_dir, options.corpus, options.held_out, &corpus));
    text_append(text, size, "%s", options.corpus);
    corpus_describe_cut(&corpus, text, size);
    corpus_close(&corpus);
    return STATUS_OK;
}

const task_row_t task_text = {
    .name = "text",
    .doc = "next token of real text: WikiText or any UTF-8 file",
    .options = &field_set,
    .reads_files = true,
    .seq_len = 64,
    .describe_vocab = text_describe_vocab,
    .shape = text_shape,
    .create = text_create,
    .destroy = text_destroy,
    .train = text_train,
    .describe_data = text_describe_data,
    .check_data = text_check_data,
    .preview_cut = text_preview,
    .valid_count = text_valid_count,
    .valid = text_valid,
};
