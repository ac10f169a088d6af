#include "task/byte_pair.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "task/intern.h"
#include "task/merge.h"

struct byte_pair {
    int vocab;
    intern_t strings;     /* bytes of every token                                  */
    int32_t *id;          /* owned [vocab]: token id of a string's number          */
    int32_t *string;      /* owned [vocab]: the other way round                    */
    int32_t byte_id[256]; /* token of each single byte                             */
    merge_t merges;
};

/* -- the two files ------------------------------------------------------------------------- */

enum { SYMBOLS_MAX = 1024 };

void byte_pair_alphabet(int16_t byte_of[BYTE_PAIR_SYMBOLS]) {
    int next = 256;
    memset(byte_of, -1, BYTE_PAIR_SYMBOLS * sizeof byte_of[0]);
    for (int16_t byte = 0; byte < 256; byte++) {
        int is_printable = (byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte != 0xad);
        byte_of[is_printable ? byte : next++] = byte;
    }
}

/* Turns UTF-8 symbols[0..length) into the bytes they stand for; returns how many, or -1 when some
 * character is none of the alphabet or there are too many. */
static int symbols_to_bytes(const char *symbols, size_t length, char bytes[SYMBOLS_MAX]) {
    int16_t byte_of[BYTE_PAIR_SYMBOLS];
    int count = 0;
    byte_pair_alphabet(byte_of);
    for (size_t i = 0; i < length; i++) {
        unsigned character = (unsigned char)symbols[i];
        if (character >= 0x80) { /* two bytes reach U+07FF: enough for the alphabet */
            if ((character & 0xe0) != 0xc0 || ++i == length) return -1;
            character = (character & 0x1f) << 6 | ((unsigned char)symbols[i] & 0x3f);
        }
        if (character >= BYTE_PAIR_SYMBOLS || byte_of[character] < 0 || count == SYMBOLS_MAX)
            return -1;
        bytes[count++] = (char)byte_of[character];
    }
    return count;
}

static status_t read_token(byte_pair_t *pairs, const cJSON *entry, int number) {
    char bytes[SYMBOLS_MAX];
    int length = symbols_to_bytes(entry->string, strlen(entry->string), bytes);
    double id = entry->valuedouble;
    CHECK(length > 0, STATUS_CORRUPT,
          "encoder.json: entry %d: \"%.40s\" is not written in GPT-2's byte alphabet", number,
          entry->string);
    CHECK(cJSON_IsNumber(entry) && id >= 0 && id < pairs->vocab && id == (int)id, STATUS_CORRUPT,
          "encoder.json: entry %d: \"%.40s\" has no id in 0 .. %d", number, entry->string,
          pairs->vocab - 1);
    CHECK(pairs->string[(int)id] < 0, STATUS_CORRUPT,
          "encoder.json: entry %d: id %d is given twice", number, (int)id);
    int32_t string = intern_add(&pairs->strings, bytes, (size_t)length);
    CHECK(string == number, STATUS_CORRUPT, "encoder.json: entry %d: \"%.40s\" is there twice",
          number, entry->string);
    pairs->id[string] = (int32_t)id;
    pairs->string[(int)id] = string;
    return STATUS_OK;
}

static status_t read_tokens(byte_pair_t *pairs, const cJSON *json) {
    CHECK(cJSON_IsObject(json), STATUS_CORRUPT,
          "encoder.json: is not one JSON object of tokens and their ids");
    pairs->vocab = cJSON_GetArraySize(json);
    pairs->id = calloc((size_t)pairs->vocab + 1, sizeof *pairs->id);
    pairs->string = calloc((size_t)pairs->vocab + 1, sizeof *pairs->string);
    CHECK(pairs->id && pairs->string, STATUS_ENVIRONMENT, "no memory for %d tokens", pairs->vocab);
    for (int id = 0; id < pairs->vocab; id++) pairs->string[id] = -1;
    int number = 0;
    const cJSON *entry;
    cJSON_ArrayForEach(entry, json) TRY(read_token(pairs, entry, number++));
    for (int byte = 0; byte < 256; byte++) {
        char c = (char)byte;
        int32_t string = intern_find(&pairs->strings, &c, 1);
        CHECK(string >= 0, STATUS_CORRUPT, "encoder.json: byte 0x%02x has no token", byte);
        pairs->byte_id[byte] = pairs->id[string];
    }
    return STATUS_OK;
}

/* One merge line "left right". is_made[id]: the token is a byte or was made by a line before. */
static status_t read_merge(byte_pair_t *pairs, text_t line, int number, char *is_made) {
    char bytes[2 * SYMBOLS_MAX];
    const char *space = memchr(line.bytes, ' ', line.length);
    size_t left_length = space ? (size_t)(space - line.bytes) : line.length;
    int left = symbols_to_bytes(line.bytes, left_length, bytes);
    int right = space && left > 0
                    ? symbols_to_bytes(space + 1, line.length - left_length - 1, bytes + left)
                    : -1;
    CHECK(left > 0 && right > 0, STATUS_CORRUPT, "vocab.bpe: line %d: is not a pair of tokens",
          number);
    int32_t strings[3] = {intern_find(&pairs->strings, bytes, (size_t)left),
                          intern_find(&pairs->strings, bytes + left, (size_t)right),
                          intern_find(&pairs->strings, bytes, (size_t)(left + right))};
    for (int i = 0; i < 3; i++) {
        CHECK(strings[i] >= 0, STATUS_CORRUPT,
              "vocab.bpe: line %d: its %s is not a token of encoder.json", number,
              ((const char *[]){"left part", "right part", "result"})[i]);
    }
    int32_t ids[3];
    for (int i = 0; i < 3; i++) ids[i] = pairs->id[strings[i]];
    CHECK(is_made[ids[0]] && is_made[ids[1]], STATUS_CORRUPT,
          "vocab.bpe: line %d: uses a token that no line before it makes", number);
    CHECK(!is_made[ids[2]], STATUS_CORRUPT, "vocab.bpe: line %d: makes a token made before",
          number);
    is_made[ids[2]] = 1;
    merge_add(&pairs->merges, ids[0], ids[1], ids[2]); /* new, as what it makes is */
    return STATUS_OK;
}

static status_t read_merges(byte_pair_t *pairs, text_t text, char *is_made) {
    const char *at = text.bytes, *end = text.bytes + text.length;
    for (int byte = 0; byte < 256; byte++) is_made[pairs->byte_id[byte]] = 1;
    for (int number = 1; at < end; number++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        text_t line = {.bytes = at, .length = (size_t)((newline ? newline : end) - at)};
        at = newline ? newline + 1 : end;
        int is_heading = number == 1 && line.length > 0 && line.bytes[0] == '#';
        if (!is_heading) TRY(read_merge(pairs, line, number, is_made));
    }
    return STATUS_OK;
}

status_t byte_pair_create(text_t encoder, text_t merges, byte_pair_t **pairs) {
    status_t status = STATUS_OK;
    char *is_made = NULL;
    cJSON *json = NULL;
    byte_pair_t *fresh = calloc(1, sizeof *fresh);
    CHECK_OR_DONE(fresh, STATUS_ENVIRONMENT, "no memory for a byte-pair encoder");
    json = cJSON_ParseWithLength(encoder.bytes, encoder.length);
    TRY_OR_DONE(read_tokens(fresh, json));
    is_made = calloc((size_t)fresh->vocab, 1);
    CHECK_OR_DONE(is_made, STATUS_ENVIRONMENT, "no memory for merges");
    TRY_OR_DONE(read_merges(fresh, merges, is_made));
    *pairs = fresh;
done:
    free(is_made);
    cJSON_Delete(json);
    if (status != STATUS_OK) byte_pair_destroy(&fresh);
    return status;
}

void byte_pair_destroy(byte_pair_t **pairs) {
    byte_pair_t *old = *pairs;
    *pairs = NULL;
    if (!old) return;
    intern_clear(&old->strings);
    merge_clear(&old->merges);
    free(old->id);
    free(old->string);
    free(old);
}

text_t byte_pair_decode(const byte_pair_t *pairs, int32_t id) {
    text_t text;
    text.bytes = intern_bytes(&pairs->strings, pairs->string[id], &text.length);
    return text;
}

status_t byte_pair_encode(byte_pair_t *pairs, text_t piece, int32_t *ids, int *count) {
    CHECK(piece.length < INT32_MAX / 4, STATUS_CORRUPT, "a word of %zu bytes is no text",
          piece.length);
    *count = (int)piece.length;
    for (int i = 0; i < *count; i++) ids[i] = pairs->byte_id[(unsigned char)piece.bytes[i]];
    return merge_run(&pairs->merges, ids, count);
}
