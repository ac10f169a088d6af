/* GPT-2's tokenizer on OpenAI's files. Ids and their hashes come from tiktoken 0.14.0 (encoding
 * "gpt2" built from the same two files, encode_ordinary); hash = text_hash of the int32 ids. */
#include "task/trial.h"

#include "base/text.h"
#include "task/byte_pair.h"
#include "task/folder.h"
#include "task/tokenizer.h"

static tokenizer_t *make_tokenizer(void) {
    tokenizer_source_t source = {.data_dir = real_data(), .vocab = 50257};
    tokenizer_t *tokenizer = NULL;
    if (tokenizer_gpt2.create(&source, &tokenizer) != STATUS_OK) fail_msg("%s", status_message());
    return tokenizer;
}

/* The ids of `text`; owned by the caller. */
static int32_t *encode(tokenizer_t *tokenizer, text_t text, int *count) {
    tokens_t tokens;
    assert_int_equal(tokens_create(50257, (int64_t)text.length + 1, &tokens), STATUS_OK);
    if (tokenizer_gpt2.encode(tokenizer, text, &tokens) != STATUS_OK)
        fail_msg("%s", status_message());
    *count = (int)tokens.count;
    int32_t *ids = malloc(((size_t)tokens.count + 1) * sizeof *ids);
    tokens_copy(&tokens, 0, *count, ids);
    tokens_destroy(&tokens);
    return ids;
}

enum { IDS_MAX = 24 };

static const struct {
    const char *text;
    int count;
    int32_t ids[IDS_MAX];
} published[] = {
    {"", 0, {0}},
    {"Hello world", 2, {15496, 995}},
    {"Hello, world!", 4, {15496, 11, 995, 0}},
    {" \t\n  x  \r\n\r\n y", 12, {220, 197, 198, 220, 2124, 220, 220, 201, 198, 201, 198, 331}},
    {"don't we'LL they've", 7, {9099, 470, 356, 6, 3069, 484, 1053}},
    {"戦場のヴァルキュリア3 é ½ ٣",
     16,
     {36704, 161, 254, 112, 5641, 44444, 9202, 25084, 24440, 12675, 11839, 18, 38251, 25208, 18923,
      96}},
    {"a\u180eb\u00a0c\xc2\x85 d\u200b e\u3000f", /* U+180E is no white space, the others are */
     15,
     {64, 157, 254, 236, 65, 1849, 66, 126, 227, 288, 9525, 304, 5099, 222, 69}},
    {"😀👍🏽", 7, {47249, 222, 41840, 235, 8582, 237, 121}},
    {"  <|endoftext|>", 8, {220, 1279, 91, 437, 1659, 5239, 91, 29}},
};

static void published_encodings(void **state) {
    (void)state;
    tokenizer_t *tokenizer = make_tokenizer();
    for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
        int count;
        text_t text = {published[i].text, strlen(published[i].text)};
        int32_t *ids = encode(tokenizer, text, &count);
        assert_int_equal(count, published[i].count);
        assert_memory_equal(ids, published[i].ids, (size_t)count * sizeof *ids);
        free(ids);
    }
    tokenizer_gpt2.destroy(tokenizer);
}

static void assert_hash(text_t text, int wanted_count, uint64_t wanted) {
    int count;
    tokenizer_t *tokenizer = make_tokenizer();
    int32_t *ids = encode(tokenizer, text, &count);
    assert_int_equal(count, wanted_count);
    assert_int_equal(text_hash(ids, (size_t)count * sizeof *ids), wanted);
    free(ids);
    tokenizer_gpt2.destroy(tokenizer);
}

static void assert_file_hash(const char *name, int count, uint64_t hash) {
    char path[DATA_PATH_MAX];
    data_file_t file;
    assert_int_equal(data_path(real_data(), name, path), STATUS_OK);
    if (data_open(path, &file) != STATUS_OK) fail_msg("%s", status_message());
    assert_hash((text_t){file.bytes, file.size}, count, hash);
    data_close(&file);
}

static void all_of_wikitext_103_valid(void **state) {
    (void)state;
    assert_file_hash("wikitext-103/wiki.valid.tokens", 249735, 0x434cd667fa718130);
}

static void all_of_wikitext_test_raw(void **state) {
    (void)state;
    assert_file_hash("wikitext-103/wiki.test.raw", 286221, 0x9a9b7866dc442274);
}

static void all_of_wikitext_2_train(void **state) {
    (void)state;
    assert_file_hash("wikitext-2/wiki.train.tokens", 2448382, 0x89f8302f09e14ff4);
}

static size_t put_character(char *text, unsigned c) {
    if (c < 0x80) return (size_t)sprintf(text, "%c", c);
    if (c < 0x800) return (size_t)sprintf(text, "%c%c", 0xc0 | c >> 6, 0x80 | (c & 0x3f));
    if (c < 0x10000)
        return (size_t)sprintf(text, "%c%c%c", 0xe0 | c >> 12, 0x80 | (c >> 6 & 0x3f),
                               0x80 | (c & 0x3f));
    return (size_t)sprintf(text, "%c%c%c%c", 0xf0 | c >> 18, 0x80 | (c >> 12 & 0x3f),
                           0x80 | (c >> 6 & 0x3f), 0x80 | (c & 0x3f));
}

/* 20000 characters of all kinds in no order, the same as in the Python script that was asked. */
static void mixed_characters(void **state) {
    (void)state;
    static const unsigned ranges[][2] = {
        {0x01, 0x17f},      {0x391, 0x3a1},   {0x410, 0x44f},   {0x621, 0x64a},   {0x660, 0x669},
        {0x2000, 0x200f},   {0x2028, 0x202f}, {0x3000, 0x3002}, {0x3041, 0x3060}, {0x4e00, 0x4e40},
        {0x1f600, 0x1f640}, {0x20, 0x20},     {0x0a, 0x0a},     {0x61, 0x7a},     {0x180e, 0x180e},
        {0x1680, 0x1680},   {0x205f, 0x205f}};
    static char text[80001];
    size_t length = 0;
    uint32_t seed = 1;
    for (int i = 0; i < 20000; i++) {
        const unsigned *range = ranges[((seed = seed * 1664525 + 1013904223) >> 16) % 17];
        unsigned shift = (seed = seed * 1664525 + 1013904223) >> 16;
        length += put_character(text + length, range[0] + shift % (range[1] - range[0] + 1));
    }
    assert_int_equal(length, 47712);
    assert_hash((text_t){text, length}, 35318, 0xfdde3550faed3580);
}

/* A text that is one word, one run of blanks, or one run of signs: no recursion, no quadratic time.
 */
static void endless_pieces(void **state) {
    (void)state;
    enum { LENGTH = 1 << 20 };
    tokenizer_t *tokenizer = make_tokenizer();
    char *text = malloc(LENGTH);
    for (const char *c = "a 7!\n"; *c; c++) {
        int count;
        memset(text, *c, LENGTH);
        int32_t *ids = encode(tokenizer, (text_t){text, LENGTH}, &count);
        assert_in_range(count, 1, LENGTH);
        free(ids);
    }
    free(text);
    tokenizer_gpt2.destroy(tokenizer);
}

static void assert_no_utf8(tokenizer_t *tokenizer, const char *text, const char *word) {
    tokens_t tokens;
    text_t whole = {text, strlen(text)};
    assert_int_equal(tokens_create(50257, (int64_t)whole.length + 1, &tokens), STATUS_OK);
    assert_int_equal(tokenizer_gpt2.encode(tokenizer, whole, &tokens), STATUS_CORRUPT);
    if (!strstr(status_message(), word)) fail_msg("%s", status_message());
    tokens_destroy(&tokens);
}

static void text_that_is_no_utf8_is_refused_with_the_place(void **state) {
    (void)state;
    tokenizer_t *tokenizer = make_tokenizer();
    assert_no_utf8(tokenizer, "abc \xff def", "not UTF-8 text at byte 4");
    assert_no_utf8(tokenizer, "\xc3", "at byte 0");             /* cut off        */
    assert_no_utf8(tokenizer, "ab\xc0\xaf", "at byte 2");       /* overlong       */
    assert_no_utf8(tokenizer, "a\xed\xa0\x80", "at byte 1");    /* a surrogate    */
    assert_no_utf8(tokenizer, "\xf4\x90\x80\x80", "at byte 0"); /* above U+10FFFF */
    tokenizer_gpt2.destroy(tokenizer);
}

/* Random bytes are refused or encoded, never anything worse. */
static void random_bytes_never_crash(void **state) {
    (void)state;
    tokenizer_t *tokenizer = make_tokenizer();
    srand(4);
    for (int trial = 0; trial < 5000; trial++) {
        char text[40];
        tokens_t tokens;
        size_t length = (size_t)rand() % sizeof text;
        for (size_t i = 0; i < length; i++)
            text[i] = (char)(rand() % 4 ? rand() % 128 : rand() % 256);
        assert_int_equal(tokens_create(50257, sizeof text + 1, &tokens), STATUS_OK);
        status_t status = tokenizer_gpt2.encode(tokenizer, (text_t){text, length}, &tokens);
        assert_true(status == STATUS_OK || status == STATUS_CORRUPT);
        tokens_destroy(&tokens);
    }
    tokenizer_gpt2.destroy(tokenizer);
}

static void assert_foreign(const char *word) {
    tokenizer_source_t source = {.data_dir = folder_path(), .vocab = 50257};
    tokenizer_t *tokenizer = NULL;
    assert_int_equal(tokenizer_gpt2.create(&source, &tokenizer), STATUS_CORRUPT);
    assert_null(tokenizer);
    if (!strstr(status_message(), word)) fail_msg("%s", status_message());
}

static void truncated_or_missing_files_are_refused(void **state) {
    (void)state;
    char encoder[DATA_PATH_MAX], merges[DATA_PATH_MAX];
    assert_int_equal(data_path(real_data(), "gpt2-tokenizer/encoder.json", encoder), STATUS_OK);
    assert_int_equal(data_path(real_data(), "gpt2-tokenizer/vocab.bpe", merges), STATUS_OK);
    assert_foreign("encoder.json: cannot be opened");
    folder_copy("gpt2-tokenizer/encoder.json", encoder, 1042300);
    assert_foreign("expected 1042301 bytes");
    folder_copy("gpt2-tokenizer/encoder.json", encoder, SIZE_MAX);
    assert_foreign("vocab.bpe: cannot be opened");
    folder_copy("gpt2-tokenizer/vocab.bpe", merges, 100000);
    assert_foreign("expected 456318 bytes");
}

static int remove_folder(void **state) {
    (void)state;
    folder_remove();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_encodings),
        cmocka_unit_test(all_of_wikitext_103_valid),
        cmocka_unit_test(all_of_wikitext_test_raw),
        cmocka_unit_test(all_of_wikitext_2_train),
        cmocka_unit_test(mixed_characters),
        cmocka_unit_test(endless_pieces),
        cmocka_unit_test(text_that_is_no_utf8_is_refused_with_the_place),
        cmocka_unit_test(random_bytes_never_crash),
        cmocka_unit_test(truncated_or_missing_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, remove_folder);
}
