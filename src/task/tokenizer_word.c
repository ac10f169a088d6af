#include "task/tokenizer_word.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "task/intern.h"
#include "task/plain_text.h"

struct tokenizer {
    intern_t words; /* those of the training text, in the order met     */
    int32_t *id;    /* owned [words.count]: token id, or WORD_UNKNOWN   */
};

typedef struct entry {
    const char *bytes; /* view */
    size_t length;
    int64_t count;
    int32_t word;
} entry_t;

/* Most frequent first, then in byte order. */
static int by_rank(const void *left, const void *right) {
    const entry_t *a = left, *b = right;
    if (a->count != b->count) return a->count > b->count ? -1 : 1;
    int order = memcmp(a->bytes, b->bytes, a->length < b->length ? a->length : b->length);
    return order ? order : (a->length > b->length) - (a->length < b->length);
}

/* Numbers the words and counts them; returns counts [words->count], owned by the caller. */
static int64_t *count_words(text_t text, intern_t *words) {
    int64_t *counts = NULL;
    int32_t room = 0;
    word_reader_t reader = words_of(text);
    for (word_t word; words_next(&reader, &word);) {
        if (!word.bytes) continue;
        int32_t number = intern_add(words, word.bytes, word.length);
        if (number >= room) {
            int32_t larger = 2 * room + 1024;
            counts = memory_grow(counts, (size_t)larger, sizeof *counts, "words");
            memset(counts + room, 0, (size_t)(larger - room) * sizeof *counts);
            room = larger;
        }
        counts[number]++;
    }
    return counts;
}

/* The id WikiText's own spelling of a special token stands for, or -1. */
static int32_t special_id(const entry_t *entry) {
    static const char *const specials[WORD_FIRST] = {
        [WORD_UNKNOWN] = "<unk>", [WORD_END_OF_LINE] = "<eos>"};
    for (int32_t id = 0; id < WORD_FIRST; id++) {
        if (entry->length == strlen(specials[id]) &&
            memcmp(entry->bytes, specials[id], entry->length) == 0)
            return id;
    }
    return -1;
}

static void hand_out_ids(tokenizer_t *tokenizer, const int64_t *counts, entry_t *entries,
                         int vocab) {
    int32_t count = tokenizer->words.count, next = WORD_FIRST;
    for (int32_t i = 0; i < count; i++) {
        size_t length;
        const char *bytes = intern_bytes(&tokenizer->words, i, &length);
        entries[i] = (entry_t){.bytes = bytes, .length = length, .count = counts[i], .word = i};
    }
    qsort(entries, (size_t)count, sizeof *entries, by_rank);
    for (int32_t i = 0; i < count; i++) {
        int32_t special = special_id(&entries[i]);
        int32_t id = special >= 0 ? special : next < vocab ? next++ : WORD_UNKNOWN;
        tokenizer->id[entries[i].word] = id;
    }
}

static void word_destroy(tokenizer_t *tokenizer) {
    intern_clear(&tokenizer->words);
    free(tokenizer->id);
    free(tokenizer);
}

static status_t word_create(const tokenizer_source_t *source, tokenizer_t **tokenizer) {
    status_t status = STATUS_OK;
    tokenizer_t *fresh = calloc(1, sizeof *fresh);
    CHECK(fresh, STATUS_ENVIRONMENT, "no memory for the word tokenizer");
    int64_t *counts = count_words(source->training, &fresh->words);
    size_t count = (size_t)fresh->words.count;
    fresh->id = calloc(count + 1, sizeof *fresh->id);
    entry_t *entries = calloc(count + 1, sizeof *entries);
    CHECK_OR_DONE(fresh->id && entries, STATUS_ENVIRONMENT, "no memory for %zu words", count);
    hand_out_ids(fresh, counts, entries, source->vocab);
    *tokenizer = fresh;
done:
    free(entries);
    free(counts);
    if (status != STATUS_OK) word_destroy(fresh);
    return status;
}

static status_t word_encode(tokenizer_t *tokenizer, text_t text, tokens_t *tokens) {
    TRY(plain_text_check_utf8(text));
    word_reader_t reader = words_of(text);
    for (word_t word; words_next(&reader, &word);) {
        if (!word.bytes) {
            tokens_append(tokens, WORD_END_OF_LINE);
            continue;
        }
        int32_t number = intern_find(&tokenizer->words, word.bytes, word.length);
        tokens_append(tokens, number < 0 ? WORD_UNKNOWN : tokenizer->id[number]);
    }
    return STATUS_OK;
}

const tokenizer_row_t tokenizer_word = {
    .name = "word",
    .doc = "white-space separated words, the task.vocab most frequent of the training text",
    .vocab = 10000,
    .vocab_min = 3,
    .version = 2, /* 1 kept tokens of texts that are no UTF-8 */
    .create = word_create,
    .destroy = word_destroy,
    .encode = word_encode,
};
