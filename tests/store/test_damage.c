/* No damage to a trial's file goes unnoticed: not one changed byte, no lost end, no other file in
 * its place. A trial whose file is damaged counts as not run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "store/capture.h"
#include "store/sample_run.h"
#include "store/trial_file.h"

static sample_run_t run;
static const trial_t *trial;
static bytes_t whole; /* the file as written */

static int open_run(void **state) {
    (void)state;
    sample_open(&run, SAMPLE_SWEEP);
    trial = plan_trial(run.plan, 0);
    sample_write_all(&run);
    return disk_read(sample_path(&run, trial->id), &whole);
}

static int close_run(void **state) {
    (void)state;
    bytes_free(&whole);
    sample_close(&run);
    return 0;
}

static int is_refused(bytes_t *file) {
    seal_t seal;
    return seal_check(file, "trial", &seal) == STATUS_CORRUPT && *status_message();
}

/* Every byte of the file, with one random bit turned over. */
static void no_byte_is_uncovered(void **state) {
    (void)state;
    rng_t rng = rng_open(1, 0, "flips", 0);
    seal_t seal;
    assert_int_equal(seal_check(&whole, "trial", &seal), STATUS_OK);
    for (size_t i = 0; i < whole.size; i++) {
        unsigned char bit = (unsigned char)(1u << rng_below(&rng, 8));
        whole.at[i] ^= bit;
        if (!is_refused(&whole)) fail_msg("bit %d of byte %zu was not noticed", bit, i);
        whole.at[i] ^= bit;
    }
    assert_int_equal(seal_check(&whole, "trial", &seal), STATUS_OK);
}

/* Blocks that a file system lost: zeros, or another block's bytes, at any multiple of 512. */
static void no_lost_block_is_missed(void **state) {
    (void)state;
    unsigned char saved[512];
    for (size_t at = 0; at + 512 <= whole.size; at += 512) {
        const unsigned char *other = whole.at + (at + 1024 <= whole.size ? at + 512 : 0);
        memcpy(saved, whole.at + at, 512);
        if (memcmp(saved, other, 512) != 0) {
            memcpy(whole.at + at, other, 512);
            assert_true(is_refused(&whole));
        }
        memset(whole.at + at, 0, 512);
        assert_true(is_refused(&whole) || memcmp(saved, whole.at + at, 512) == 0);
        memcpy(whole.at + at, saved, 512);
    }
}

static void no_other_length_is_taken(void **state) {
    (void)state;
    bytes_t cut = {calloc(whole.size + 1, 1), 0};
    memcpy(cut.at, whole.at, whole.size);
    for (cut.size = 0; cut.size < whole.size; cut.size++) assert_true(is_refused(&cut));
    cut.size = whole.size + 1;
    assert_true(is_refused(&cut));
    bytes_free(&cut);
}

/* With the seal put right, HDF5's own checksums still guard the data. */
static void hdf5_guards_the_data_by_itself(void **state) {
    (void)state;
    record_t record = sample_record(trial), got;
    const record_item_t *loss = record_find(&record, "series/loss");
    bytes_t copy = {malloc(whole.size), whole.size};
    memcpy(copy.at, whole.at, whole.size);
    unsigned char *data = memmem(copy.at, copy.size, loss->data, 64);
    assert_non_null(data);
    data[3] ^= 1;
    seal_put(&copy, "trial", trial->id, "COMPLETED");
    seal_t seal;
    assert_int_equal(seal_check(&copy, "trial", &seal), STATUS_OK);
    assert_int_equal(trial_decode(&copy, NULL, &got), STATUS_CORRUPT);
    assert_non_null(strstr(status_message(), "series/loss"));
    assert_int_equal(got.count, 0);
    bytes_free(&copy);
    record_clear(&record);
}

/* What a resuming master says of the file on disk when one byte of it is changed. */
static const char *check_changed(size_t at, unsigned char change, char how[TRIAL_STATE_MAX]) {
    whole.at[at] ^= change;
    assert_int_equal(disk_replace(sample_path(&run, trial->id), &whole), STATUS_OK);
    whole.at[at] ^= change;
    capture_begin();
    status_t status = store_check_trial(run.dir, trial, how);
    const char *said = capture_end();
    assert_int_equal(status, STATUS_OK);
    return said;
}

/* Random bytes, 300 times. */
static void a_damaged_file_is_moved_aside(void **state) {
    (void)state;
    rng_t rng = rng_open(2, 0, "flips", 0);
    char how[TRIAL_STATE_MAX], aside[600];
    snprintf(aside, sizeof aside, "%s.damaged", sample_path(&run, trial->id));
    for (int i = 0; i < 300; i++) {
        uint32_t at = rng_below(&rng, (uint32_t)whole.size);
        const char *said = check_changed(at, (unsigned char)(1 + rng_below(&rng, 255)), how);
        assert_non_null(strstr(said, "warning: "));
        assert_non_null(strstr(said, aside));
        assert_string_equal(how, "PENDING");
        assert_int_equal(access(sample_path(&run, trial->id), F_OK), -1);
        assert_int_equal(access(aside, F_OK), 0);
    }
    assert_string_equal(check_changed(0, 0, how), "");
    assert_string_equal(how, "COMPLETED");
}

/* A file that is whole, but another trial's. */
static void another_trials_file_is_damage(void **state) {
    (void)state;
    const trial_t *other = plan_trial(run.plan, 5);
    record_t record;
    char how[TRIAL_STATE_MAX];
    assert_int_equal(disk_replace(sample_path(&run, other->id), &whole), STATUS_OK);
    assert_int_equal(store_read_trial(run.dir, other, how, &record), STATUS_CORRUPT);
    assert_non_null(strstr(status_message(), "it is the file of trial"));
    capture_begin();
    status_t status = store_check_trial(run.dir, other, how);
    capture_end();
    assert_int_equal(status, STATUS_OK);
    assert_string_equal(how, "PENDING");
}

static void files_of_others_are_refused(void **state) {
    (void)state;
    static const char *const foreign[] = {"", "hello\n", "\211HDF\r\n\032\n"};
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        bytes_t file = {calloc(1, 2048), 2048};
        memcpy(file.at, foreign[i], strlen(foreign[i]));
        assert_true(is_refused(&file));
        bytes_free(&file);
    }
}

/* Every byte of the seal, to all its 255 other values. */
static void no_seal_is_misread(void **state) {
    (void)state;
    for (size_t i = 0; i < SEAL_SIZE; i += 3)
        for (int change = 1; change < 256; change++) {
            whole.at[i] ^= (unsigned char)change;
            if (!is_refused(&whole)) fail_msg("byte %zu of the seal: change %d", i, change);
            whole.at[i] ^= (unsigned char)change;
        }
}

/* The first format, with the checksum that it had. */
static void files_of_the_first_format_are_whole(void **state) {
    (void)state;
    seal_t seal;
    bytes_t file = {0};
    assert_int_equal(disk_read("tests/fuzz/corpus/seal/whole", &file), STATUS_OK);
    assert_int_equal(seal_check(&file, "trial", &seal), STATUS_OK);
    assert_int_equal(seal.format, 1);
    file.at[file.size - 1] ^= 1;
    assert_true(is_refused(&file));
    bytes_free(&file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_byte_is_uncovered),
        cmocka_unit_test(no_seal_is_misread),
        cmocka_unit_test(no_lost_block_is_missed),
        cmocka_unit_test(no_other_length_is_taken),
        cmocka_unit_test(hdf5_guards_the_data_by_itself),
        cmocka_unit_test(a_damaged_file_is_moved_aside),
        cmocka_unit_test(another_trials_file_is_damage),
        cmocka_unit_test(files_of_others_are_refused),
        cmocka_unit_test(files_of_the_first_format_are_whole),
    };
    return cmocka_run_group_tests(tests, open_run, close_run);
}
