/* Which texts a name stands for, and that nothing but the right files passes for WikiText. */
#include "task/trial.h"

#include "task/corpus.h"
#include "task/folder.h"
#include "task/tokenizer.h"

static int remove_folder(void **state) {
    (void)state;
    folder_remove();
    return 0;
}

static const char *real_path(const char *name) {
    static char path[DATA_PATH_MAX];
    assert_int_equal(data_path(real_data(), name, path), STATUS_OK);
    return path;
}

/* -- real files ---------------------------------------------------------------------------- */

/* The table of the data's own description: words + lines. */
static void token_counts_are_the_published_ones(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int64_t tokens;
    } files[] = {
        {"wikitext-103/wiki.valid.tokens", 217646}, {"wikitext-103/wiki.test.tokens", 245569},
        {"wikitext-103/wiki.valid.raw", 217646},    {"wikitext-103/wiki.test.raw", 245569},
        {"wikitext-2/wiki.train.tokens", 2088628},  {"wikitext-2/wiki.valid.tokens", 217646},
        {"wikitext-2/wiki.test.tokens", 245569}};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        data_file_t file;
        if (data_open(real_path(files[i].name), &file) != STATUS_OK)
            fail_msg("%s", status_message());
        assert_int_equal(words_count((text_t){file.bytes, file.size}), files[i].tokens);
        data_close(&file);
    }
}

static void assert_opens(const char *data_dir, const char *name, const char *split, size_t training,
                         size_t held_out) {
    corpus_t corpus;
    if (corpus_open(data_dir, name, split, &corpus) != STATUS_OK) fail_msg("%s", status_message());
    if (training) assert_int_equal(corpus.training.length, training);
    assert_int_equal(corpus.held_out.length, held_out);
    corpus_close(&corpus);
}

static void presets_open_the_official_files(void **state) {
    (void)state;
    const char *data_dir = real_data();
    assert_opens(data_dir, "wikitext2", "valid", 10797148, 1121681);
    assert_opens(data_dir, "wikitext2", "test", 10797148, 1256449);
    assert_opens(data_dir, "wikitext103", "valid", 0, 1142309);
    assert_opens(data_dir, "wikitext-103", "test", 0, 1281077);
}

static void assert_unfit(const char *name, const char *word) {
    corpus_t corpus;
    assert_int_equal(corpus_open(folder_path(), name, "valid", &corpus), STATUS_CORRUPT);
    if (!strstr(status_message(), word)) fail_msg("%s", status_message());
    assert_null(corpus.files[0].bytes);
    assert_null(corpus.files[1].bytes);
}

static void truncated_files_are_refused(void **state) {
    (void)state;
    char valid[DATA_PATH_MAX];
    strcpy(valid, real_path("wikitext-2/wiki.valid.tokens"));
    folder_copy("wikitext-2/wiki.train.tokens", real_path("wikitext-2/wiki.train.tokens"), 5000000);
    folder_copy("wikitext-2/wiki.valid.tokens", valid, SIZE_MAX);
    assert_unfit("wikitext2",
                 "wiki.train.tokens: is truncated or foreign: expected 10797148 bytes");
    assert_unfit("wikitext-2", "found 5000000 bytes");
    folder_copy("wikitext-2/wiki.train.tokens", real_path("wikitext-2/wiki.train.tokens"),
                SIZE_MAX);
    folder_copy("wikitext-2/wiki.valid.tokens", valid, 1121680);
    assert_unfit("wikitext2", "wiki.valid.tokens: is truncated or foreign");
    folder_copy("wikitext-2/wiki.valid.tokens", valid, 0);
    assert_unfit("wikitext2", "wiki.valid.tokens: is empty");
    folder_copy("wikitext-2/wiki.valid.tokens", valid, SIZE_MAX);
    assert_opens(folder_path(), "wikitext2", "valid", 10797148, 1121681);
}

/* WikiText-2's validation text has the same words, lines and articles, but more <unk>. */
static void files_of_the_other_wikitext_are_refused(void **state) {
    (void)state;
    folder_copy("wikitext-103/wiki.train.part.tokens",
                real_path("wikitext-103/wiki.train.part.tokens"), 100000);
    folder_copy("wikitext-103/wiki.valid.tokens", real_path("wikitext-2/wiki.valid.tokens"),
                SIZE_MAX);
    assert_unfit("wikitext103", "expected 1142309 bytes, 217646 tokens (wikitext-103)");
    folder_copy("wikitext-103/wiki.valid.tokens", real_path("wikitext-103/wiki.valid.tokens"),
                SIZE_MAX);
    assert_opens(folder_path(), "wikitext103", "valid", 100000, 1142309);
}

/* A train file of WikiText-103 that is whole by its name only. */
static void a_prefix_is_no_training_file(void **state) {
    (void)state;
    folder_copy("prefix/wiki.train.tokens", real_path("wikitext-103/wiki.train.part.tokens"),
                SIZE_MAX);
    folder_copy("prefix/wiki.valid.tokens", real_path("wikitext-103/wiki.valid.tokens"), SIZE_MAX);
    assert_unfit("prefix", "expected 103227021 tokens (wikitext-103) or 10797148 bytes");
}

/* 33278 distinct tokens with the end of line (README of the data); with a limit of 10000, 202089
 * training and 25280 validation tokens are unknown (counted in Python with collections.Counter). */
static void word_vocabulary_of_wikitext_2(void **state) {
    (void)state;
    static const int vocabularies[] = {10000, 33278}, unknown[][2] = {{202089, 25280}, {54625, -1}};
    setenv("XDG_CACHE_HOME", folder_path(), 1);
    corpus_t corpus;
    assert_int_equal(corpus_open(real_data(), "wikitext2", "valid", &corpus), STATUS_OK);
    for (int i = 0; i < 2; i++) {
        tokenizer_source_t source = {real_data(), corpus.training, vocabularies[i]};
        text_t texts[2] = {corpus.training, corpus.held_out};
        tokens_t tokens[2];
        assert_int_equal(tokenizer_encode(tokenizer_find("word"), &source, texts, 2, tokens),
                         STATUS_OK);
        for (int j = 0; j < 2; j++) {
            int count = 0;
            for (int64_t at = 0; at < tokens[j].count; at++)
                count += ((const uint16_t *)tokens[j].ids)[at] == 0;
            if (unknown[i][j] >= 0) assert_int_equal(count, unknown[i][j]);
            tokens_destroy(&tokens[j]);
        }
    }
    corpus_close(&corpus);
}

/* -- made-up files ------------------------------------------------------------------------- */

static void fill_lines(char *text, size_t size, size_t length) {
    for (size_t i = 0; i < size; i++) text[i] = i % length == length - 1 ? '\n' : 'x';
}

static void one_file_is_cut_at_the_next_line(void **state) {
    (void)state;
    char text[10000];
    fill_lines(text, sizeof text, 70);
    folder_write("story.txt", text, sizeof text);
    assert_opens(folder_path(), "story.txt", "valid", 9030, 970); /* 9000 is in a line to 9029 */
}

static void one_file_is_cut_at_the_line_before_when_the_next_is_far(void **state) {
    (void)state;
    char text[1000];
    fill_lines(text, sizeof text, 30);
    folder_write("story.txt", text, sizeof text);
    assert_opens(folder_path(), "story.txt", "valid", 900, 100); /* not at 930: 7 % */
}

/* Two lines, the second of which is 14 bytes long: they were held out, and nothing else. */
static void a_text_of_few_lines_is_cut_at_a_word(void **state) {
    (void)state;
    char text[100000];
    for (size_t i = 0; i < sizeof text; i++) text[i] = i % 6 == 5 ? ' ' : 'x';
    text[sizeof text - 15] = '\n';
    folder_write("story.txt", text, sizeof text);
    assert_opens(folder_path(), "story.txt", "valid", 90006, 9994);
}

static void one_word_is_cut_at_a_character(void **state) {
    (void)state;
    char text[1000];
    for (int i = 0; i < 1000; i++) text[i] = (char)(i % 2 ? 0xa9 : 0xc3); /* e with acute accent */
    folder_write("line.txt", text + 1, sizeof text - 1);
    assert_opens(folder_path(), "line.txt", "valid", 901, 98);
}

static void what_is_no_text_is_refused_with_a_remedy(void **state) {
    (void)state;
    static const struct {
        const char *name, *bytes;
        size_t size;
        const char *says;
    } files[] = {
        {"ids.npy", "\x93NUMPY\1\0v\0{'descr': '<u2'", 26,
         "a NumPy array; token ids are read with task.name: tokens"},
        {"train.bin", "\x0f\1\x20\0\x05\2", 6,
         "byte 3 is NUL; token ids are read with task.name: tokens"},
        {"windows.txt", "\xff\xfeh\0i\0", 6, "UTF-16; convert it: iconv"},
        {"news.gz", "\x1f\x8b\x08\x01\x02", 5, "packed by gzip; unpack it"},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        folder_write(files[i].name, files[i].bytes, files[i].size);
        assert_unfit(files[i].name, files[i].says);
    }
}

static void a_folder_of_text_files(void **state) {
    (void)state;
    folder_write("mine/train.txt", "a b c\n", 6);
    folder_write("mine/valid.txt", "a b\n", 4);
    folder_write("mine/test.txt", "a\n", 2);
    assert_opens(folder_path(), "mine", "valid", 6, 4);
    assert_opens(folder_path(), "mine", "test", 6, 2);
    assert_opens(folder_path(), "mine/train.txt", "valid", 6, 4);
}

static void missing_things_are_named(void **state) {
    (void)state;
    folder_write("empty/readme", "", 0);
    folder_write("half/train.txt", "a b\n", 4);
    assert_unfit("nowhere", "nowhere: is missing");
    assert_unfit("empty", "expected one of wiki.train.tokens, wiki.train.raw");
    assert_unfit("half", "half/valid.txt: cannot be opened");
    assert_unfit("empty/readme", "readme: is empty");
}

static void a_foreign_file_with_an_official_name_is_refused(void **state) {
    (void)state;
    folder_write("foreign/wiki.train.part.tokens", "some other text\n", 16);
    folder_write("foreign/wiki.valid.tokens", "some other text\n", 16);
    assert_unfit("foreign", "expected a text that begins with Valkyria Chronicles III");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(token_counts_are_the_published_ones),
        cmocka_unit_test(presets_open_the_official_files),
        cmocka_unit_test(truncated_files_are_refused),
        cmocka_unit_test(files_of_the_other_wikitext_are_refused),
        cmocka_unit_test(a_prefix_is_no_training_file),
        cmocka_unit_test(word_vocabulary_of_wikitext_2),
        cmocka_unit_test(one_file_is_cut_at_the_next_line),
        cmocka_unit_test(one_file_is_cut_at_the_line_before_when_the_next_is_far),
        cmocka_unit_test(a_text_of_few_lines_is_cut_at_a_word),
        cmocka_unit_test(one_word_is_cut_at_a_character),
        cmocka_unit_test(what_is_no_text_is_refused_with_a_remedy),
        cmocka_unit_test(a_folder_of_text_files),
        cmocka_unit_test(missing_things_are_named),
        cmocka_unit_test(a_foreign_file_with_an_official_name_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, remove_folder);
}
