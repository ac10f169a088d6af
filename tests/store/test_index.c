/* The index saves time and never changes what is read: with it, without it, with a damaged one or
 * one that is behind, the table is that of the files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <hdf5_hl.h>
#include <math.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/disk.h"
#include "store/capture.h"
#include "store/index.h"
#include "store/sample_run.h"
#include "store/segment.h"

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

static frame_t load(void) {
    frame_t frame = {0};
    if (store_load(run.dir, run.plan, &frame) != STATUS_OK) fail_msg("%s", status_message());
    return frame;
}

static const char *text_at(const frame_t *frame, const char *column, size_t row) {
    const frame_column_t *found = frame_find(frame, column);
    return found && found->text ? found->text[row] : "(no column)";
}

static double number_at(const frame_t *frame, const char *column, size_t row) {
    const frame_column_t *found = frame_find(frame, column);
    return found && found->number ? found->number[row] : -12345;
}

static int is_same_frame(const frame_t *a, const frame_t *b) {
    if (a->rows != b->rows || a->column_count != b->column_count) return 0;
    for (size_t c = 0; c < a->column_count; c++) {
        const frame_column_t *x = &a->columns[c], *y = &b->columns[c];
        if (strcmp(x->name, y->name) != 0 || !x->text != !y->text) return 0;
        for (size_t row = 0; row < a->rows; row++)
            if (x->text ? strcmp(x->text[row], y->text[row]) != 0
                        : memcmp(&x->number[row], &y->number[row], sizeof(double)) != 0)
                return 0;
    }
    return 1;
}

/* The table read from the files alone. */
static frame_t load_from_files(void) {
    char aside[320];
    snprintf(aside, sizeof aside, "%s.aside", index_path);
    int has_index = rename(index_path, aside) == 0;
    frame_t frame = load();
    if (has_index) rename(aside, index_path);
    return frame;
}

static void expect_as_files(void) {
    frame_t with = load(), without = load_from_files();
    assert_true(is_same_frame(&with, &without));
    frame_clear(&with);
    frame_clear(&without);
}

static void a_fresh_run_is_all_pending(void **state) {
    (void)state;
    frame_t frame = load();
    assert_int_equal(frame.rows, 12);
    for (size_t row = 0; row < frame.rows; row++) {
        assert_string_equal(text_at(&frame, "id", row), plan_trial(run.plan, row)->id);
        assert_string_equal(text_at(&frame, "state", row), "PENDING");
        assert_true(number_at(&frame, "replica", row) == (double)(row % 2));
        assert_true(isnan(number_at(&frame, "outcome/loss_first", row)));
        assert_string_equal(text_at(&frame, "outcome/trigger", row), "");
    }
    assert_string_equal(text_at(&frame, "model.norm", 4), "none");
    assert_true(number_at(&frame, "train.lr", 2) == 0.01);
    frame_clear(&frame);
}

static void rows_hold_the_scalars_of_the_files(void **state) {
    (void)state;
    const trial_t *trial = plan_trial(run.plan, 7);
    assert_int_equal(sample_write(&run, trial), STATUS_OK);
    record_t record = sample_record(trial);
    frame_t frame = load();
    assert_string_equal(text_at(&frame, "state", 7), "DIVERGED");
    assert_string_equal(text_at(&frame, "outcome/trigger", 7), "not_finite");
    assert_true(number_at(&frame, "outcome/diverged", 7) == 1);
    assert_true(number_at(&frame, "outcome/loss_first", 7) ==
                *(double *)record_find(&record, "outcome/loss_first")->data);
    assert_string_equal(text_at(&frame, "state", 6), "PENDING");
    frame_clear(&frame);
    record_clear(&record);
}

static void the_index_gives_the_same_table(void **state) {
    (void)state;
    for (size_t i = 0; i < 9; i++)
        assert_int_equal(sample_write(&run, plan_trial(run.plan, i)), STATUS_OK);
    assert_int_equal(store_write_index(run.dir, run.plan, NULL), STATUS_OK);
    expect_as_files();
    assert_int_equal(store_write_index(run.dir, run.plan, NULL), STATUS_OK); /* from an index */
    expect_as_files();
}

static status_t weigh_by_row(const char *run_dir, const plan_t *plan, frame_t *trials) {
    (void)run_dir, (void)plan;
    for (size_t row = 0; row < trials->rows; row++)
        frame_numbers(trials, "order/inclusion")[row] = 1 / (1.0 + (double)row);
    return STATUS_OK;
}

static status_t weigh_nothing(const char *run_dir, const plan_t *plan, frame_t *trials) {
    (void)run_dir, (void)plan, (void)trials;
    return status_fail(STATUS_INCOMPLETE, "it is being screened");
}

static void read_chances(const char *path, double chances[12]) {
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(file >= 0);
    assert_true(H5LTread_dataset_double(file, "order/inclusion", chances) >= 0);
    H5Fclose(file);
}

static void the_table_has_the_chances_that_the_sweep_knows(void **state) {
    (void)state;
    size_t merged;
    double chances[2][12];
    char path[320];
    snprintf(path, sizeof path, "%s/all.h5", run.dir);
    assert_int_equal(sample_write(&run, plan_trial(run.plan, 3)), STATUS_OK);
    assert_int_equal(store_write_index(run.dir, run.plan, weigh_by_row), STATUS_OK);
    read_chances(index_path, chances[0]);
    assert_int_equal(store_merge(run.dir, run.plan, weigh_by_row, path, &merged), STATUS_OK);
    read_chances(path, chances[1]);
    for (int row = 0; row < 12; row++)
        assert_true(chances[0][row] == 1 / (1.0 + row) && chances[1][row] == chances[0][row]);
    expect_as_files(); /* who reads the index weighs anew */
}

static void chances_that_nobody_knows_are_nan(void **state) {
    (void)state;
    store_weigher_t *const weighers[] = {NULL, weigh_nothing};
    for (int i = 0; i < 2; i++) {
        double chances[12];
        assert_int_equal(store_write_index(run.dir, run.plan, weighers[i]), STATUS_OK);
        read_chances(index_path, chances);
        for (int row = 0; row < 12; row++) assert_true(isnan(chances[row]));
    }
}

/* Nine of ten options never vary. What readers see: the column, whole. */
static void what_is_the_same_for_all_trials_stands_there_once(void **state) {
    (void)state;
    double rates[12], steps[12];
    sample_write_all(&run);
    assert_int_equal(store_write_index(run.dir, run.plan, NULL), STATUS_OK);
    hid_t file = H5Fopen(index_path, H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t varied = H5Dopen2(file, "config/train.lr", H5P_DEFAULT);
    hid_t constant = H5Dopen2(file, "config/train.steps", H5P_DEFAULT);
    assert_true(H5Dget_storage_size(varied) >= sizeof rates);
    assert_int_equal(H5Dget_storage_size(constant), 0);
    assert_true(H5LTread_dataset_double(file, "config/train.lr", rates) >= 0);
    assert_true(H5LTread_dataset_double(file, "config/train.steps", steps) >= 0);
    H5Dclose(varied);
    H5Dclose(constant);
    H5Fclose(file);
    for (size_t i = 0; i < 12; i++) {
        const config_t *config = plan_trial(run.plan, i)->config;
        assert_true(rates[i] == config_number(config, "train.lr"));
        assert_true(steps[i] == config_number(config, "train.steps"));
    }
}

/* What a table says after the file of trial `row` was cut or overwritten behind the index's back.
 */
static void expect_noticed(size_t row, const char *reason) {
    capture_begin();
    frame_t frame = load();
    const char *said = capture_end();
    if (!strstr(said, plan_trial(run.plan, row)->id) || !strstr(said, reason))
        fail_msg("no \"%s\" in: %s", reason, said);
    assert_string_equal(text_at(&frame, "state", row), "PENDING");
    assert_true(isnan(number_at(&frame, "outcome/loss_first", row)));
    frame_clear(&frame);
}

static void overwrite(const char *path, long offset, const char *bytes) {
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, offset, SEEK_SET), 0);
    assert_true(fputs(bytes, file) >= 0 && fclose(file) == 0);
}

static void open_with_index(void) {
    sample_write_all(&run);
    assert_int_equal(store_write_index(run.dir, run.plan, NULL), STATUS_OK);
}

static void a_file_cut_behind_the_index_is_noticed(void **state) {
    (void)state;
    open_with_index();
    assert_int_equal(truncate(sample_path(&run, plan_trial(run.plan, 3)->id), 5000), 0);
    expect_noticed(3, "damaged: it has 5000 bytes where");
}

static void a_file_overwritten_behind_the_index_is_noticed(void **state) {
    (void)state;
    open_with_index();
    usleep(20000); /* time stamps have ticks */
    overwrite(sample_path(&run, plan_trial(run.plan, 5)->id), 8000, "something else");
    expect_noticed(5, "damaged: its bytes do not match its checksum");
}

/* With the time stamp that it had. */
static void another_trials_file_is_noticed(void **state) {
    (void)state;
    char command[1200], to[512];
    open_with_index();
    snprintf(to, sizeof to, "%s", sample_path(&run, plan_trial(run.plan, 2)->id));
    snprintf(command, sizeof command, "cp -p '%s' '%s'",
             sample_path(&run, plan_trial(run.plan, 1)->id), to);
    assert_int_equal(system(command), 0);
    expect_noticed(2, "damaged: it is the file of trial");
}

static void a_segment_cut_behind_the_index_is_noticed(void **state) {
    (void)state;
    char path[512];
    struct stat about;
    sample_write_all(&run);
    assert_int_equal(store_pack_all(run.dir, 0), STATUS_OK);
    assert_int_equal(store_write_index(run.dir, run.plan, NULL), STATUS_OK);
    snprintf(path, sizeof path, "%s/segments/000001.segment", run.dir);
    stat(path, &about);
    assert_int_equal(truncate(path, about.st_size - 1), 0);
    utimensat(AT_FDCWD, path, (struct timespec[]){about.st_mtim, about.st_mtim}, 0);
    frame_t frame = load();
    size_t pending = 0;
    for (size_t row = 0; row < frame.rows; row++)
        pending += strcmp(text_at(&frame, "state", row), "PENDING") == 0;
    assert_int_equal(pending, 1); /* the last in it */
    frame_clear(&frame);
}

static void a_segment_overwritten_behind_the_index_is_noticed(void **state) {
    (void)state;
    char path[512];
    sample_write_all(&run);
    assert_int_equal(store_pack_all(run.dir, 0), STATUS_OK);
    assert_int_equal(store_write_index(run.dir, run.plan, NULL), STATUS_OK);
    snprintf(path, sizeof path, "%s/segments/000001.segment", run.dir);
    usleep(20000);
    overwrite(path, 20000, "#");
    frame_t frame = load();
    size_t pending = 0;
    for (size_t row = 0; row < frame.rows; row++)
        pending += strcmp(text_at(&frame, "state", row), "PENDING") == 0;
    assert_int_equal(pending, 1);
    frame_clear(&frame);
}

static void what_changed_after_the_index_is_seen(void **state) {
    (void)state;
    for (size_t i = 0; i < 9; i++)
        assert_int_equal(sample_write(&run, plan_trial(run.plan, i)), STATUS_OK);
    assert_int_equal(store_write_index(run.dir, run.plan, NULL), STATUS_OK);
    record_t other = {0};
    record_put_f64(&other, "outcome/loss_first", 77);
    assert_int_equal(store_write_trial(run.dir, plan_trial(run.plan, 3), "COMPLETED", &other),
                     STATUS_OK);
    assert_int_equal(sample_write(&run, plan_trial(run.plan, 10)), STATUS_OK);
    assert_int_equal(unlink(sample_path(&run, plan_trial(run.plan, 5)->id)), 0);
    frame_t frame = load();
    assert_true(number_at(&frame, "outcome/loss_first", 3) == 77);
    assert_string_equal(text_at(&frame, "outcome/trigger", 3), ""); /* nothing of the old row */
    assert_string_equal(text_at(&frame, "state", 10), "COMPLETED");
    assert_string_equal(text_at(&frame, "state", 5), "PENDING");
    frame_clear(&frame);
    record_clear(&other);
    expect_as_files();
}

/* A change right after the index was written, with the time stamp of the folder as it was then. */
static void a_change_within_one_tick_is_seen(void **state) {
    (void)state;
    sample_write_all(&run);
    const trial_t *trial = plan_trial(run.plan, 3);
    char folder[300];
    struct stat about;
    snprintf(folder, sizeof folder, "%s/trials/%.2s", run.dir, trial->id);
    assert_int_equal(store_write_index(run.dir, run.plan, NULL), STATUS_OK);
    stat(folder, &about);
    record_t other = {0};
    record_put_f64(&other, "outcome/loss_first", 78);
    assert_int_equal(store_write_trial(run.dir, trial, "COMPLETED", &other), STATUS_OK);
    utimensat(AT_FDCWD, folder, (struct timespec[]){about.st_mtim, about.st_mtim}, 0);
    frame_t frame = load();
    assert_true(number_at(&frame, "outcome/loss_first", 3) == 78);
    frame_clear(&frame);
    record_clear(&other);
}

static void a_damaged_index_costs_a_warning(void **state) {
    (void)state;
    sample_write_all(&run);
    frame_t before = load();
    assert_int_equal(store_write_index(run.dir, run.plan, NULL), STATUS_OK);
    bytes_t file = {0};
    assert_int_equal(disk_read(index_path, &file), STATUS_OK);
    for (size_t at = 0; at < file.size; at += 211) {
        file.at[at] ^= 0x10;
        assert_int_equal(disk_replace(index_path, &file), STATUS_OK);
        file.at[at] ^= 0x10;
        capture_begin();
        frame_t after = load();
        const char *said = capture_end();
        if (!strstr(said, "sweep.h5") || !strstr(said, "reading the trial files instead"))
            fail_msg("byte %zu: %s", at, said);
        assert_true(is_same_frame(&before, &after));
        frame_clear(&after);
    }
    bytes_free(&file);
    frame_clear(&before);
}

static void the_index_of_another_plan_is_not_used(void **state) {
    (void)state;
    sample_run_t other;
    char command[700];
    sample_write_all(&run);
    assert_int_equal(store_write_index(run.dir, run.plan, NULL), STATUS_OK);
    sample_open(&other, "name: sample\naxes: {product: {train.lr: [0.001, 0.01]}}\n");
    snprintf(command, sizeof command, "cp '%s' '%s'", index_path, other.dir);
    assert_int_equal(system(command), 0);
    frame_t frame = {0};
    assert_int_equal(store_load(other.dir, other.plan, &frame), STATUS_OK);
    assert_int_equal(frame.rows, 2);
    assert_string_equal(text_at(&frame, "state", 0), "PENDING");
    frame_clear(&frame);
    sample_close(&other);
}

static void a_damaged_trial_file_is_pending_with_a_warning(void **state) {
    (void)state;
    sample_write_all(&run);
    assert_int_equal(truncate(sample_path(&run, plan_trial(run.plan, 2)->id), 1000), 0);
    capture_begin();
    frame_t frame = load();
    const char *said = capture_end();
    assert_non_null(strstr(said, plan_trial(run.plan, 2)->id));
    assert_string_equal(text_at(&frame, "state", 2), "PENDING");
    assert_string_equal(text_at(&frame, "state", 1), "DIVERGED");
    frame_clear(&frame);
}

/* Of this process: on a busy machine the wall clock says little. */
static double cpu_seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Segments of trials 0 .. count-1 that hold their lists and little else. */
static void write_segments(const sample_run_t *large, size_t count, const table_t *table) {
    static seal_t seals[SEGMENT_TRIALS];
    static bytes_t files[SEGMENT_TRIALS], segment;
    static unsigned char byte;
    char path[PATH_MAX];
    assert_int_equal(disk_make_folder(path_segments(large->dir, path)), STATUS_OK);
    for (size_t first = 0; first < count; first += SEGMENT_TRIALS) {
        size_t n = count - first < SEGMENT_TRIALS ? count - first : SEGMENT_TRIALS;
        for (size_t i = 0; i < n; i++) {
            files[i] = (bytes_t){&byte, 1};
            seals[i] = (seal_t){.state = "COMPLETED", .checksum = table->checksum[first + i]};
            strcpy(seals[i].name, plan_trial(large->plan, first + i)->id);
        }
        assert_int_equal(segment_encode(files, seals, n, &segment), STATUS_OK);
        path_segment(large->dir, (int)(first / SEGMENT_TRIALS) + 1, path);
        assert_int_equal(disk_replace(path, &segment), STATUS_OK);
        bytes_free(&segment);
    }
}

/* 100 000 finished trials. The table is made in memory: it is the index that is timed, and the
 * lists of the segments. */
static void a_large_sweep_loads_at_once(void **state) {
    (void)state;
    enum { TRIALS = 100000 };
    sample_run_t large;
    char path[300];
    sample_open(&large,
                "name: large\nreplicas: 1000\n"
                "axes: {product: {model.layers: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],\n"
                "  train.lr: [1e-5, 1e-4, 1e-3, 2e-3, 3e-3, 4e-3, 5e-3, 6e-3, 7e-3, 1]}}\n");
    assert_int_equal(plan_count(large.plan), TRIALS);
    table_t table;
    assert_int_equal(table_create(large.plan, NULL, &table), STATUS_OK);
    frame_numbers(&table.frame, "order/inclusion");
    for (size_t row = 0; row < TRIALS; row++) {
        record_t record = sample_record(plan_trial(large.plan, row));
        table_set_row(&table, row, row % 3 ? "COMPLETED" : "DIVERGED", 1 + row, &record);
        record_clear(&record);
    }
    write_segments(&large, TRIALS, &table);
    table.scanned = clock_unix();
    snprintf(path, sizeof path, "%s/sweep.h5", large.dir);
    assert_int_equal(index_write(path, large.plan, &table), STATUS_OK);
    frame_t frame;
    double best = 1e9;
    for (int i = 0; i < 3; i++) {
        double start = cpu_seconds();
        assert_int_equal(store_load(large.dir, large.plan, &frame), STATUS_OK);
        double seconds = cpu_seconds() - start;
        if (seconds < best) best = seconds;
        frame_numbers(&frame, "order/inclusion"); /* is not read */
        assert_true(is_same_frame(&frame, &table.frame));
        frame_clear(&frame);
    }
    struct stat about;
    stat(path, &about);
    print_message("%d trials load in %.3f s of CPU time from an index of %.1f MB\n", TRIALS, best,
                  (double)about.st_size / 1e6);
#ifndef __SANITIZE_ADDRESS__
    if (!getenv("EMULATOR")) assert_true(best < 0.5); /* an emulated processor has no speed */
#endif
    table_destroy(&table);
    sample_close(&large);
}

#define INDEX_TEST(function) cmocka_unit_test_setup_teardown(function, open_run, close_run)

int main(void) {
    const struct CMUnitTest tests[] = {
        INDEX_TEST(a_fresh_run_is_all_pending),
        INDEX_TEST(rows_hold_the_scalars_of_the_files),
        INDEX_TEST(the_index_gives_the_same_table),
        INDEX_TEST(the_table_has_the_chances_that_the_sweep_knows),
        INDEX_TEST(chances_that_nobody_knows_are_nan),
        INDEX_TEST(what_is_the_same_for_all_trials_stands_there_once),
        INDEX_TEST(a_file_cut_behind_the_index_is_noticed),
        INDEX_TEST(a_file_overwritten_behind_the_index_is_noticed),
        INDEX_TEST(another_trials_file_is_noticed),
        INDEX_TEST(a_segment_cut_behind_the_index_is_noticed),
        INDEX_TEST(a_segment_overwritten_behind_the_index_is_noticed),
        INDEX_TEST(what_changed_after_the_index_is_seen),
        INDEX_TEST(a_change_within_one_tick_is_seen),
        INDEX_TEST(a_damaged_index_costs_a_warning),
        INDEX_TEST(the_index_of_another_plan_is_not_used),
        INDEX_TEST(a_damaged_trial_file_is_pending_with_a_warning),
        cmocka_unit_test(a_large_sweep_loads_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
