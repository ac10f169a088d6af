/* Files written without HDF5's library are what the library would have written: it reads back every
 * number, finds the damage that we find, and files of older programs, which it wrote, say the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "store/capture.h"
#include "store/dataset.h"
#include "store/plain.h"
#include "store/sample_run.h"
#include "store/schema.h"
#include "store/trial_file.h"

static sample_run_t run;
static const trial_t *trial;

static int open_run(void **state) {
    (void)state;
    sample_open(&run, SAMPLE_SWEEP);
    trial = plan_trial(run.plan, 3);
    return 0;
}

static int close_run(void **state) {
    (void)state;
    sample_close(&run);
    return 0;
}

static bytes_t encode(const record_t *record) {
    bytes_t file = {0};
    assert_int_equal(trial_encode(trial, "DIVERGED", record, &file), STATUS_OK);
    return file;
}

/* Known answers: of lookup3 by its author (initial value 0); of Fletcher32 as Wikipedia has them,
 * of words whose high byte comes first, here with "abcdef" in pairs turned round. */
static void sums_are_those_of_their_authors(void **state) {
    (void)state;
    assert_int_equal(plain_checksum("", 0), 0xdeadbeef);
    assert_int_equal(plain_checksum("Four score and seven years ago", 30), 0x17770551);
    assert_int_equal(plain_fletcher("badcfe", 6), 0x56502d2a);
    assert_int_equal(plain_fletcher("badcfehg", 8), 0xebe19591);
}

/* Every item of the record, read by HDF5 from the group `group` of an open file. */
static void library_finds(hid_t file, const char *group, const record_t *record) {
    record_t found = {0};
    for (size_t i = 0; i < record->count; i++) {
        char path[2 * RECORD_PATH_MAX];
        snprintf(path, sizeof path, "%s%s", group, record->items[i].path);
        assert_int_equal(dataset_get(file, path, &found), STATUS_OK);
        snprintf(found.items[i].path, sizeof found.items[i].path, "%s", record->items[i].path);
    }
    for (size_t i = 0; i < record->count; i++) {
        record_t a = {&record->items[i], 1, 1}, b = {&found.items[i], 1, 1};
        b.items[0].hash = a.items[0].hash;
        if (!sample_is_same(&a, &b)) fail_msg("%s is another", record->items[i].path);
    }
    record_clear(&found);
}

static void library_reads(const record_t *record) {
    bytes_t file = encode(record);
    hid_t opened = -1;
    assert_int_equal(image_open(&file, &opened), STATUS_OK);
    library_finds(opened, "", record);
    image_release(&opened);
    bytes_free(&file);
}

/* Few, none, many, so many that a header has no room; long texts. */
static record_t all_kinds(void) {
    enum { MANY = 70000, LETTERS = 100000 };
    record_t record = sample_record(trial);
    double *x = malloc(MANY * sizeof *x);
    int64_t *step = malloc(MANY * sizeof *step);
    char *text = malloc(LETTERS + 1);
    for (int i = 0; i < MANY; i++) x[i] = sin(i), step[i] = 3 * i;
    memset(text, 'x', LETTERS);
    text[LETTERS] = '\0';
    record_put(&record, "kss/step", RECORD_I64, 1, (size_t[]){MANY}, step);
    record_put(&record, "kss/loss", RECORD_F64, 1, (size_t[]){MANY}, x);
    record_put(&record, "valid/step", RECORD_I64, 1, (size_t[]){0}, "");
    record_put(&record, "valid/loss", RECORD_F64, 1, (size_t[]){0}, "");
    record_put_text(&record, "outcome/message", text);
    record_put_text(&record, "outcome/data", "");
    free(x);
    free(step);
    free(text);
    return record;
}

static void the_library_reads_what_was_written(void **state) {
    (void)state;
    record_t record = sample_record(trial), kinds = all_kinds(), none = {0};
    library_reads(&record);
    library_reads(&kinds);
    library_reads(&none);
    record_clear(&record);
    record_clear(&kinds);
}

/* Whatever byte of an object's header, of a value in it or of a chunk is another: refused, or it
 * made no difference, with the seal put right each time. */
static void no_damage_inside_is_taken_for_a_result(void **state) {
    (void)state;
    record_t record = sample_record(trial), got;
    bytes_t file = encode(&record);
    size_t refused = 0;
    for (size_t at = SEAL_SIZE; at < file.size; at++) {
        file.at[at] ^= 0x10;
        status_t status = trial_decode(&file, NULL, &got);
        if (status == STATUS_OK && !sample_is_same(&record, &got)) fail_msg("byte %zu", at);
        refused += status == STATUS_CORRUPT;
        record_clear(&got);
        file.at[at] ^= 0x10;
    }
    assert_true(refused > file.size / 3);
    record_clear(&record);
    bytes_free(&file);
}

static status_t library_opens(bytes_t *file, const char *path) {
    record_t got = {0};
    hid_t opened = -1;
    status_t status = image_open(file, &opened);
    if (status == STATUS_OK) status = dataset_get(opened, path, &got);
    image_release(&opened);
    record_clear(&got);
    return status;
}

/* In a process of its own: HDF5 1.10 loses some memory when a header is damaged. */
static status_t library_says(bytes_t *file, const char *path) {
    int status = -1;
    pid_t child = fork();
    if (child == 0) _exit(library_opens(file, path));
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? (status_t)WEXITSTATUS(status) : STATUS_BUG;
}

/* HDF5's library by itself refuses a value that is another than was written. */
static void the_library_guards_what_was_written(void **state) {
    (void)state;
    record_t record = all_kinds();
    bytes_t file = encode(&record);
    static const char *const paths[] = {"series/loss", "kss/loss"}; /* in its header, in a chunk */
    for (int i = 0; i < 2; i++) {
        unsigned char *at = memmem(file.at, file.size, record_find(&record, paths[i])->data, 64);
        assert_non_null(at);
        assert_int_equal(library_says(&file, paths[i]), STATUS_OK);
        at[3] ^= 1;
        assert_int_equal(library_says(&file, paths[i]), STATUS_CORRUPT);
        at[3] ^= 1;
    }
    record_clear(&record);
    bytes_free(&file);
}

/* tests/store/data/version1.h5 holds sample_record of that trial, as the program wrote it that left
 * files to HDF5's library: data, labels, options are the same, item by item. */
static void files_of_version_1_say_the_same(void **state) {
    (void)state;
    record_t record = sample_record(trial), before, now;
    bytes_t old = {0}, file = encode(&record);
    seal_t seal;
    assert_int_equal(trial_read_file("tests/store/data/version1.h5", trial->id, &old, &seal),
                     STATUS_OK);
    assert_int_equal(trial_decode_all(&old, &before), STATUS_OK);
    assert_int_equal(trial_decode_all(&file, &now), STATUS_OK);
    assert_int_equal(*(int64_t *)record_find(&before, "@version")->data, 1);
    assert_int_equal(*(int64_t *)record_find(&now, "@version")->data, 2);
    assert_int_equal(before.count, now.count);
    for (size_t i = 0; i < before.count; i++) {
        const record_item_t *item = &before.items[i], *same = record_find(&now, item->path);
        static const char build[] = "@version @program @commit @host @created @hdf5";
        if (!same) fail_msg("%s is gone", item->path);
        if (strstr(build, item->path)) continue;
        record_t a = {(record_item_t *)item, 1, 1}, b = {(record_item_t *)same, 1, 1};
        if (!sample_is_same(&a, &b)) fail_msg("%s is another", item->path);
    }
    record_clear(&before);
    record_clear(&now);
    record_clear(&record);
    bytes_free(&old);
    bytes_free(&file);
}

/* A run of old and new files, as the library reads the merged one. */
static void a_merged_file_holds_every_trial(void **state) {
    (void)state;
    char path[300], group[64];
    size_t merged;
    hid_t file;
    sample_write_all(&run);
    bytes_t old = {0};
    assert_int_equal(disk_read("tests/store/data/version1.h5", &old), STATUS_OK);
    assert_int_equal(disk_replace(sample_path(&run, trial->id), &old), STATUS_OK);
    snprintf(path, sizeof path, "%s/all.h5", run.dir);
    assert_int_equal(store_merge(run.dir, run.plan, NULL, path, &merged), STATUS_OK);
    assert_int_equal(merged, plan_count(run.plan));
    file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(file > 0);
    for (size_t i = 0; i < plan_count(run.plan); i++) {
        record_t record = sample_record(plan_trial(run.plan, i));
        snprintf(group, sizeof group, "trials/%s/", plan_trial(run.plan, i)->id);
        library_finds(file, group, &record);
        record_clear(&record);
    }
    H5O_info_t about; /* links to the labels: one from each trial */
    snprintf(group, sizeof group, "trials/%s/labels", trial->id);
    assert_true(H5Oget_info_by_name2(file, group, &about, H5O_INFO_BASIC, H5P_DEFAULT) >= 0);
    assert_int_equal(about.rc, plan_count(run.plan));
    image_release(&file);
    bytes_free(&old);
}

/* A tiny trial with everything that a real one leaves takes 20 KiB at most; this one has less. */
static void a_file_is_small(void **state) {
    (void)state;
    record_t record = sample_record(trial);
    bytes_t file = encode(&record), old = {0};
    assert_int_equal(disk_read("tests/store/data/version1.h5", &old), STATUS_OK);
    if (file.size > 10240 || file.size * 3 > old.size * 2)
        fail_msg("%zu bytes where %zu were before", file.size, old.size);
    record_clear(&record);
    bytes_free(&file);
    bytes_free(&old);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_those_of_their_authors),
        cmocka_unit_test(the_library_reads_what_was_written),
        cmocka_unit_test(no_damage_inside_is_taken_for_a_result),
        cmocka_unit_test(the_library_guards_what_was_written),
        cmocka_unit_test(files_of_version_1_say_the_same),
        cmocka_unit_test(a_merged_file_holds_every_trial),
        cmocka_unit_test(a_file_is_small),
    };
    return cmocka_run_group_tests(tests, open_run, close_run);
}
