/* Crops and windows of the text task, byte by byte. */
#include "task/trial.h"

#include <unistd.h>

#include "task/folder.h"

enum { LENGTH = 10007, T = 16, SIZE = 8 };

static char text[LENGTH];

static int make_text(void **state) {
    (void)state;
    for (int i = 0; i < LENGTH; i++) text[i] = (char)(1 + i * (i >> 4) % 250); /* any but NUL */
    text[9100] = '\n';
    folder_write("story.bin", text, LENGTH);
    return setenv("XDG_CACHE_HOME", folder_path(), 1);
}

static int remove_text(void **state) {
    (void)state;
    folder_remove();
    return 0;
}

/* The options of a file of the folder. */
static const char *options(const char *name, const char *tokenizer) {
    static char lines[512];
    snprintf(lines, sizeof lines,
             "task: {name: text, data_dir: %s, corpus: %s, tokenizer: %s, seq_len: 16}",
             folder_path(), name, tokenizer);
    return lines;
}

static int held_out_start(void) {
    int at = LENGTH - LENGTH / 10;
    while (text[at] != '\n') at++;
    return at + 1;
}

/* Window i is bytes iT .. iT+T-1 of the held-out text, its targets one further. */
static void windows_are_consecutive(void **state) {
    (void)state;
    sample_t sample = sample_open(options("story.bin", "byte"), 0);
    task_shape_t shape;
    batch_t batch;
    task_t *task = sample_task(&sample, &shape);
    int start = held_out_start();
    int64_t count = task_row(task)->valid_count(task);
    assert_int_equal(count, (LENGTH - start - 1) / T);
    assert_int_equal(batch_create(&shape, 1, &batch), STATUS_OK);
    for (int64_t window = 0; window < count; window++) {
        task_row(task)->valid(task, window, &batch);
        for (int t = 0; t < T; t++) {
            int64_t at = start + window * T + t;
            assert_int_equal(batch.tokens[t], (unsigned char)text[at]);
            assert_int_equal(batch.targets[t], (unsigned char)text[at + 1]);
        }
    }
    batch_destroy(&batch);
    task_close(&task);
    sample_close(&sample);
}

/* Whether tokens[0..T) and the last target are in the training text, next to each other. */
static int is_crop(const int32_t *tokens, const int32_t *targets) {
    char wanted[T + 1];
    for (int t = 0; t < T; t++) wanted[t] = (char)tokens[t];
    wanted[T] = (char)targets[T - 1];
    for (int t = 0; t + 1 < T; t++) assert_int_equal(targets[t], tokens[t + 1]);
    return memmem(text, (size_t)held_out_start(), wanted, sizeof wanted) != NULL;
}

static void crops_come_from_the_training_text_alone(void **state) {
    (void)state;
    sample_t sample = sample_open(options("story.bin", "byte"), 1);
    task_shape_t shape;
    batch_t batch;
    task_t *task = sample_task(&sample, &shape);
    assert_int_equal(batch_create(&shape, SIZE, &batch), STATUS_OK);
    for (int step = 0; step < 500; step++) {
        task_row(task)->train(task, step, &batch);
        for (int b = 0; b < SIZE; b++)
            assert_true(is_crop(batch.tokens + b * T, batch.targets + b * T));
    }
    batch_destroy(&batch);
    task_close(&task);
    sample_close(&sample);
}

static void a_text_shorter_than_a_sample_is_refused(void **state) {
    (void)state;
    folder_write("short.txt", "a few\nwords\n", 12);
    assert_refused(options("short.txt", "byte"), STATUS_CORRUPT, "a sequence needs 17");
}

static void text_that_is_no_utf8_names_the_corpus(void **state) {
    (void)state;
    char linked[DATA_PATH_MAX], real[DATA_PATH_MAX];
    assert_int_equal(data_path(real_data(), "gpt2-tokenizer", real), STATUS_OK);
    snprintf(linked, sizeof linked, "%s/gpt2-tokenizer", folder_path());
    assert_int_equal(symlink(real, linked), 0);
    assert_refused(options("story.bin", "gpt2"), STATUS_CORRUPT,
                   "corpus story.bin: not UTF-8 text at byte");
}

/* Each word of Latin-1 with an umlaut was a word of its own, beside the UTF-8 one. */
static void latin1_is_refused_where_words_are_told_apart(void **state) {
    (void)state;
    char latin1[2000];
    for (size_t i = 0; i < sizeof latin1; i++) latin1[i] = i % 5 == 4 ? ' ' : 'x';
    latin1[1001] = (char)0xfc;
    folder_write("latin1.txt", latin1, sizeof latin1);
    assert_refused(options("latin1.txt", "word"), STATUS_CORRUPT,
                   "corpus latin1.txt: not UTF-8 text at byte 1001");
    sample_t sample = sample_open(options("latin1.txt", "byte"), 0);
    task_shape_t shape;
    task_t *task = sample_task(&sample, &shape); /* bytes are bytes */
    task_close(&task);
    sample_close(&sample);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_are_consecutive),
        cmocka_unit_test(crops_come_from_the_training_text_alone),
        cmocka_unit_test(a_text_shorter_than_a_sample_is_refused),
        cmocka_unit_test(text_that_is_no_utf8_names_the_corpus),
        cmocka_unit_test(latin1_is_refused_where_words_are_told_apart),
    };
    return cmocka_run_group_tests(tests, make_text, remove_text);
}
