/* GPT-2's tokenizer, 50 257 ids, from data_dir/gpt2-tokenizer/encoder.json and
 * vocab.bpe, which must be OpenAI's own (checksums).
 *
 * A text is cut into pieces by GPT-2's pattern (contractions, words, numbers, other signs, each
 * with a leading space; white space), and every piece is byte-pair encoded (byte_pair.h). The text
 * must be UTF-8. "<|endoftext|>" in a text is ordinary text. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "task/tokenizer.h"

#include <pcre2.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "task/byte_pair.h"
#include "task/gpt2_pattern.h"
#include "task/intern.h"
#include "task/plain_text.h"

enum { VOCAB = 50257, PIECE_KEPT_MAX = 64 };

/* White space as Unicode defines it (White_Space). Written out, because PCRE2's \s also holds
 * U+180E, which has not been white space since Unicode 6.3. */
#define SPACE                                                                                      \
    "\\t-\\r\\x20\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}"            \
    "\\x{205f}\\x{3000}"

/* 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+ */
const char gpt2_pattern[] = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^" SPACE
                            "\\p{L}\\p{N}]+|[" SPACE "]+(?![^" SPACE "])|[" SPACE "]+";

/* Pieces met before: texts repeat their words, and merging is the slow part. */
typedef struct memory {
    intern_t pieces;
    size_t *start; /* owned [pieces.count + 1]: piece i is ids[start[i] .. start[i+1]) */
    int32_t *ids;  /* owned                                                            */
    size_t capacity, ids_capacity;
} memory_t;

struct tokenizer {
    byte_pair_t *pairs;      /* owned */
    pcre2_code *pattern;     /* owned */
    pcre2_match_data *match; /* owned */
    memory_t memory;
};

static void gpt2_destroy(tokenizer_t *tokenizer) {
    byte_pair_destroy(&tokenizer->pairs);
    pcre2_match_data_free(tokenizer->match);
    pcre2_code_free(tokenizer->pattern);
    intern_clear(&tokenizer->memory.pieces);
    free(tokenizer->memory.start);
    free(tokenizer->memory.ids);
    free(tokenizer);
}

static status_t open_official(const char *data_dir, const char *name, size_t size, uint64_t hash,
                              data_file_t *file) {
    char path[DATA_PATH_MAX];
    TRY(data_path(data_dir, name, path));
    TRY(data_open(path, file));
    CHECK(file->size == size && text_hash(file->bytes, file->size) == hash, STATUS_CORRUPT,
          "%s: is not OpenAI's file: expected %zu bytes with checksum %016llx, found %zu bytes "
          "with %016llx",
          path, size, (unsigned long long)hash, file->size,
          (unsigned long long)text_hash(file->bytes, file->size));
    return STATUS_OK;
}

static status_t read_pairs(const char *data_dir, byte_pair_t **pairs) {
    status_t status = STATUS_OK;
    data_file_t encoder = {0}, merges = {0};
    TRY_OR_DONE(open_official(data_dir, "gpt2-tokenizer/encoder.json", 1042301, 0x51bc019280cab180,
                              &encoder));
    TRY_OR_DONE(
        open_official(data_dir, "gpt2-tokenizer/vocab.bpe", 456318, 0x14e250c088fe1e86, &merges));
    TRY_OR_DONE(byte_pair_create((text_t){encoder.bytes, encoder.size},
                                 (text_t){merges.bytes, merges.size}, pairs));
done:
    data_close(&encoder);
    data_close(&merges);
    return status;
}

static status_t compile(tokenizer_t *tokenizer) {
    int error;
    PCRE2_SIZE offset;
    PCRE2_UCHAR reason[128] = "no memory";
    tokenizer->pattern =
        pcre2_compile((PCRE2_SPTR)gpt2_pattern, PCRE2_ZERO_TERMINATED,
                      PCRE2_UTF | PCRE2_UCP | PCRE2_ANCHORED, &error, &offset, NULL);
    if (!tokenizer->pattern) pcre2_get_error_message(error, reason, sizeof reason);
    CHECK(tokenizer->pattern, STATUS_BUG, "GPT-2's pattern does not compile: %s", reason);
    pcre2_jit_compile(tokenizer->pattern, PCRE2_JIT_COMPLETE); /* without it: slower, not wrong */
    tokenizer->match = pcre2_match_data_create_from_pattern(tokenizer->pattern, NULL);
    CHECK(tokenizer->match, STATUS_ENVIRONMENT, "no memory for GPT-2's pattern");
    return STATUS_OK;
}

static status_t gpt2_create(const tokenizer_source_t *source, tokenizer_t **tokenizer) {
    status_t status = STATUS_OK;
    tokenizer_t *fresh = calloc(1, sizeof *fresh);
    CHECK(fresh, STATUS_ENVIRONMENT, "no memory for GPT-2's tokenizer");
    TRY_OR_DONE(read_pairs(source->data_dir, &fresh->pairs));
    TRY_OR_DONE(compile(fresh));
    *tokenizer = fresh;
done:
    if (status != STATUS_OK) gpt2_destroy(fresh);
    return status;
}

/* Room for one more piece of at most PIECE_KEPT_MAX ids. */
static void memory_reserve(memory_t *memory) {
    size_t count = (size_t)memory->pieces.count;
    if (count + 1 >= memory->capacity) {
        memory->capacity = 2 * memory->capacity + 1024;
        memory->start =
            memory_grow(memory->start, memory->capacity, sizeof *memory->start, "pieces of text");
        if (count == 0) memory->start[0] = 0;
    }
    if (memory->start[count] + PIECE_KEPT_MAX > memory->ids_capacity) {
        memory->ids_capacity = 2 * memory->ids_capacity + 4096;
        memory->ids =
            memory_grow(memory->ids, memory->ids_capacity, sizeof *memory->ids, "pieces of text");
    }
}

/* The number of a piece in the memory, encoded now when it is new. */
static status_t recall(tokenizer_t *tokenizer, text_t piece, int32_t *number) {
    memory_t *memory = &tokenizer->memory;
    int count;
    *number = intern_find(&memory->pieces, piece.bytes, piece.length);
    if (*number >= 0) return STATUS_OK;
    memory_reserve(memory);
    size_t start = memory->start[memory->pieces.count];
    TRY(byte_pair_encode(tokenizer->pairs, piece, memory->ids + start, &count));
    *number = intern_add(&memory->pieces, piece.bytes, piece.length);
    memory->start[*number + 1] = start + (size_t)count;
    return STATUS_OK;
}

/* A piece too long to be met again. */
static status_t encode_long(tokenizer_t *tokenizer, text_t piece, tokens_t *tokens) {
    int count = 0;
    int32_t *ids = malloc(piece.length * sizeof *ids);
    CHECK(ids, STATUS_ENVIRONMENT, "no memory to encode a piece of %zu bytes", piece.length);
    status_t status = byte_pair_encode(tokenizer->pairs, piece, ids, &count);
    for (int i = 0; i < count; i++) tokens_append(tokens, ids[i]);
    free(ids);
    return status;
}

static status_t encode_piece(tokenizer_t *tokenizer, text_t piece, tokens_t *tokens) {
    const memory_t *memory = &tokenizer->memory;
    int32_t number;
    if (piece.length > PIECE_KEPT_MAX) return encode_long(tokenizer, piece, tokens);
    TRY(recall(tokenizer, piece, &number));
    for (size_t i = memory->start[number]; i < memory->start[number + 1]; i++)
        tokens_append(tokens, memory->ids[i]);
    return STATUS_OK;
}

static status_t gpt2_encode(tokenizer_t *tokenizer, text_t text, tokens_t *tokens) {
    const PCRE2_SIZE *span = pcre2_get_ovector_pointer(tokenizer->match);
    PCRE2_UCHAR reason[128];
    TRY(plain_text_check_utf8(text));
    for (size_t at = 0; at < text.length; at = span[1]) {
        int found = pcre2_match(tokenizer->pattern, (PCRE2_SPTR)text.bytes, text.length, at,
                                PCRE2_NO_UTF_CHECK, tokenizer->match, NULL);
        if (found < 0) pcre2_get_error_message(found, reason, sizeof reason);
        CHECK(found > 0, STATUS_BUG, "GPT-2's pattern fails at byte %zu: %s", at, reason);
        TRY(encode_piece(tokenizer, (text_t){text.bytes + at, span[1] - at}, tokens));
    }
    return STATUS_OK;
}

const tokenizer_row_t tokenizer_gpt2 = {
    .name = "gpt2",
    .doc = "GPT-2's byte-pair encoding",
    .vocab = VOCAB,
    .vocab_min = VOCAB,
    .version = 1,
    .create = gpt2_create,
    .destroy = gpt2_destroy,
    .encode = gpt2_encode,
};
