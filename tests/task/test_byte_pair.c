/* Byte-pair encoding on small hand-made vocabularies, and broken files. */
#include "task/trial.h"

#include "task/byte_pair.h"

enum { TEXT_MAX = 16384 };

/* The character that stands for a byte, in UTF-8 (the published definition, the other way round).
 */
static void append_symbol(char *text, int byte) {
    int character = byte, shift = 0;
    for (int b = 0; b < 256; b++) {
        int is_printable = (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || (b >= 174);
        if (is_printable) continue;
        if (b == byte) character = 256 + shift;
        shift++;
    }
    size_t at = strlen(text);
    if (character < 128)
        text[at++] = (char)character;
    else {
        text[at++] = (char)(0xc0 | character >> 6);
        text[at++] = (char)(0x80 | (character & 0x3f));
    }
    text[at] = '\0';
}

/* An encoder.json of the 256 bytes, ids as values, then the tokens of `more` as 256, 257, ... */
static void make_encoder(char text[TEXT_MAX], const char *const *more) {
    strcpy(text, "{");
    for (int byte = 0; byte < 256; byte++) {
        strcat(text, byte == '"' || byte == '\\' ? "\"\\" : "\"");
        append_symbol(text, byte);
        sprintf(text + strlen(text), "\": %d, ", byte);
    }
    for (int i = 0; more[i]; i++) sprintf(text + strlen(text), "\"%s\": %d, ", more[i], 256 + i);
    strcpy(text + strlen(text) - 2, "}");
}

static text_t text_of(const char *text) { return (text_t){.bytes = text, .length = strlen(text)}; }

static const char *const letters[] = {"ab", "abc", "bc", "aa", "abab", NULL};
static const char letter_merges[] = "#version: 0.2\na b\nb c\nab c\na a\nab ab\n";

static byte_pair_t *make_pairs(void) {
    char encoder[TEXT_MAX];
    byte_pair_t *pairs = NULL;
    make_encoder(encoder, letters);
    if (byte_pair_create(text_of(encoder), text_of(letter_merges), &pairs) != STATUS_OK)
        fail_msg("%s", status_message());
    return pairs;
}

static void assert_ids(byte_pair_t *pairs, const char *piece, const int32_t *wanted, int count) {
    int32_t ids[64];
    int found;
    assert_int_equal(byte_pair_encode(pairs, text_of(piece), ids, &found), STATUS_OK);
    assert_int_equal(found, count);
    assert_memory_equal(ids, wanted, (size_t)count * sizeof *ids);
}

static void better_merges_come_first(void **state) {
    (void)state;
    byte_pair_t *pairs = make_pairs();
    assert_ids(pairs, "abc", (int32_t[]){257}, 1); /* ab before bc */
    assert_ids(pairs, "bca", (int32_t[]){258, 'a'}, 2);
    assert_ids(pairs, "ababc", (int32_t[]){256, 257}, 2); /* ab c before ab ab */
    assert_ids(pairs, "", NULL, 0);
    byte_pair_destroy(&pairs);
}

static void equal_merges_go_from_left_to_right(void **state) {
    (void)state;
    byte_pair_t *pairs = make_pairs();
    assert_ids(pairs, "aaa", (int32_t[]){259, 'a'}, 2);
    assert_ids(pairs, "aaaa", (int32_t[]){259, 259}, 2);
    assert_ids(pairs, "ababab", (int32_t[]){260, 256}, 2);
    byte_pair_destroy(&pairs);
}

/* The definition, slowly: find the best merge of all, apply it where it fits first, repeat. */
static int encode_slowly(const char *piece, int length, int32_t *ids) {
    static const int32_t rules[][3] = {
        {'a', 'b', 256}, {'b', 'c', 258}, {256, 'c', 257}, {'a', 'a', 259}, {256, 256, 260}};
    for (int i = 0; i < length; i++) ids[i] = piece[i];
    for (int rule = 0; rule < 5; rule++) {
        for (int i = 0; i + 1 < length; i++) {
            if (ids[i] != rules[rule][0] || ids[i + 1] != rules[rule][1]) continue;
            ids[i] = rules[rule][2];
            memmove(ids + i + 1, ids + i + 2, (size_t)(--length - i - 1) * sizeof *ids);
        }
    }
    return length;
}

static void agrees_with_the_definition(void **state) {
    (void)state;
    byte_pair_t *pairs = make_pairs();
    srand(2);
    for (int trial = 0; trial < 5000; trial++) {
        char piece[33] = "";
        int32_t wanted[32];
        int length = rand() % 32;
        for (int i = 0; i < length; i++) piece[i] = (char)('a' + rand() % 3);
        int count = encode_slowly(piece, length, wanted);
        assert_ids(pairs, piece, wanted, count);
    }
    byte_pair_destroy(&pairs);
}

/* Quadratic merging would take minutes. */
static void a_long_piece_is_quick(void **state) {
    (void)state;
    enum { LENGTH = 1 << 20 };
    byte_pair_t *pairs = make_pairs();
    char *piece = malloc(LENGTH);
    int32_t *ids = malloc(LENGTH * sizeof *ids);
    int count;
    memset(piece, 'a', LENGTH);
    assert_int_equal(byte_pair_encode(pairs, (text_t){piece, LENGTH}, ids, &count), STATUS_OK);
    assert_int_equal(count, LENGTH / 2);
    free(ids);
    free(piece);
    byte_pair_destroy(&pairs);
}

static void decoding_gives_all_bytes_back(void **state) {
    (void)state;
    byte_pair_t *pairs = make_pairs();
    char piece[256], back[256];
    int32_t ids[256];
    int count;
    size_t length = 0;
    for (int i = 0; i < 256; i++) piece[i] = (char)(i * 167);
    assert_int_equal(byte_pair_encode(pairs, (text_t){piece, 256}, ids, &count), STATUS_OK);
    for (int i = 0; i < count; i++) {
        text_t part = byte_pair_decode(pairs, ids[i]);
        memcpy(back + length, part.bytes, part.length);
        length += part.length;
    }
    assert_int_equal(length, 256);
    assert_memory_equal(back, piece, 256);
    byte_pair_destroy(&pairs);
}

static void assert_broken(const char *encoder, const char *merges, const char *word) {
    byte_pair_t *pairs = NULL;
    assert_int_equal(byte_pair_create(text_of(encoder), text_of(merges), &pairs), STATUS_CORRUPT);
    assert_null(pairs);
    if (!strstr(status_message(), word)) fail_msg("%s", status_message());
}

static void broken_encoders_are_refused(void **state) {
    (void)state;
    static char encoder[TEXT_MAX];
    assert_broken("", "", "not one JSON object");
    assert_broken("[1, 2]", "", "not one JSON object");
    assert_broken("{\"a\": 0", "", "not one JSON object");
    assert_broken("{}", "", "byte 0x00 has no token");
    assert_broken("{\"a\": 0, \"b\": 0}", "", "id 0 is given twice");
    assert_broken("{\"a\": 0, \"a\": 1}", "", "\"a\" is there twice");
    assert_broken("{\"a\": 1.5, \"b\": 0}", "", "has no id in 0 .. 1");
    assert_broken("{\"a\": -1}", "", "has no id");
    assert_broken("{\"a\": 1e300}", "", "has no id");
    assert_broken("{\"a\": \"0\"}", "", "has no id");
    assert_broken("{\"a\": {\"b\": 0}}", "", "has no id");
    assert_broken("{\"\": 0}", "", "not written in GPT-2's byte alphabet");
    assert_broken("{\" \": 0}", "", "not written in GPT-2's byte alphabet");
    assert_broken("{\"\xe6\x88\xa6\": 0}", "", "not written in GPT-2's byte alphabet");
    assert_broken("{\"\xc4\": 0}", "", "not written in GPT-2's byte alphabet");
    make_encoder(encoder, (const char *const[]){"a b", NULL});
    assert_broken(encoder, "", "not written in GPT-2's byte alphabet");
}

static void broken_merges_are_refused(void **state) {
    (void)state;
    static char encoder[TEXT_MAX];
    make_encoder(encoder, letters);
    assert_broken(encoder, "a\n", "line 1: is not a pair of tokens");
    assert_broken(encoder, "#version\n\n", "line 2: is not a pair of tokens");
    assert_broken(encoder, "a b c\n", "line 1: is not a pair");
    assert_broken(encoder, "a \n", "line 1: is not a pair");
    assert_broken(encoder, " a\n", "line 1: is not a pair");
    assert_broken(encoder, "a b\nx y\n", "line 2: its result is not a token");
    assert_broken(encoder, "a xy\n", "line 1: its right part is not a token");
    assert_broken(encoder, "ab c\na b\n", "line 1: uses a token that no line before it makes");
    assert_broken(encoder, "a b\na b\n", "line 2: makes a token made before");
    assert_broken(encoder, "a b\r\n", "line 1: is not a pair");
}

/* Any damage is either refused or leaves an encoder that works: one byte changed at random. */
static void damaged_files_never_crash(void **state) {
    (void)state;
    static char encoder[TEXT_MAX], merges[sizeof letter_merges];
    srand(3);
    for (int trial = 0; trial < 1500; trial++) {
        byte_pair_t *pairs = NULL;
        int32_t ids[8];
        int count;
        make_encoder(encoder, letters);
        memcpy(merges, letter_merges, sizeof merges);
        char *damaged = trial % 2 ? encoder : merges;
        size_t length = strlen(damaged);
        damaged[(size_t)rand() % length] = (char)(rand() % 255 + 1);
        if (trial % 5 == 0) damaged[(size_t)rand() % length] = '\0';
        status_t status = byte_pair_create(text_of(encoder), text_of(merges), &pairs);
        assert_true(status == STATUS_OK || status == STATUS_CORRUPT);
        if (status != STATUS_OK) continue;
        assert_int_equal(byte_pair_encode(pairs, text_of("abcab"), ids, &count), STATUS_OK);
        for (int i = 0; i < count; i++) byte_pair_decode(pairs, ids[i]);
        byte_pair_destroy(&pairs);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(better_merges_come_first),
        cmocka_unit_test(equal_merges_go_from_left_to_right),
        cmocka_unit_test(agrees_with_the_definition),
        cmocka_unit_test(a_long_piece_is_quick),
        cmocka_unit_test(decoding_gives_all_bytes_back),
        cmocka_unit_test(broken_encoders_are_refused),
        cmocka_unit_test(broken_merges_are_refused),
        cmocka_unit_test(damaged_files_never_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
