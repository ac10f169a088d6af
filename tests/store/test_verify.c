/* verify names every file that is damaged, foreign or gone, and its status tells a run that is
 * broken from one that is merely not finished. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/disk.h"
#include "store/capture.h"
#include "store/sample_run.h"

static sample_run_t run;

static int open_run(void **state) {
    (void)state;
    sample_open(&run, SAMPLE_SWEEP);
    sample_write_all(&run);
    return store_write_index(run.dir, run.plan, NULL);
}

static int close_run(void **state) {
    (void)state;
    sample_close(&run);
    return 0;
}

/* Expects that status and that line in what is printed. */
static void expect(status_t expected, const char *path, const char *says) {
    char line[700];
    capture_begin();
    status_t status = store_verify(run.dir, run.plan, NULL, 0);
    const char *said = capture_end();
    snprintf(line, sizeof line, "%s%s%s", path, *path ? ": " : "", says);
    if (status != expected || !strstr(said, line)) fail_msg("status %d, said: %s", status, said);
}

static const char *path_of(size_t i) { return sample_path(&run, plan_trial(run.plan, i)->id); }

static void a_whole_run_is_whole(void **state) {
    (void)state;
    expect(STATUS_OK, run.dir,
           "12 of 12 trials whole, 0 not run; 0 files damaged, 0 gone, 0 foreign; index whole");
}

static void a_run_that_goes_on_is_incomplete(void **state) {
    (void)state;
    char path[300];
    unlink(path_of(4));
    snprintf(path, sizeof path, "%s/sweep.h5", run.dir);
    unlink(path);
    expect(STATUS_INCOMPLETE, run.dir, "11 of 12 trials whole, 1 not run");
}

static void a_file_the_index_knows_is_missed(void **state) {
    (void)state;
    unlink(path_of(4));
    expect(STATUS_CORRUPT, path_of(4), "gone: sweep.h5 has its row");
    expect(STATUS_CORRUPT, run.dir, "11 of 12 trials whole, 0 not run; 0 files damaged, 1 gone");
}

static void damage_is_named(void **state) {
    (void)state;
    char says[64];
    bytes_t file = {0};
    assert_int_equal(disk_read(path_of(2), &file), STATUS_OK);
    file.at[file.size / 2] ^= 4;
    assert_int_equal(disk_replace(path_of(2), &file), STATUS_OK);
    expect(STATUS_CORRUPT, path_of(2), "damaged: its bytes do not match its checksum");
    file.size /= 2;
    assert_int_equal(disk_replace(path_of(2), &file), STATUS_OK);
    snprintf(says, sizeof says, "damaged: it has %zu bytes where", file.size);
    expect(STATUS_CORRUPT, path_of(2), says);
    bytes_free(&file);
}

static void a_damaged_index_is_named(void **state) {
    (void)state;
    char path[300];
    snprintf(path, sizeof path, "%s/sweep.h5", run.dir);
    assert_int_equal(truncate(path, 5000), 0);
    expect(STATUS_CORRUPT, path, "it has 5000 bytes where");
}

static void the_file_of_another_trial_is_damage(void **state) {
    (void)state;
    char command[1100], from[512];
    snprintf(from, sizeof from, "%s", path_of(0));
    snprintf(command, sizeof command, "cp '%s' '%s'", from, path_of(1));
    assert_int_equal(system(command), 0);
    expect(STATUS_CORRUPT, path_of(1), "damaged: it is the file of trial");
}

static void foreign_files_are_listed(void **state) {
    (void)state;
    char command[1100], path[512];
    snprintf(path, sizeof path, "%s/trials/%.2s/0123456789ab.h5", run.dir,
             plan_trial(run.plan, 0)->id);
    snprintf(command, sizeof command, "echo >'%s'; mkdir '%s/trials/zz'", path, run.dir);
    assert_int_equal(system(command), 0);
    expect(STATUS_CORRUPT, path, "foreign: no trial of this plan");
    expect(STATUS_CORRUPT, run.dir, "12 of 12 trials whole, 0 not run; 0 files damaged, 0 gone, 2");
}

static void remains_are_notes(void **state) {
    (void)state;
    char command[1200];
    snprintf(command, sizeof command, "echo >'%s.damaged'", path_of(0));
    assert_int_equal(system(command), 0);
    expect(STATUS_OK, "", "note: moved aside when it was found damaged");
    snprintf(command, sizeof command, "echo >'%s/trials/%.2s/.x.h5~node1~77'", run.dir,
             plan_trial(run.plan, 0)->id);
    assert_int_equal(system(command), 0);
    expect(STATUS_OK, "", "note: a write that has not ended");
}

/* A file with a valid seal whose contents are not what the plan or the schema says: HDF5's own
 * tools could make one. */
static void a_file_of_other_options_is_damage(void **state) {
    (void)state;
    const trial_t *trial = plan_trial(run.plan, 0);
    trial_t liar = *trial;
    liar.config = plan_trial(run.plan, 11)->config;
    assert_int_equal(sample_write(&run, &liar), STATUS_OK);
    expect(STATUS_CORRUPT, path_of(0),
           "damaged: config@model.norm is \"rms_norm\", not \"pre_ln\"");
}

#define VERIFY_TEST(function) cmocka_unit_test_setup_teardown(function, open_run, close_run)

int main(void) {
    const struct CMUnitTest tests[] = {
        VERIFY_TEST(a_whole_run_is_whole),
        VERIFY_TEST(a_run_that_goes_on_is_incomplete),
        VERIFY_TEST(a_file_the_index_knows_is_missed),
        VERIFY_TEST(damage_is_named),
        VERIFY_TEST(a_damaged_index_is_named),
        VERIFY_TEST(the_file_of_another_trial_is_damage),
        VERIFY_TEST(foreign_files_are_listed),
        VERIFY_TEST(remains_are_notes),
        VERIFY_TEST(a_file_of_other_options_is_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
