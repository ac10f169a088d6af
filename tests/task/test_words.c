/* Words, lines and the vocabulary made of them. */
#include "task/trial.h"

#include "task/tokenizer_word.h"

static text_t text_of(const char *text) { return (text_t){.bytes = text, .length = strlen(text)}; }

static void every_line_ends_with_one_token(void **state) {
    (void)state;
    assert_int_equal(words_count(text_of("")), 0);
    assert_int_equal(words_count(text_of("\n")), 1);
    assert_int_equal(words_count(text_of("a")), 2);
    assert_int_equal(words_count(text_of("a\n")), 2);
    assert_int_equal(words_count(text_of(" a  b\tc \n\n d")), 7);
    assert_int_equal(words_count(text_of("a\r\nb\r\n")), 4);
    assert_int_equal(words_count(text_of("\n ")), 2);
}

/* Another way to count: a word begins where a letter follows a blank. */
static void counts_agree_with_counting_gaps(void **state) {
    (void)state;
    srand(1);
    for (int trial = 0; trial < 2000; trial++) {
        char text[64];
        int length = rand() % 62, words = 0, lines = 0;
        for (int i = 0; i <= length; i++) {
            text[i] = i == length ? '\n' : " \t\nab\r"[rand() % 6];
            int is_letter = text[i] == 'a' || text[i] == 'b';
            int was_letter = i > 0 && (text[i - 1] == 'a' || text[i - 1] == 'b');
            words += is_letter && !was_letter;
            lines += text[i] == '\n';
        }
        assert_int_equal(words_count((text_t){text, (size_t)length + 1}), words + lines);
    }
}

/* Encodes `text` with the vocabulary of `training` and compares the ids. */
static void assert_ids(const char *training, int vocab, const char *text, const int32_t *wanted,
                       int count) {
    tokenizer_source_t source = {.training = text_of(training), .vocab = vocab};
    tokenizer_t *tokenizer;
    tokens_t tokens;
    int32_t ids[64];
    assert_int_equal(tokenizer_word.create(&source, &tokenizer), STATUS_OK);
    assert_int_equal(tokens_create(vocab, (int64_t)strlen(text) + 1, &tokens), STATUS_OK);
    assert_int_equal(tokenizer_word.encode(tokenizer, text_of(text), &tokens), STATUS_OK);
    assert_int_equal(tokens.count, count);
    tokens_copy(&tokens, 0, count, ids);
    assert_memory_equal(ids, wanted, (size_t)count * sizeof *ids);
    tokens_destroy(&tokens);
    tokenizer_word.destroy(tokenizer);
}

/* 0 = <unk>, 1 = <eos>, then by frequency, then in byte order. */
static void ids_follow_frequency_then_bytes(void **state) {
    (void)state;
    assert_ids("d d b c b c a\n", 100, "d c b a\nx", (int32_t[]){4, 3, 2, 5, 1, 0, 1}, 7);
    assert_ids("aa a aab\n", 100, "a aa aab", (int32_t[]){2, 3, 4, 1}, 4);
}

static void a_full_vocabulary_leaves_the_rest_unknown(void **state) {
    (void)state;
    assert_ids("d d b c b c a\n", 4, "d c b a", (int32_t[]){0, 3, 2, 0, 1}, 5);
}

static void special_tokens_of_the_text_are_ours(void **state) {
    (void)state;
    assert_ids("<unk> <unk> <unk> b <eos>\n", 3, "<unk> b <eos>", (int32_t[]){0, 2, 1, 1}, 4);
}

static void an_empty_training_text_knows_nothing(void **state) {
    (void)state;
    assert_ids("", 10, "a b", (int32_t[]){0, 0, 1}, 3);
}

static void a_vocabulary_too_small_is_refused(void **state) {
    (void)state;
    int vocab;
    assert_int_equal(tokenizer_vocab(&tokenizer_word, 2, &vocab), STATUS_SPEC);
    assert_int_equal(tokenizer_vocab(tokenizer_find("gpt2"), 50256, &vocab), STATUS_SPEC);
    assert_non_null(strstr(status_message(), "needs 50257"));
    assert_int_equal(tokenizer_vocab(tokenizer_find("gpt2"), 50304, &vocab), STATUS_OK);
    assert_int_equal(vocab, 50304);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_line_ends_with_one_token),
        cmocka_unit_test(counts_agree_with_counting_gaps),
        cmocka_unit_test(ids_follow_frequency_then_bytes),
        cmocka_unit_test(a_full_vocabulary_leaves_the_rest_unknown),
        cmocka_unit_test(special_tokens_of_the_text_are_ours),
        cmocka_unit_test(an_empty_training_text_knows_nothing),
        cmocka_unit_test(a_vocabulary_too_small_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
