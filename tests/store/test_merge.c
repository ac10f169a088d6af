/* A merged file holds every array of every trial, bit for bit, though they differ in what they have
 * and how much of it. Oracle: the records that were written, element by element. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <hdf5_hl.h>

#include "store/sample_run.h"
#include "store/schema.h"

static sample_run_t run;
static char merged_path[320];

/* Trial 4 has not ended, trial 5 was not probed, trials 6 .. 11 alone have a further series. */
enum { PENDING = 4, UNPROBED = 5, FIRST_WITH_Z = 6 };

static void put(record_t *record, const char *path, record_type_t type, int rank,
                const size_t *shape, double seed) {
    double x[4096];
    int64_t k[4096];
    size_t count = 1;
    for (int axis = 0; axis < rank; axis++) count *= shape[axis];
    assert_true(count <= 4096);
    for (size_t i = 0; i < count; i++)
        x[i] = seed + (double)i / 64, k[i] = (int64_t)(10 * seed) - i;
    record_put(record, path, type, rank, shape, type == RECORD_F64 ? (void *)x : (void *)k);
}

static record_t record_of(const trial_t *trial) {
    record_t record = {0};
    size_t i = trial->index, steps = 3 + i % 4, layers = 1 + i % 3, modes = 5 - i % 2;
    put(&record, "series/step", RECORD_I64, 1, &steps, (double)i);
    put(&record, "series/loss", RECORD_F64, 1, &steps, (double)i);
    if (i >= FIRST_WITH_Z) put(&record, "series/z_loss", RECORD_F64, 1, &steps, (double)i);
    put(&record, "valid/step", RECORD_I64, 1, (size_t[]){0}, 0);
    record_put_i64(&record, "outcome/diverged", 0);
    if (i == UNPROBED) return record;
    put(&record, "rksp/step", RECORD_I64, 1, (size_t[]){2}, (double)i);
    put(&record, "rksp/rho", RECORD_F64, 2, (size_t[]){2, layers}, (double)i);
    put(&record, "rksp/rank", RECORD_I64, 2, (size_t[]){2, layers}, (double)i);
    put(&record, "rksp/lambda", RECORD_F64, 4, (size_t[]){2, layers, modes, 2}, (double)i);
    return record;
}

static int open_run(void **state) {
    (void)state;
    size_t merged;
    sample_open(&run, SAMPLE_SWEEP);
    for (size_t i = 0; i < plan_count(run.plan); i++) {
        if (i == PENDING) continue;
        record_t record = record_of(plan_trial(run.plan, i));
        if (store_write_trial(run.dir, plan_trial(run.plan, i), "COMPLETED", &record) != STATUS_OK)
            fail_msg("%s", status_message());
        record_clear(&record);
    }
    snprintf(merged_path, sizeof merged_path, "%s/all.h5", run.dir);
    if (store_merge(run.dir, run.plan, NULL, merged_path, &merged) != STATUS_OK)
        fail_msg("%s", status_message());
    return merged != 11;
}

static int close_run(void **state) {
    (void)state;
    sample_close(&run);
    return 0;
}

static int64_t column(hid_t file, const char *group, const char *name, size_t row) {
    int64_t values[12];
    char path[64];
    snprintf(path, sizeof path, "%s/%s", group, name);
    assert_true(H5LTread_dataset(file, path, H5T_NATIVE_INT64, values) >= 0);
    return values[row];
}

/* A merged array: all 8-byte elements, as bits. */
typedef struct whole {
    int rank;
    hsize_t shape[4];
    uint64_t bits[1 << 14];
} whole_t;

static void read_whole(hid_t file, const char *path, record_type_t type, whole_t *whole) {
    H5T_class_t class;
    size_t size;
    assert_true(H5LTget_dataset_ndims(file, path, &whole->rank) >= 0);
    assert_true(H5LTget_dataset_info(file, path, whole->shape, &class, &size) >= 0);
    assert_int_equal(class, type == RECORD_F64 ? H5T_FLOAT : H5T_INTEGER);
    hid_t memory = type == RECORD_F64 ? H5T_NATIVE_DOUBLE : H5T_NATIVE_INT64;
    assert_true(H5LTread_dataset(file, path, memory, whole->bits) >= 0);
}

/* Element `number` of the item, counted row by row, is where the trial's entries say. */
static void expect_element(const record_item_t *item, size_t number, hsize_t first,
                           const whole_t *whole) {
    size_t index[4], rest = number, at = 0;
    for (int axis = item->rank - 1; axis >= 0; axis--) {
        index[axis] = rest % item->shape[axis];
        rest /= item->shape[axis];
    }
    index[0] += first;
    for (int axis = 0; axis < item->rank; axis++) at = at * whole->shape[axis] + index[axis];
    if (whole->bits[at] != ((const uint64_t *)item->data)[number])
        fail_msg("%s: element %zu is not what was written", item->path, number);
}

static void every_element_is_there(void **state) {
    (void)state;
    static whole_t whole;
    hid_t file = H5Fopen(merged_path, H5F_ACC_RDONLY, H5P_DEFAULT);
    for (size_t row = 0; row < 12; row++) {
        record_t record = record_of(plan_trial(run.plan, row));
        for (size_t i = 0; row != PENDING && i < record.count; i++) {
            const record_item_t *item = &record.items[i];
            if (!item->rank) continue;
            const char *axis = trial_dimensions[schema_axis(schema_find(item->path), 0)].name;
            read_whole(file, item->path, item->type, &whole);
            assert_int_equal(column(file, "count", axis, row), item->shape[0]);
            hsize_t first = (hsize_t)column(file, "first", axis, row);
            for (size_t n = 0; n < record_item_count(item); n++)
                expect_element(item, n, first, &whole);
        }
        record_clear(&record);
    }
    H5Fclose(file);
}

static void entries_tell_their_trial(void **state) {
    (void)state;
    int64_t rows[64];
    size_t at = 0;
    hid_t file = H5Fopen(merged_path, H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(H5LTread_dataset(file, "trial_of_step", H5T_NATIVE_INT64, rows) >= 0);
    for (size_t row = 0; row < 12; row++)
        for (size_t i = 0; row != PENDING && i < 3 + row % 4; i++)
            assert_int_equal(rows[at++], row);
    assert_int_equal(column(file, "count", "step", PENDING), 0);
    assert_int_equal(column(file, "count", "probe", UNPROBED), 0);
    assert_int_equal(column(file, "count", "layer", 2), 3);
    H5Fclose(file);
}

/* Layers that a trial has not, and a series that it has not. */
static void what_is_missing_is_marked(void **state) {
    (void)state;
    static whole_t whole;
    double x;
    hid_t file = H5Fopen(merged_path, H5F_ACC_RDONLY, H5P_DEFAULT);
    read_whole(file, "rksp/rho", RECORD_F64, &whole);
    assert_int_equal(whole.shape[1], 3);
    memcpy(&x, &whole.bits[1], sizeof x); /* trial 0, of one layer */
    assert_true(isnan(x));
    read_whole(file, "rksp/rank", RECORD_I64, &whole);
    assert_true((int64_t)whole.bits[1] == INT64_MIN);
    read_whole(file, "series/z_loss", RECORD_F64, &whole);
    memcpy(&x, &whole.bits[0], sizeof x);
    assert_true(isnan(x));
    read_whole(file, "series/loss", RECORD_F64, &whole);
    hsize_t steps = whole.shape[0];
    read_whole(file, "series/z_loss", RECORD_F64, &whole);
    assert_int_equal(whole.shape[0], steps);
    H5Fclose(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_element_is_there),
        cmocka_unit_test(entries_tell_their_trial),
        cmocka_unit_test(what_is_missing_is_marked),
    };
    return cmocka_run_group_tests(tests, open_run, close_run);
}
