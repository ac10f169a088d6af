/* CIFAR-10: the real batches, and what is done about files that are not. */
#include "task/trial.h"

#include <math.h>
#include <unistd.h>

#include "task/folder.h"

enum { CLASSES = 10, RECORD = 3073, BATCH = 100, FILE_BYTES = 10000 * RECORD };

static int remove_folder(void **state) {
    (void)state;
    folder_remove();
    return 0;
}

/* The options for the data in FOLDER of the temporary folder. */
static const char *options(const char *folder, const char *more) {
    static char lines[512];
    snprintf(lines, sizeof lines, "task: {name: cifar10, data_dir: %s/%s%s}", folder_path(), folder,
             more);
    return lines;
}

/* Puts a link to a real file into FOLDER. */
static void link_real(const char *folder, const char *name) {
    char from[DATA_PATH_MAX], to[DATA_PATH_MAX], relative[128];
    snprintf(relative, sizeof relative, "cifar-10-batches-bin/%s", name);
    assert_int_equal(data_path(real_data(), relative, from), STATUS_OK);
    snprintf(relative, sizeof relative, "%s/cifar-10-batches-bin/readme", folder);
    folder_write(relative, "", 0); /* makes the folder */
    snprintf(to, sizeof to, "%s/%s/cifar-10-batches-bin/%s", folder_path(), folder, name);
    assert_int_equal(symlink(from, to), 0);
}

/* Counts the labels of one pass over the training images, or of all held-out images. */
static void count_labels(const char *lines, int is_training, int images, int labels[CLASSES]) {
    sample_t sample = sample_open(lines, 0);
    task_shape_t shape;
    batch_t batch;
    task_t *task = sample_task(&sample, &shape);
    memset(labels, 0, CLASSES * sizeof *labels);
    if (!is_training) assert_int_equal(task_row(task)->valid_count(task), images);
    for (int first = 0; first < images; first += BATCH) {
        int size = images - first < BATCH ? images - first : BATCH;
        assert_int_equal(batch_create(&shape, size, &batch), STATUS_OK);
        if (is_training)
            task_row(task)->train(task, first / BATCH, &batch);
        else
            task_row(task)->valid(task, first, &batch);
        for (int b = 0; b < size; b++) labels[batch.targets[b]]++;
        batch_destroy(&batch);
    }
    task_close(&task);
    sample_close(&sample);
}

/* Labels per class as counted when the files were collected. */
static const int batch_1[] = {1005, 974, 1032, 1016, 999, 937, 1030, 1001, 1025, 981};
static const int batch_2[] = {984, 1007, 1010, 995, 1010, 988, 1008, 1026, 987, 985};
static const int first_1017[] = {105, 93, 100, 104, 92, 87, 114, 102, 110, 110};

static void label_histograms_of_the_real_files(void **state) {
    (void)state;
    int labels[CLASSES];
    link_real("real", "data_batch_1.bin");
    link_real("real", "data_batch_2.bin");
    link_real("real", "test_batch.first1017.bin");
    count_labels(options("real", ""), 1, 20000, labels);
    for (int c = 0; c < CLASSES; c++) assert_int_equal(labels[c], batch_1[c] + batch_2[c]);
    count_labels(options("real", ""), 0, 1017, labels);
    assert_memory_equal(labels, first_1017, sizeof labels);
}

static void without_a_test_file_the_last_training_file_is_held_out(void **state) {
    (void)state;
    int labels[CLASSES];
    link_real("two", "data_batch_1.bin");
    link_real("two", "data_batch_2.bin");
    count_labels(options("two", ""), 1, 10000, labels);
    assert_memory_equal(labels, batch_1, sizeof labels);
    count_labels(options("two", ""), 0, 10000, labels);
    assert_memory_equal(labels, batch_2, sizeof labels);
}

/* Over 10000 images every standardised channel has mean 0 and deviation 1 within a hundredth or so.
 */
static void channels_are_standardised(void **state) {
    (void)state;
    link_real("channels", "data_batch_1.bin");
    link_real("channels", "data_batch_2.bin");
    sample_t sample = sample_open(options("channels", ""), 0);
    task_shape_t shape;
    batch_t batch;
    double sum[3] = {0}, squares[3] = {0};
    task_t *task = sample_task(&sample, &shape);
    assert_int_equal(batch_create(&shape, 10000, &batch), STATUS_OK);
    task_row(task)->valid(task, 0, &batch);
    for (size_t i = 0; i < 10000u * 3072; i++) {
        sum[i / 1024 % 3] += batch.images[i];
        squares[i / 1024 % 3] += batch.images[i] * batch.images[i];
    }
    for (int c = 0; c < 3; c++) {
        double mean = sum[c] / 10240000, deviation = sqrt(squares[c] / 10240000 - mean * mean);
        assert_true(fabs(mean) < 0.03);
        assert_true(fabs(deviation - 1) < 0.03);
    }
    batch_destroy(&batch);
    task_close(&task);
    sample_close(&sample);
}

/* -- made-up files: sparse, all pixels and labels zero ------------------------------------- */

static void make_file(const char *folder, const char *name, off_t size) {
    char path[256];
    snprintf(path, sizeof path, "%s/cifar-10-batches-bin/%s", folder, name);
    assert_int_equal(truncate(folder_write(path, "", 0), size), 0);
}

static void crop_and_flip_are_options_of_training_alone(void **state) {
    (void)state;
    static const struct {
        const char *more;
        int is_changed;
    } cases[] = {{", crop: false, flip: false", 0}, {"", 1}};
    unsigned char *images = calloc(FILE_BYTES, 1);
    for (int i = 0; i < FILE_BYTES; i++) images[i] = (unsigned char)(i % RECORD % 10);
    folder_write("equal/cifar-10-batches-bin/data_batch_3.bin", images, FILE_BYTES);
    folder_write("equal/cifar-10-batches-bin/data_batch_4.bin", images, FILE_BYTES);
    free(images); /* every record is the same, so only the view can change the pixels */
    for (int i = 0; i < 2; i++) {
        sample_t sample = sample_open(options("equal", cases[i].more), 0);
        task_shape_t shape;
        batch_t batch, held_out;
        task_t *task = sample_task(&sample, &shape);
        assert_int_equal(batch_create(&shape, 1, &batch), STATUS_OK);
        assert_int_equal(batch_create(&shape, 1, &held_out), STATUS_OK);
        task_row(task)->valid(task, 0, &held_out);
        int changed = 0;
        for (int step = 0; step < 50; step++) {
            task_row(task)->train(task, step, &batch);
            changed |= memcmp(batch.images, held_out.images, 3072 * sizeof(float)) != 0;
        }
        assert_int_equal(changed, cases[i].is_changed);
        batch_destroy(&batch);
        batch_destroy(&held_out);
        task_close(&task);
        sample_close(&sample);
    }
}

static void truncated_files_are_refused(void **state) {
    (void)state;
    make_file("cut", "data_batch_3.bin", FILE_BYTES - 1);
    assert_refused(options("cut", ""), STATUS_CORRUPT,
                   "data_batch_3.bin: is truncated or foreign: expected 30730000 bytes (10000 "
                   "records of 3073), found 30729999");
    make_file("cut", "data_batch_3.bin", FILE_BYTES);
    make_file("cut", "test_batch.bin", 5000 * RECORD);
    assert_refused(options("cut", ""), STATUS_CORRUPT, "test_batch.bin: is truncated");
    make_file("cut", "test_batch.bin", 0);
    assert_refused(options("cut", ""), STATUS_CORRUPT, "found 0");
}

static void foreign_files_are_refused(void **state) {
    (void)state;
    make_file("foreign", "data_batch_1.bin", FILE_BYTES);
    assert_refused(options("foreign", ""), STATUS_CORRUPT, "expected checksum 6232aab072393c97");
    unsigned char *images = calloc(FILE_BYTES, 1);
    images[4321 * RECORD] = 10;
    folder_write("labels/cifar-10-batches-bin/data_batch_5.bin", images, FILE_BYTES);
    free(images);
    assert_refused(options("labels", ""), STATUS_CORRUPT, "record 4321 has label 10");
}

static void missing_files_are_named(void **state) {
    (void)state;
    assert_refused(options("nowhere", ""), STATUS_CORRUPT, "none of data_batch_1.bin");
    make_file("single", "data_batch_3.bin", FILE_BYTES);
    assert_refused(options("single", ""), STATUS_CORRUPT, "nor a second training file");
}

static void patches_must_fit(void **state) {
    (void)state;
    assert_refused("task: {name: cifar10, image: 224, patch: 15}", STATUS_SPEC,
                   "15 does not divide task.image 224");
    assert_refused("task: {name: cifar10, vocab: 10}", STATUS_SPEC, "leave them 0");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(label_histograms_of_the_real_files),
        cmocka_unit_test(without_a_test_file_the_last_training_file_is_held_out),
        cmocka_unit_test(channels_are_standardised),
        cmocka_unit_test(crop_and_flip_are_options_of_training_alone),
        cmocka_unit_test(truncated_files_are_refused),
        cmocka_unit_test(foreign_files_are_refused),
        cmocka_unit_test(missing_files_are_named),
        cmocka_unit_test(patches_must_fit),
    };
    return cmocka_run_group_tests(tests, NULL, remove_folder);
}
