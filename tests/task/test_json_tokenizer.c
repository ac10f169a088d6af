/* tokenizer.json: the ids that Hugging Face's tokenizers 0.23 gave for small ones of each kind
 * (tests/fuzz/corpus/json_tokenizer), and one clear sentence for what is not known or damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/disk.h"
#include "task/json_tokenizer.h"

static bytes_t fixture(const char *name) {
    char path[128];
    bytes_t file = {0};
    snprintf(path, sizeof path, "tests/fuzz/corpus/json_tokenizer/%s", name);
    if (disk_read(path, &file) != STATUS_OK) fail_msg("%s", status_message());
    file.at[file.size] = '\0';
    return file;
}

static json_tokenizer_t *good(const char *name) {
    bytes_t file = fixture(name);
    json_tokenizer_t *tokenizer;
    if (json_tokenizer_create((text_t){(char *)file.at, file.size}, &tokenizer))
        fail_msg("%s: %s", name, status_message());
    bytes_free(&file);
    return tokenizer;
}

static void claim_ids(const char *name, const char *text, int count, const int32_t *expected) {
    int32_t *ids;
    int64_t found;
    json_tokenizer_t *tokenizer = good(name);
    if (json_tokenizer_encode(tokenizer, (text_t){text, strlen(text)}, &ids, &found))
        fail_msg("%s: %s", name, status_message());
    assert_int_equal(found, count);
    assert_memory_equal(ids, expected, (size_t)count * sizeof *ids);
    free(ids);
    json_tokenizer_destroy(&tokenizer);
}
#define CLAIM(name, text, ...)                                                                     \
    claim_ids(name, text, sizeof((int32_t[]){__VA_ARGS__}) / sizeof(int32_t),                      \
              (const int32_t[]){__VA_ARGS__})

static void bytes_as_gpt2_has_them(void **state) {
    (void)state;
    CLAIM("bytes", "low lower  lowest<|end|> \xc3\xa9", 257, 260, 220, 259, 68, 82, 83, 262, 220,
          127, 102);
}

static void characters_and_bytes_as_llama2_has_them(void **state) {
    (void)state;
    CLAIM("characters", "<s>a low b\xc3\xa9\xf0\x9f\x98\x80 low", 1, 1, 266, 265, 258, 100, 197,
          171, 242, 161, 154, 130, 265);
}

static void a_sign_for_spaces_and_a_token_for_what_has_none(void **state) {
    (void)state;
    CLAIM("metaspace", "ab zzab a", 4, 3, 4, 0, 0, 3, 5);
}

/* "abc" is a word though no merges make it. */
static void a_pattern_and_whole_words_as_llama3_has_them(void **state) {
    (void)state;
    CLAIM("split", "abc123 abcd!", 257, 16, 17, 18, 220, 256, 66, 67, 0);
}

static void no_text_has_the_tokens_around_it_alone(void **state) {
    (void)state;
    CLAIM("characters", "", 1);
}

/* --- what is refused --- */

/* The fixture with its first `from` replaced. */
static void claim_refused(const char *name, const char *from, const char *to, const char *words) {
    bytes_t file = fixture(name);
    json_tokenizer_t *tokenizer;
    const char *place = strstr((char *)file.at, from);
    char *text = malloc(file.size + strlen(to) + 1);
    if (!place) fail_msg("%s has no %s", name, from);
    int length = sprintf(text, "%.*s%s%s", (int)(place - (char *)file.at), (char *)file.at, to,
                         place + strlen(from));
    assert_int_equal(json_tokenizer_create((text_t){text, (size_t)length}, &tokenizer),
                     STATUS_CORRUPT);
    assert_null(tokenizer);
    if (!strstr(status_message(), words)) fail_msg("\"%s\" lacks %s", status_message(), words);
    free(text);
    bytes_free(&file);
}

static void what_is_not_known_is_named(void **state) {
    (void)state;
    claim_refused("bytes", "\"BPE\"", "\"Unigram\"", "its type is \"Unigram\"; only BPE");
    claim_refused("bytes", "\"ByteLevel\"", "\"Digits\"", "pre_tokenizer: \"Digits\" is not known");
    claim_refused("characters", "\"Prepend\"", "\"NFKC\"", "normalizer: \"NFKC\" is not known");
    claim_refused("characters", "\"TemplateProcessing\"", "\"BertProcessing\"",
                  "post_processor: \"BertProcessing\"");
    claim_refused("bytes", "\"dropout\":null", "\"dropout\":0.1", "dropout is set");
    claim_refused("bytes", "\"lstrip\":false", "\"lstrip\":true", "strips what is around it");
    claim_refused("bytes", "\"truncation\":null", "\"truncation\":{}", "truncation is set");
    claim_refused("split", "Isolated", "Removed", "only a Split by a Regex");
}

static void what_is_damaged_is_named(void **state) {
    (void)state;
    claim_refused("bytes", "{", "", "no JSON object with a model");
    claim_refused("bytes", "\"A\":", "\"B\":", "vocab: \"B\" is there twice");
    claim_refused("bytes", "\"A\":", "\"AA\":", "vocab: byte 0x41 has no token");
    claim_refused("bytes", "[\"l\",\"o\"]", "[\"l\"]", "merges: entry 0 is no pair");
    claim_refused("bytes", "[\"l\",\"o\"]", "[\"o\",\"l\"]", "\"ol\" are not all in vocab");
    claim_refused("bytes", "[\"lo\",\"w\"]", "[\"l\",\"o\"]", "merges: entry 1 is there twice");
    claim_refused("characters", "<0x41>", "<0xzz>", "vocab: byte 0x41 has no token");
    claim_refused("characters", "\"unk_token\":\"<unk>\"", "\"unk_token\":\"none\"",
                  "unk_token is not in vocab");
    claim_refused("split", "{1,2}|", "{1,2}(|", "is no regular expression");
}

static void a_text_that_is_none_is_refused(void **state) {
    (void)state;
    int32_t *ids;
    int64_t count;
    json_tokenizer_t *tokenizer = good("bytes");
    assert_int_equal(json_tokenizer_encode(tokenizer, (text_t){"a\xff", 2}, &ids, &count),
                     STATUS_CORRUPT);
    assert_null(ids);
    json_tokenizer_destroy(&tokenizer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_as_gpt2_has_them),
        cmocka_unit_test(characters_and_bytes_as_llama2_has_them),
        cmocka_unit_test(a_sign_for_spaces_and_a_token_for_what_has_none),
        cmocka_unit_test(a_pattern_and_whole_words_as_llama3_has_them),
        cmocka_unit_test(no_text_has_the_tokens_around_it_alone),
        cmocka_unit_test(what_is_not_known_is_named),
        cmocka_unit_test(what_is_damaged_is_named),
        cmocka_unit_test(a_text_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
