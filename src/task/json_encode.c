/* json_encode.c: a text through the steps of a tokenizer.json: added tokens are taken out, what
 * lies between is rewritten, cut into pieces, and every piece is merged. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "task/json_tokenizer_parts.h"
#include "task/plain_text.h"

/* A text that grows. */
typedef struct buffer {
    char *at; /* owned */
    size_t length, capacity;
} buffer_t;

static void put(buffer_t *b, const char *bytes, size_t length) {
    if (b->length + length > b->capacity)
        b->at = memory_grow(b->at, b->capacity = 2 * (b->length + length) + 64, 1, "a text");
    if (length) memcpy(b->at + b->length, bytes, length);
    b->length += length;
}

typedef struct output {
    json_tokenizer_t *tokenizer;
    int32_t *ids; /* owned */
    size_t count, capacity;
    int is_first; /* nothing of the text has been a piece yet */
} output_t;

/* Room for so many more. */
static int32_t *reserve(output_t *o, size_t more) {
    if (o->count + more > o->capacity)
        o->ids = memory_grow(o->ids, o->capacity = 2 * (o->count + more) + 256, sizeof *o->ids,
                             "tokens");
    return o->ids + o->count;
}

/* --- a piece --- */

static size_t character_length(unsigned char first) {
    return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* The tokens of one character, into to; how many. Unknown ones in a row may be one. */
static int put_character(const json_tokenizer_t *t, const char *at, size_t length, int *was_unknown,
                         int32_t *to) {
    int32_t id = word_id(t, at, length);
    int is_unknown = id < 0 && !t->has_fallback, count = 0;
    if (id >= 0)
        to[count++] = id;
    else if (t->has_fallback)
        for (size_t i = 0; i < length; i++) to[count++] = t->byte_id[(unsigned char)at[i]];
    else if (t->unknown >= 0 && !(*was_unknown && t->fuses_unknown))
        to[count++] = t->unknown;
    *was_unknown = is_unknown;
    return count;
}

/* What a piece is before anything is merged. */
static int first_tokens(const json_tokenizer_t *t, text_t piece, int32_t *to) {
    int count = 0, was_unknown = 0;
    if (t->is_byte_level) {
        for (size_t i = 0; i < piece.length; i++)
            to[count++] = t->byte_id[(unsigned char)piece.bytes[i]];
        return count;
    }
    for (size_t at = 0, length; at < piece.length; at += length) {
        length = character_length((unsigned char)piece.bytes[at]);
        count += put_character(t, piece.bytes + at, length, &was_unknown, to + count);
    }
    return count;
}

/* The token that a whole piece is, where merges are not asked; -1: none. */
static int32_t whole_id(const json_tokenizer_t *t, text_t piece) {
    buffer_t word = {0};
    if (!t->ignores_merges) return -1;
    if (!t->is_byte_level) return word_id(t, piece.bytes, piece.length);
    for (size_t i = 0; i < piece.length; i++) {
        const char *symbol = t->symbol[(unsigned char)piece.bytes[i]];
        put(&word, symbol, strlen(symbol));
    }
    int32_t id = word_id(t, word.at, word.length);
    free(word.at);
    return id;
}

static status_t put_piece(output_t *o, text_t piece) {
    json_tokenizer_t *t = o->tokenizer;
    CHECK(piece.length < INT32_MAX / 4, STATUS_CORRUPT, "a piece of %zu bytes is no text",
          piece.length);
    if (piece.length == 0) return STATUS_OK;
    int32_t *to = reserve(o, piece.length), whole = whole_id(t, piece);
    int count = whole >= 0 ? 1 : first_tokens(t, piece, to);
    if (whole >= 0)
        to[0] = whole;
    else
        TRY(merge_run(&t->merges, to, &count));
    o->count += (size_t)count;
    return STATUS_OK;
}

/* --- cuts --- */

static status_t cut_from(output_t *o, int step, text_t text);

static status_t cut_by_pattern(output_t *o, int step, text_t text) {
    const pcre2_code *pattern = o->tokenizer->cuts[step].pattern;
    pcre2_match_data *match = pcre2_match_data_create_from_pattern(pattern, NULL);
    CHECK(match, STATUS_ENVIRONMENT, "no memory for a pattern");
    const PCRE2_SIZE *span = pcre2_get_ovector_pointer(match);
    status_t status = STATUS_OK;
    size_t at = 0, from = 0;
    while (status == STATUS_OK && from < text.length) {
        int found = pcre2_match(pattern, (PCRE2_SPTR)text.bytes, text.length, from,
                                PCRE2_NO_UTF_CHECK | PCRE2_NOTEMPTY, match, NULL);
        if (found == PCRE2_ERROR_NOMATCH) break;
        if (found < 0 || span[0] < from || span[1] <= span[0]) {
            status =
                status_fail(STATUS_CORRUPT, "its pattern gives up at byte %zu of a text", from);
            break;
        }
        status = cut_from(o, step + 1, (text_t){text.bytes + at, span[0] - at});
        if (status == STATUS_OK)
            status = cut_from(o, step + 1, (text_t){text.bytes + span[0], span[1] - span[0]});
        at = from = span[1];
    }
    pcre2_match_data_free(match);
    return status == STATUS_OK ? cut_from(o, step + 1, (text_t){text.bytes + at, text.length - at})
                               : status;
}

static status_t cut_before_spaces(output_t *o, int step, text_t text) {
    const char *space = o->tokenizer->cuts[step].space;
    size_t width = strlen(space), from = 0;
    for (size_t at = 1; at + width <= text.length; at++)
        if (memcmp(text.bytes + at, space, width) == 0) {
            TRY(cut_from(o, step + 1, (text_t){text.bytes + from, at - from}));
            from = at;
        }
    return cut_from(o, step + 1, (text_t){text.bytes + from, text.length - from});
}

static int begins_with(text_t text, const char *word) {
    size_t length = strlen(word);
    return text.length >= length && memcmp(text.bytes, word, length) == 0;
}

/* The text with its spaces replaced and what belongs in front. */
static void prepare(const cut_t *cut, text_t text, int is_first, buffer_t *to) {
    int is_wanted = cut->when == PREFIX_ALWAYS || (cut->when == PREFIX_FIRST && is_first);
    int has_it = begins_with(text, cut->prefix) || (*cut->space && begins_with(text, " "));
    if (is_wanted && !has_it) put(to, cut->prefix, strlen(cut->prefix));
    for (size_t i = 0; i < text.length; i++)
        if (*cut->space && text.bytes[i] == ' ')
            put(to, cut->space, strlen(cut->space));
        else
            put(to, text.bytes + i, 1);
}

/* Steps `step` and later. */
static status_t cut_from(output_t *o, int step, text_t text) {
    buffer_t prepared = {0};
    if (text.length == 0) return STATUS_OK;
    if (step == o->tokenizer->cut_count) {
        o->is_first = 0;
        return put_piece(o, text);
    }
    const cut_t *cut = &o->tokenizer->cuts[step];
    prepare(cut, text, o->is_first, &prepared);
    const text_t now = {prepared.at, prepared.length};
    status_t status = cut->pattern         ? cut_by_pattern(o, step, now)
                      : cut->before_spaces ? cut_before_spaces(o, step, now)
                                           : cut_from(o, step + 1, now);
    free(prepared.at);
    return status;
}

/* --- rewriting --- */

static void rewrite(const rewrite_t *r, text_t text, buffer_t *to) {
    size_t width = strlen(r->from);
    if (!width) put(to, r->to, strlen(r->to));
    for (size_t at = 0; at < text.length;) {
        int is_here =
            width && text.length - at >= width && !memcmp(text.bytes + at, r->from, width);
        put(to, is_here ? r->to : text.bytes + at, is_here ? strlen(r->to) : 1);
        at += is_here ? width : 1;
    }
}

static status_t put_segment(output_t *o, text_t text) {
    buffer_t now = {0};
    if (text.length == 0) return STATUS_OK;
    put(&now, text.bytes, text.length);
    for (int i = 0; i < o->tokenizer->rewrite_count; i++) {
        buffer_t next = {0};
        rewrite(&o->tokenizer->rewrites[i], (text_t){now.at, now.length}, &next);
        free(now.at);
        now = next;
    }
    status_t status = cut_from(o, 0, (text_t){now.at, now.length});
    free(now.at);
    return status;
}

/* --- added tokens --- */

static const added_t *added_at(const json_tokenizer_t *t, text_t rest) {
    for (size_t i = 0; i < t->added_count; i++)
        if (begins_with(rest, t->added[i].text)) return &t->added[i];
    return NULL;
}

static status_t put_text(output_t *o, text_t text) {
    size_t from = 0;
    for (size_t at = 0; at < text.length;) {
        const added_t *added = added_at(o->tokenizer, (text_t){text.bytes + at, text.length - at});
        if (!added) {
            at++;
            continue;
        }
        TRY(put_segment(o, (text_t){text.bytes + from, at - from}));
        o->is_first = 0;
        *reserve(o, 1) = added->id;
        o->count++;
        from = at += added->length;
    }
    return put_segment(o, (text_t){text.bytes + from, text.length - from});
}

static void put_frame(output_t *o, const int32_t *ids, int count) {
    memcpy(reserve(o, (size_t)count + 1), ids, (size_t)count * sizeof *ids);
    o->count += (size_t)count;
}

status_t json_tokenizer_encode(json_tokenizer_t *t, text_t text, int32_t **ids, int64_t *count) {
    output_t o = {.tokenizer = t, .is_first = 1};
    *ids = NULL;
    TRY(plain_text_check_utf8(text));
    put_frame(&o, t->front, t->front_count);
    status_t status = put_text(&o, text);
    put_frame(&o, t->back, t->back_count);
    if (status != STATUS_OK) free(o.ids);
    *ids = status == STATUS_OK ? o.ids : NULL;
    *count = (int64_t)o.count;
    return status;
}
