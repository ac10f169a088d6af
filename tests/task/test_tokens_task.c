/* Files of token ids: every type gives the same samples, shards are one stream, and what is no file
 * of ids, or has ids that the model has not, is refused with file and place. */
#include "task/trial.h"

#include <unistd.h>

#include "task/folder.h"

enum { COUNT = 5000, T = 16, LARGEST = 886 };

static int32_t ids[COUNT];

/* ids[first .. first+count-1] in `width` bytes each, behind `head` bytes of a header. */
static void write_ids(const char *name, const char *head, size_t head_size, int first, int count,
                      int width) {
    char *bytes = calloc(head_size + (size_t)(count * width), 1);
    if (head_size) memcpy(bytes, head, head_size);
    for (int i = 0; i < count; i++)
        memcpy(bytes + head_size + (size_t)(i * width), &ids[first + i],
               (size_t)(width < 4 ? width : 4));
    folder_write(name, bytes, head_size + (size_t)(count * width));
    free(bytes);
}

static void write_npy(const char *name, const char *type, int count, int width) {
    char head[129];
    snprintf(head, sizeof head,
             "\x93NUMPY\1%cv%c{'descr': '%s', 'fortran_order': False, 'shape': (%d,), }", '0', '0',
             type, count);
    size_t length = strlen(head);
    head[7] = head[9] = '\0';
    memset(head + length, ' ', 128 - length);
    head[127] = '\n';
    write_ids(name, head, 128, 0, count, width);
}

static int write_files(void **state) {
    (void)state;
    for (int i = 0; i < COUNT; i++) ids[i] = i * i % (LARGEST + 1);
    ids[2345] = LARGEST;
    write_ids("train.bin", NULL, 0, 0, COUNT, 2);
    write_ids("train32.bin", NULL, 0, 0, COUNT, 4);
    write_ids("train64.bin", NULL, 0, 0, COUNT, 8);
    write_npy("u2.npy", "<u2", COUNT, 2);
    write_npy("u4.npy", "<u4", COUNT, 4);
    write_npy("i4.npy", "<i4", COUNT, 4);
    write_npy("i8.npy", "<i8", COUNT, 8);
    write_npy("u8.npy", "<u8", COUNT, 8);
    write_ids("shard_9.bin", NULL, 0, 0, 100, 2);
    write_ids("shard_10.bin", NULL, 0, 100, 17, 2);
    write_ids("shard_11.bin", NULL, 0, 117, COUNT - 117, 2);
    write_ids("val.bin", NULL, 0, 200, 333, 2);
    return setenv("XDG_CACHE_HOME", folder_path(), 1);
}

static int remove_files(void **state) {
    (void)state;
    folder_remove();
    return 0;
}

static const char *options(const char *files, const char *more) {
    static char lines[1024];
    snprintf(lines, sizeof lines,
             "task: {name: tokens, data_dir: %s, files: \"%s\", seq_len: %d%s}", folder_path(),
             files, T, more);
    return lines;
}

/* -- samples ------------------------------------------------------------------------------- */

/* Windows of ids[first .. end-1], each target the id after. */
static void assert_windows(const char *lines, int first, int end) {
    sample_t sample = sample_open(lines, 0);
    task_shape_t shape;
    batch_t batch;
    task_t *task = sample_task(&sample, &shape);
    assert_int_equal(task_row(task)->valid_count(task), (end - first - 1) / T);
    assert_int_equal(batch_create(&shape, 1, &batch), STATUS_OK);
    for (int window = 0; window < (end - first - 1) / T; window++) {
        task_row(task)->valid(task, window, &batch);
        assert_memory_equal(batch.tokens, ids + first + window * T, T * sizeof *ids);
        assert_memory_equal(batch.targets, ids + first + window * T + 1, T * sizeof *ids);
    }
    batch_destroy(&batch);
    task_close(&task);
    sample_close(&sample);
}

static void a_share_or_files_of_their_own_are_held_out(void **state) {
    (void)state;
    assert_windows(options("train.bin", ""), 4500, 5000);
    assert_windows(options("train.bin", ", held_out_share: 0.25"), 3750, 5000);
    assert_windows(options("train.bin", ", held_out_files: val.bin"), 200, 533);
}

static void take_batch(const char *lines, int step, batch_t *batch, task_shape_t *shape) {
    sample_t sample = sample_open(lines, 0);
    task_t *task = sample_task(&sample, shape);
    assert_int_equal(batch_create(shape, 8, batch), STATUS_OK);
    task_row(task)->train(task, step, batch);
    task_close(&task);
    sample_close(&sample);
}

static void assert_same_samples(const char *files, const char *more) {
    for (int step = 0; step < 20; step++) {
        batch_t a, b;
        task_shape_t shape;
        take_batch(options("train.bin", ""), step, &a, &shape);
        take_batch(options(files, more), step, &b, &shape);
        assert_memory_equal(a.tokens, b.tokens, 8 * T * sizeof *a.tokens);
        assert_memory_equal(a.targets, b.targets, 8 * T * sizeof *a.targets);
        batch_destroy(&a);
        batch_destroy(&b);
    }
}

static void every_type_gives_the_same_samples(void **state) {
    (void)state;
    static const char *const arrays[] = {"u2.npy", "u4.npy", "i4.npy", "i8.npy", "u8.npy"};
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        assert_same_samples(arrays[i], "");
    assert_same_samples("train32.bin", ", dtype: uint32");
    assert_same_samples("train32.bin", ", dtype: int32");
    assert_same_samples("train64.bin", ", dtype: int64");
}

/* 9 before 10, and samples that reach from one into the next, over one that is shorter than T. */
static void shards_are_one_stream(void **state) {
    (void)state;
    assert_same_samples("shard_*.bin", "");
    assert_windows(options("shard_*.bin", ", held_out_share: 0.9"), 500, 5000);
    assert_windows(options("train.bin", ", held_out_files: \"shard_*.bin\""), 0, 5000);
}

/* -- the vocabulary ------------------------------------------------------------------------ */

static void the_vocabulary_ends_with_the_largest_id(void **state) {
    (void)state;
    batch_t batch;
    task_shape_t shape;
    take_batch(options("train.bin", ""), 0, &batch, &shape);
    assert_int_equal(shape.vocab, LARGEST + 1);
    batch_destroy(&batch);
    take_batch(options("train.bin", ", vocab: 50304"), 0, &batch, &shape);
    assert_int_equal(shape.vocab, 50304);
    batch_destroy(&batch);
}

static void an_id_beyond_it_is_refused_with_its_place(void **state) {
    (void)state;
    assert_refused(options("train.bin", ", vocab: 886"), STATUS_CORRUPT,
                   "train.bin: its token 2345 is 886, but task.vocab 886 takes 0 .. 885");
    assert_refused(options("val.bin", ", held_out_files: train.bin, vocab: 886"), STATUS_CORRUPT,
                   "train.bin: its token");
    ids[3000] = -7;
    write_npy("negative.npy", "<i8", COUNT, 4); /* 4 bytes of 8 are written: truncated */
    assert_refused(options("negative.npy", ""), STATUS_CORRUPT, "truncated or longer");
    write_ids("negative.bin", NULL, 0, 0, COUNT, 4);
    ids[3000] = 3000 * 3000 % (LARGEST + 1);
    assert_refused(options("negative.bin", ", dtype: int32, vocab: 900"), STATUS_CORRUPT,
                   "negative.bin: its token 3000 is 4294967289 (-7 with a sign)");
    assert_refused(options("train.bin", ", dtype: uint32"), STATUS_CORRUPT, "(task.dtype");
}

/* -- files --------------------------------------------------------------------------------- */

static void files_that_hold_no_ids_are_refused(void **state) {
    (void)state;
    char text[1000], header[2048] = {0};
    memset(text, 'x', sizeof text);
    folder_write("story.txt", text, sizeof text);
    memcpy(header, &(int32_t){20240520}, 4);
    folder_write("edu_fineweb.bin", header, sizeof header);
    folder_write("ids.npz", "PK\3\4........", 12);
    folder_write("odd.bin", "\1\2\3", 3);
    write_npy("floats.npy", "<f4", COUNT, 4);
    static const struct {
        const char *name, *says;
    } files[] = {
        {"story.txt", "story.txt: it looks like a text; that is read with task.name: text"},
        {"edu_fineweb.bin", "edu_fineweb.bin: it has llm.c's header; cut it off: tail -c +1025"},
        {"ids.npz", "ids.npz: it holds no plain token ids: it is a zip archive"},
        {"odd.bin", "odd.bin: its 3 bytes are no whole number of ids of 2"},
        {"floats.npy", "floats.npy: its numbers are of type f4"},
        {"nowhere_*.bin", "nowhere_*.bin: there is no such file, nor one that fits it"},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        assert_refused(options(files[i].name, ", vocab: 900"), STATUS_CORRUPT, files[i].says);
    assert_refused(options("val.bin", ", held_out_share: 0.01"), STATUS_CORRUPT,
                   "val.bin: its held-out part has 3 tokens; a sequence needs 17");
}

static void without_files_the_option_is_named(void **state) {
    (void)state;
    assert_refused("task.name: tokens", STATUS_SPEC, "task.files: task.name tokens needs files");
}

static void the_record_names_size_sum_and_share(void **state) {
    (void)state;
    char text[DATA_TEXT_MAX];
    task_shape_t shape;
    sample_t sample = sample_open(options("shard_*.bin", ""), 0);
    task_t *task = sample_task(&sample, &shape);
    task_describe_data(task, text, sizeof text);
    if (strncmp(text, "training 3 files 10000 bytes xxh3 ", 34) != 0 ||
        !strstr(text, " (held out: its last 500 tokens or 10 %)"))
        fail_msg("%s", text);
    task_close(&task);
    sample_close(&sample);
}

/* A file that grows ids in mid-trial must not make the model read beyond its tables. */
static void ids_that_come_later_are_bounded_and_found(void **state) {
    (void)state;
    write_ids("late.bin", NULL, 0, 0, COUNT, 2);
    char path[DATA_PATH_MAX];
    snprintf(path, sizeof path, "%s/late.bin", folder_path());
    task_shape_t shape;
    batch_t batch;
    sample_t sample = sample_open(options("late.bin", ""), 0);
    task_t *task = sample_task(&sample, &shape);
    FILE *file = fopen(path, "r+b");
    for (int i = 0; i < COUNT; i++) fwrite("\xff\xff", 1, 2, file);
    fclose(file);
    assert_int_equal(batch_create(&shape, 4, &batch), STATUS_OK);
    task_row(task)->train(task, 0, &batch);
    for (int i = 0; i < 4 * T; i++) assert_in_range(batch.tokens[i], 0, LARGEST);
    for (int i = 0; i < 4 * T; i++) assert_in_range(batch.targets[i], 0, LARGEST);
    assert_int_equal(task_check_data(task), STATUS_CORRUPT);
    batch_destroy(&batch);
    task_close(&task);
    sample_close(&sample);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_share_or_files_of_their_own_are_held_out),
        cmocka_unit_test(every_type_gives_the_same_samples),
        cmocka_unit_test(shards_are_one_stream),
        cmocka_unit_test(the_vocabulary_ends_with_the_largest_id),
        cmocka_unit_test(an_id_beyond_it_is_refused_with_its_place),
        cmocka_unit_test(files_that_hold_no_ids_are_refused),
        cmocka_unit_test(without_files_the_option_is_named),
        cmocka_unit_test(the_record_names_size_sum_and_share),
        cmocka_unit_test(ids_that_come_later_are_bounded_and_found),
    };
    return cmocka_run_group_tests(tests, write_files, remove_files);
}
