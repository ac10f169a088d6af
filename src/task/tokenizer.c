#include "task/tokenizer.h"

#include <string.h>

#include "base/text.h"
#include "task/token_cache.h"

static const tokenizer_row_t *const tokenizer_rows[] = {
#define TOKENIZER(name) &tokenizer_##name,
#include "task/tokenizers.def"
#undef TOKENIZER
    NULL};

const tokenizer_row_t *tokenizer_find(const char *name) {
    for (const tokenizer_row_t *const *row = tokenizer_rows; *row; row++) {
        if (strcmp((*row)->name, name) == 0) return *row;
    }
    return NULL;
}

const char *const *tokenizer_names(void) {
    static const char *names[sizeof tokenizer_rows / sizeof tokenizer_rows[0]];
    for (int i = 0; tokenizer_rows[i]; i++) names[i] = tokenizer_rows[i]->name;
    return names;
}

void tokenizer_describe_vocabs(char *text, size_t size) {
    for (const tokenizer_row_t *const *row = tokenizer_rows; *row; row++)
        text_append(text, size, "%s%s %d", row == tokenizer_rows ? "" : ", ", (*row)->name,
                    (*row)->vocab);
}

status_t tokenizer_vocab(const tokenizer_row_t *row, int asked, int *vocab) {
    CHECK(asked == 0 || asked >= row->vocab_min, STATUS_SPEC,
          "task.vocab: %d is too small for the tokenizer %s, which needs %d; leave it 0 for %d",
          asked, row->name, row->vocab_min, row->vocab);
    *vocab = asked ? asked : row->vocab;
    return STATUS_OK;
}

/* Everything the ids depend on beside the text itself. */
static uint64_t source_key(const tokenizer_row_t *row, const tokenizer_source_t *source) {
    uint64_t parts[] = {text_hash(row->name, strlen(row->name)), (uint64_t)row->version,
                        (uint64_t)source->vocab,
                        text_hash(source->training.bytes, source->training.length)};
    return text_hash(parts, sizeof parts);
}

static uint64_t text_key(uint64_t source, text_t text) {
    uint64_t parts[] = {source, text_hash(text.bytes, text.length), text.length};
    return text_hash(parts, sizeof parts);
}

static tokens_t byte_view(text_t text) {
    return (tokens_t){.ids = text.bytes, .width = 1, .count = (int64_t)text.length};
}

/* Puts the fresh tokens into the cache and swaps them for the cached copy, which ranks share. */
static void share(uint64_t key, tokens_t *tokens) {
    tokens_t shared;
    token_cache_store(key, tokens);
    if (!token_cache_load(key, &shared)) return;
    tokens_destroy(tokens);
    *tokens = shared;
}

status_t tokenizer_encode(const tokenizer_row_t *row, const tokenizer_source_t *source,
                          const text_t *texts, int count, tokens_t *tokens) {
    status_t status = STATUS_OK;
    tokenizer_t *tokenizer = NULL; /* made only when some text is not in the cache */
    for (int i = 0; i < count; i++) tokens[i] = row->create ? (tokens_t){0} : byte_view(texts[i]);
    if (!row->create) return STATUS_OK;
    uint64_t common = source_key(row, source);
    for (int i = 0; i < count; i++) {
        uint64_t key = text_key(common, texts[i]);
        if (token_cache_load(key, &tokens[i])) continue;
        if (!tokenizer) TRY_OR_DONE(row->create(source, &tokenizer));
        TRY_OR_DONE(tokens_create(source->vocab, (int64_t)texts[i].length + 1, &tokens[i]));
        TRY_OR_DONE(row->encode(tokenizer, texts[i], &tokens[i]));
        TRY_OR_DONE(data_check_reads()); /* not tokens of a text that became zeros meanwhile */
        share(key, &tokens[i]);
    }
done:
    if (tokenizer) row->destroy(tokenizer);
    for (int i = 0; i < count && status != STATUS_OK; i++) tokens_destroy(&tokens[i]);
    return status;
}
