/* What holds for every task: batches are pure functions of (seed, replica, step), in range, and
 * aligned with their targets. Made-up files stand in for
 * real ones. */
#include "task/trial.h"

#include "task/folder.h"

enum { SIZE = 4 };

/* At least one per row, small. */
static const char *const configurations[] = {
    "task.name: associative_recall",
    "task: {name: synthetic_lm, seq_len: 32}",
    "task: {name: text, corpus: story.txt, tokenizer: byte, seq_len: 16}",
    "task: {name: text, corpus: story.txt, tokenizer: word, vocab: 50, seq_len: 16}",
    "task: {name: tokens, files: ids.bin, seq_len: 16}",
    "task: {name: tokens, files: \"part_*.bin\", held_out_files: ids.bin, vocab: 900, seq_len: 16}",
    "task: {name: cifar10, image: 64, patch: 8}",
};
enum { CONFIGURATIONS = sizeof configurations / sizeof configurations[0] };

static int make_data(void **state) {
    (void)state;
    static char story[20000];
    static uint16_t ids[5000];
    for (size_t i = 0; i < sizeof ids / 2; i++) ids[i] = (uint16_t)(i * i % 887);
    folder_write("ids.bin", ids, sizeof ids);
    folder_write("part_2.bin", ids, 900);
    folder_write("part_10.bin", ids + 450, 4100);
    static unsigned char images[10000 * 3073];
    for (size_t i = 0; i < sizeof story; i++)
        story[i] = i % 97 == 96 ? '\n' : i % 7 == 6 ? ' ' : (char)('a' + i * i % 23);
    folder_write("story.txt", story, sizeof story);
    for (size_t i = 0; i < sizeof images; i++)
        images[i] = (unsigned char)(i % 3073 ? i * 2654435761u >> 7 : i / 3073 % 10);
    folder_write("cifar-10-batches-bin/data_batch_4.bin", images, sizeof images);
    folder_write("cifar-10-batches-bin/data_batch_5.bin", images, sizeof images);
    setenv("XDG_CACHE_HOME", folder_path(), 1);
    return setenv("KOOPSWEEP_DATA", folder_path(), 1);
}

static int remove_data(void **state) {
    (void)state;
    folder_remove();
    return 0;
}

/* A hash of all a batch holds. */
static uint64_t digest(const task_shape_t *shape, const batch_t *batch) {
    size_t inputs =
        (size_t)batch->size *
        (size_t)(shape->kind == TASK_TOKENS ? shape->seq_len : 3 * shape->image * shape->image);
    size_t targets = (size_t)batch->size *
                     (size_t)(shape->kind == TASK_TOKENS && !shape->loss_last ? shape->seq_len : 1);
    const void *input = batch->tokens ? (void *)batch->tokens : (void *)batch->images;
    uint64_t hash = 0;
    for (size_t i = 0; i < inputs; i++) hash = hash * 31 + ((const uint32_t *)input)[i];
    for (size_t i = 0; i < targets; i++) hash = hash * 31 + (uint32_t)batch->targets[i];
    return hash;
}

static uint64_t train_digest(const char *options, size_t replica, int64_t before, int64_t step) {
    sample_t sample = sample_open(options, replica);
    task_shape_t shape;
    batch_t batch;
    task_t *task = sample_task(&sample, &shape);
    assert_int_equal(batch_create(&shape, SIZE, &batch), STATUS_OK);
    if (before >= 0) task_row(task)->train(task, before, &batch);
    task_row(task)->train(task, step, &batch);
    uint64_t hash = digest(&shape, &batch);
    batch_destroy(&batch);
    task_close(&task);
    sample_close(&sample);
    return hash;
}

static void a_step_does_not_depend_on_steps_before(void **state) {
    (void)state;
    for (int i = 0; i < CONFIGURATIONS; i++)
        assert_int_equal(train_digest(configurations[i], 0, -1, 7000),
                         train_digest(configurations[i], 0, 3, 7000));
}

static void steps_differ(void **state) {
    (void)state;
    for (int i = 0; i < CONFIGURATIONS; i++)
        assert_true(train_digest(configurations[i], 0, -1, 0) !=
                    train_digest(configurations[i], 0, -1, 1));
}

static void replicas_differ(void **state) {
    (void)state;
    for (int i = 0; i < CONFIGURATIONS; i++)
        assert_true(train_digest(configurations[i], 0, -1, 0) !=
                    train_digest(configurations[i], 1, -1, 0));
}

static uint64_t valid_digest(const char *options, size_t replica, int64_t first, int size) {
    sample_t sample = sample_open(options, replica);
    task_shape_t shape;
    batch_t batch;
    task_t *task = sample_task(&sample, &shape);
    assert_int_equal(batch_create(&shape, size, &batch), STATUS_OK);
    assert_in_range(first + size, 1, task_row(task)->valid_count(task));
    task_row(task)->valid(task, first, &batch);
    uint64_t hash = digest(&shape, &batch);
    batch_destroy(&batch);
    task_close(&task);
    sample_close(&sample);
    return hash;
}

static void held_out_samples_are_the_same_for_all_replicas(void **state) {
    (void)state;
    for (int i = 0; i < CONFIGURATIONS; i++) {
        assert_int_equal(valid_digest(configurations[i], 0, 2, SIZE),
                         valid_digest(configurations[i], 2, 2, SIZE));
        assert_true(valid_digest(configurations[i], 0, 2, SIZE) !=
                    valid_digest(configurations[i], 0, 3, SIZE));
    }
}

/* The last sample is a whole one; with sanitizers this also proves that nothing behind it is read.
 */
static void the_last_held_out_sample_is_there(void **state) {
    (void)state;
    for (int i = 0; i < CONFIGURATIONS; i++) {
        sample_t sample = sample_open(configurations[i], 0);
        task_shape_t shape;
        task_t *task = sample_task(&sample, &shape);
        int64_t count = task_row(task)->valid_count(task);
        task_close(&task);
        sample_close(&sample);
        valid_digest(configurations[i], 0, count - 1, 1);
    }
}

static void assert_in_vocabulary(const task_shape_t *shape, const batch_t *batch) {
    int length = shape->kind == TASK_TOKENS ? shape->seq_len : 0;
    int targets = shape->loss_last ? 1 : length;
    for (int i = 0; i < SIZE * length; i++) assert_in_range(batch->tokens[i], 0, shape->vocab - 1);
    for (int i = 0; i < SIZE * targets; i++)
        assert_in_range(batch->targets[i], 0, shape->vocab - 1);
}

static void tokens_and_targets_are_in_the_vocabulary(void **state) {
    (void)state;
    for (int i = 0; i < CONFIGURATIONS; i++) {
        sample_t sample = sample_open(configurations[i], 0);
        task_shape_t shape;
        batch_t batch;
        task_t *task = sample_task(&sample, &shape);
        assert_int_equal(batch_create(&shape, SIZE, &batch), STATUS_OK);
        for (int step = 0; step < 20; step++) {
            task_row(task)->train(task, step, &batch);
            assert_in_vocabulary(&shape, &batch);
        }
        batch_destroy(&batch);
        task_close(&task);
        sample_close(&sample);
    }
}

static void every_row_has_a_configuration_here_and_a_line_of_documentation(void **state) {
    (void)state;
    for (int row = 0; task_rows[row]; row++) {
        int found = 0;
        for (int i = 0; i < CONFIGURATIONS; i++)
            found |= strstr(configurations[i], task_rows[row]->name) != NULL;
        assert_true(found);
        assert_true(strlen(task_rows[row]->doc) > 10);
        assert_ptr_equal(task_find(task_names()[row]), task_rows[row]);
    }
    assert_null(task_find("nonsense"));
}

static void defaults_are_the_published_ones(void **state) {
    (void)state;
    static const struct {
        const char *options;
        int seq_len, vocab, loss_last;
    } published[] = {{"task.name: associative_recall", 64, 256, 1},
                     {"task.name: synthetic_lm", 256, 10000, 0},
                     {"task: {name: text, tokenizer: gpt2}", 64, 50257, 0},
                     {"task: {name: text, tokenizer: byte}", 64, 256, 0}};
    for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
        sample_t sample = sample_open(published[i].options, 0);
        const task_row_t *row;
        task_shape_t shape;
        assert_int_equal(task_describe(sample.trial->config, &row, &shape), STATUS_OK);
        assert_int_equal(shape.seq_len, published[i].seq_len);
        assert_int_equal(shape.vocab, published[i].vocab);
        assert_int_equal(shape.loss_last, published[i].loss_last);
        sample_close(&sample);
    }
}

static void missing_data_directory_says_how_to_name_one(void **state) {
    (void)state;
    unsetenv("KOOPSWEEP_DATA");
    assert_refused("task.name: cifar10", STATUS_SPEC, "set task.data_dir in the sweep file");
    assert_refused("task.name: text", STATUS_SPEC, "KOOPSWEEP_DATA");
    setenv("KOOPSWEEP_DATA", folder_path(), 1);
}

/* task.data_dir wins over the environment. */
static void data_directory_of_the_spec_is_used(void **state) {
    (void)state;
    assert_refused("task: {name: text, corpus: story.txt, data_dir: /nowhere}", STATUS_CORRUPT,
                   "/nowhere/story.txt");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_does_not_depend_on_steps_before),
        cmocka_unit_test(steps_differ),
        cmocka_unit_test(replicas_differ),
        cmocka_unit_test(held_out_samples_are_the_same_for_all_replicas),
        cmocka_unit_test(the_last_held_out_sample_is_there),
        cmocka_unit_test(tokens_and_targets_are_in_the_vocabulary),
        cmocka_unit_test(every_row_has_a_configuration_here_and_a_line_of_documentation),
        cmocka_unit_test(defaults_are_the_published_ones),
        cmocka_unit_test(missing_data_directory_says_how_to_name_one),
        cmocka_unit_test(data_directory_of_the_spec_is_used),
    };
    return cmocka_run_group_tests(tests, make_data, remove_data);
}
