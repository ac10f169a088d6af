/* The types of the columns of sweep.h5 and of merged files, as other programs see them, and that
 * ours reads each of them back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <hdf5_hl.h>
#include <math.h>

#include "base/disk.h"
#include "store/sample_run.h"
#include "store/seal.h"

static sample_run_t run;
static char index_path[300];

static int open_run(void **state) {
    (void)state;
    sample_open(&run, SAMPLE_SWEEP);
    snprintf(index_path, sizeof index_path, "%s/sweep.h5", run.dir);
    return 0;
}

static int close_run(void **state) {
    (void)state;
    sample_close(&run);
    return 0;
}

/* What the table, read with the index, says of outcome/diverged. */
static void expect_diverged(const double diverged[12]) {
    frame_t frame = {0};
    if (store_load(run.dir, run.plan, &frame) != STATUS_OK) fail_msg("%s", status_message());
    for (size_t row = 0; row < 12; row++) {
        double found = frame_find(&frame, "outcome/diverged")->number[row];
        assert_true(found == diverged[row] || (isnan(found) && isnan(diverged[row])));
    }
    frame_clear(&frame);
}

/* As h5py, and pandas after it, see a column. */
static H5T_class_t class_of(const char *path, const char *column) {
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t dataset = H5Dopen2(file, column, H5P_DEFAULT), type = H5Dget_type(dataset);
    assert_true(type >= 0 && (H5Tget_class(type) == H5T_STRING || H5Tget_size(type) == 8));
    H5T_class_t class = H5Tget_class(type);
    H5Tclose(type);
    H5Dclose(dataset);
    H5Fclose(file);
    return class;
}

/* Whether they are the same for all trials, and stored once, or not. */
static void integers_are_integers_and_texts_are_texts(void **state) {
    (void)state;
    char path[320];
    size_t merged;
    sample_write_all(&run);
    snprintf(path, sizeof path, "%s/all.h5", run.dir);
    assert_int_equal(store_write_index(run.dir, run.plan, NULL), STATUS_OK);
    assert_int_equal(store_merge(run.dir, run.plan, NULL, path, &merged), STATUS_OK);
    const char *const files[] = {index_path, path};
    for (int i = 0; i < 2; i++) {
        int64_t diverged[12], steps[12];
        assert_int_equal(class_of(files[i], "replica"), H5T_INTEGER);
        assert_int_equal(class_of(files[i], "outcome/diverged"), H5T_INTEGER);
        assert_int_equal(class_of(files[i], "config/train.steps"), H5T_INTEGER);
        assert_int_equal(class_of(files[i], "config/model.bias"), H5T_INTEGER);
        assert_int_equal(class_of(files[i], "config/train.lr"), H5T_FLOAT);
        assert_int_equal(class_of(files[i], "outcome/seconds"), H5T_FLOAT); /* 1.5 for all */
        assert_int_equal(class_of(files[i], "config/model.norm"), H5T_STRING);
        assert_int_equal(class_of(files[i], "outcome/host"), H5T_STRING); /* the same for all */
        hid_t file = H5Fopen(files[i], H5F_ACC_RDONLY, H5P_DEFAULT);
        assert_true(H5LTread_dataset(file, "outcome/diverged", H5T_NATIVE_INT64, diverged) >= 0 &&
                    H5LTread_dataset(file, "config/train.steps", H5T_NATIVE_INT64, steps) >= 0);
        H5Fclose(file);
        for (size_t row = 0; row < 12; row++) {
            assert_int_equal(diverged[row], row % 2);
            assert_int_equal(steps[row],
                             config_number(plan_trial(run.plan, row)->config, "train.steps"));
        }
    }
    expect_diverged((const double[12]){0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1});
}

/* No number stands for "none": it would be part of the mean of the rest. */
static void a_trial_without_an_integer_has_nan_for_it(void **state) {
    (void)state;
    double diverged[12];
    for (size_t i = 0; i < 11; i++)
        assert_int_equal(sample_write(&run, plan_trial(run.plan, i)), STATUS_OK);
    assert_int_equal(store_write_index(run.dir, run.plan, NULL), STATUS_OK);
    assert_int_equal(class_of(index_path, "outcome/diverged"), H5T_FLOAT);
    hid_t file = H5Fopen(index_path, H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(H5LTread_dataset_double(file, "outcome/diverged", diverged) >= 0);
    H5Fclose(file);
    for (int row = 0; row < 11; row++) assert_true(diverged[row] == row % 2);
    assert_true(isnan(diverged[11]));
    expect_diverged(diverged);
}

/* Older programs wrote every number as float64. */
static void an_index_of_older_programs_is_used(void **state) {
    (void)state;
    double diverged[12];
    bytes_t bytes = {0};
    seal_t seal;
    sample_write_all(&run);
    assert_int_equal(store_write_index(run.dir, run.plan, NULL), STATUS_OK);
    for (int row = 0; row < 12; row++) diverged[row] = 0.25 * row; /* whence they were read */
    hid_t file = H5Fopen(index_path, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(H5Ldelete(file, "outcome/diverged", H5P_DEFAULT) >= 0);
    assert_true(H5LTmake_dataset_double(file, "outcome/diverged", 1, &(hsize_t){12}, diverged) >=
                0);
    H5Fclose(file);
    assert_int_equal(disk_read(index_path, &bytes), STATUS_OK);
    assert_int_equal(seal_parse(bytes.at, &seal), STATUS_OK);
    seal_put(&bytes, "index", seal.name, "-");
    assert_int_equal(disk_replace(index_path, &bytes), STATUS_OK);
    bytes_free(&bytes);
    expect_diverged(diverged);
}

/* netCDF-C 4.9.3 and netCDF4 1.7.5 crash when they close a file in which a text has a fill value.
 */
static herr_t expect_no_fill(hid_t group, const char *path, const H5O_info_t *info, void *columns) {
    if (info->type != H5O_TYPE_DATASET) return 0;
    hid_t dataset = H5Dopen2(group, path, H5P_DEFAULT), type = H5Dget_type(dataset);
    hid_t creation = H5Dget_create_plist(dataset);
    H5D_fill_value_t fill;
    H5Pfill_value_defined(creation, &fill);
    int is_text = H5Tget_class(type) == H5T_STRING;
    *(int *)columns += is_text;
    if (is_text && fill == H5D_FILL_VALUE_USER_DEFINED) fail_msg("%s has a fill value", path);
    H5Pclose(creation);
    H5Tclose(type);
    H5Dclose(dataset);
    return 0;
}

static void texts_have_no_fill_value(void **state) {
    (void)state;
    int columns = 0;
    sample_write_all(&run);
    assert_int_equal(store_write_index(run.dir, run.plan, NULL), STATUS_OK);
    hid_t file = H5Fopen(index_path, H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(H5Ovisit(file, H5_INDEX_NAME, H5_ITER_INC, expect_no_fill, &columns) >= 0);
    H5Fclose(file);
    assert_true(columns > 8);
}

#define COLUMN_TEST(function) cmocka_unit_test_setup_teardown(function, open_run, close_run)

int main(void) {
    const struct CMUnitTest tests[] = {
        COLUMN_TEST(integers_are_integers_and_texts_are_texts),
        COLUMN_TEST(a_trial_without_an_integer_has_nan_for_it),
        COLUMN_TEST(an_index_of_older_programs_is_used),
        COLUMN_TEST(texts_have_no_fill_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
