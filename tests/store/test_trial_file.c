/* A trial's file gives back what was put in, bit for bit, and refuses what the schema does not
 * know. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/sample_run.h"
#include "store/schema.h"

static sample_run_t run;
static const trial_t *trial;

static int open_run(void **state) {
    (void)state;
    sample_open(&run, SAMPLE_SWEEP);
    trial = plan_trial(run.plan, 0);
    return 0;
}

static int close_run(void **state) {
    (void)state;
    sample_close(&run);
    return 0;
}

static void every_bit_comes_back(void **state) {
    (void)state;
    record_t put = sample_record(trial), got;
    char how[TRIAL_STATE_MAX];
    assert_int_equal(store_write_trial(run.dir, trial, "COMPLETED", &put), STATUS_OK);
    assert_int_equal(store_read_trial(run.dir, trial, how, &got), STATUS_OK);
    assert_string_equal(how, "COMPLETED");
    assert_true(sample_is_same(&put, &got));
    record_clear(&put);
    record_clear(&got);
}

/* A trial that diverged before its first validation has no rows there. */
static void empty_arrays_come_back(void **state) {
    (void)state;
    record_t put = {0}, got;
    char how[TRIAL_STATE_MAX];
    record_put(&put, "valid/step", RECORD_I64, 1, (size_t[]){0}, "");
    record_put(&put, "valid/loss", RECORD_F64, 1, (size_t[]){0}, "");
    record_put_text(&put, "outcome/message", "");
    assert_int_equal(store_write_trial(run.dir, trial, "FAILED", &put), STATUS_OK);
    assert_int_equal(store_read_trial(run.dir, trial, how, &got), STATUS_OK);
    assert_true(sample_is_same(&put, &got));
    record_clear(&put);
    record_clear(&got);
}

/* Larger than a header and larger than a chunk. */
static void long_data_come_back(void **state) {
    (void)state;
    enum { STEPS = 700000, LETTERS = 100000 };
    record_t put = {0}, got;
    char how[TRIAL_STATE_MAX], *text = malloc(LETTERS + 1);
    int64_t *step = malloc(STEPS * sizeof *step);
    for (int64_t i = 0; i < STEPS; i++) step[i] = i * i;
    memset(text, 'x', LETTERS);
    text[LETTERS] = '\0';
    record_put(&put, "series/step", RECORD_I64, 1, (size_t[]){STEPS}, step);
    record_put_text(&put, "outcome/message", text);
    assert_int_equal(store_write_trial(run.dir, trial, "FAILED", &put), STATUS_OK);
    assert_int_equal(store_read_trial(run.dir, trial, how, &got), STATUS_OK);
    assert_true(sample_is_same(&put, &got));
    free(text);
    free(step);
    record_clear(&put);
    record_clear(&got);
}

static void a_later_file_takes_the_place_of_an_older(void **state) {
    (void)state;
    record_t record = {0}, got;
    char how[TRIAL_STATE_MAX];
    record_put_text(&record, "outcome/message", "no data");
    assert_int_equal(store_write_trial(run.dir, trial, "FAILED", &record), STATUS_OK);
    assert_int_equal(sample_write(&run, trial), STATUS_OK);
    assert_int_equal(store_read_trial(run.dir, trial, how, &got), STATUS_OK);
    assert_string_equal(how, "COMPLETED");
    assert_null(record_find(&got, "outcome/message"));
    record_clear(&record);
    record_clear(&got);
}

/* HDF5 refuses a file in memory whose name is on disk too: ours must not be a name a user has. */
static void files_of_the_working_directory_do_not_matter(void **state) {
    (void)state;
    char folder[] = "/tmp/koopsweep-cwd-XXXXXX", how[TRIAL_STATE_MAX];
    record_t put = sample_record(trial), got;
    int home = open(".", O_RDONLY | O_DIRECTORY);
    assert_true(home >= 0 && mkdtemp(folder) && chdir(folder) == 0);
    fclose(fopen("koopsweep", "w"));
    fclose(fopen("in-memory", "w"));
    assert_int_equal(store_write_trial(run.dir, trial, "COMPLETED", &put), STATUS_OK);
    assert_int_equal(store_read_trial(run.dir, trial, how, &got), STATUS_OK);
    assert_true(unlink("koopsweep") == 0 && unlink("in-memory") == 0);
    assert_true(fchdir(home) == 0 && rmdir(folder) == 0);
    close(home);
    record_clear(&put);
    record_clear(&got);
}

static void no_file_is_incomplete(void **state) {
    (void)state;
    const trial_t *other = plan_trial(run.plan, 1);
    record_t got;
    char how[TRIAL_STATE_MAX];
    assert_int_equal(access(sample_path(&run, other->id), F_OK), -1);
    assert_int_equal(store_read_trial(run.dir, other, how, &got), STATUS_INCOMPLETE);
    assert_int_equal(got.count, 0);
}

/* Writes a record that is wrong in one way: refused as our bug, with a sentence, nothing written.
 */
static void refuse(record_t *record, const char *says) {
    const trial_t *other = plan_trial(run.plan, 2);
    assert_int_equal(store_write_trial(run.dir, other, "COMPLETED", record), STATUS_BUG);
    if (!strstr(status_message(), says)) fail_msg("%s", status_message());
    assert_int_equal(access(sample_path(&run, other->id), F_OK), -1);
    record_clear(record);
}

static void what_the_schema_does_not_know_is_refused(void **state) {
    (void)state;
    const double x[6] = {0};
    const int64_t step[2] = {0};
    record_t record = {0};
    record_put_f64(&record, "outcome/wisdom", 1);
    refuse(&record, "outcome/wisdom is not in");
    record_put_i64(&record, "outcome/seconds", 1);
    refuse(&record, "outcome/seconds is int64 where");
    record_put_vector(&record, "outcome/seconds", x, 2);
    refuse(&record, "outcome/seconds has 1 axes");
    record_put_vector(&record, "series/loss", x, 2);
    refuse(&record, "not its coordinates series/step");
    record_put(&record, "series/step", RECORD_I64, 1, (size_t[]){2}, step);
    record_put_vector(&record, "series/loss", x, 3);
    refuse(&record, "series/loss [step] has 3 entries along axis 0 where 2");
    record_put(&record, "rksp/step", RECORD_I64, 1, (size_t[]){1}, step);
    record_put(&record, "rksp/lambda", RECORD_F64, 4, (size_t[]){1, 1, 2, 3}, x);
    refuse(&record, "has 3 entries along axis 3 where 2");
}

/* A dimension without coordinates of its own stands in the root group, beside the groups. */
static void no_dimension_has_the_name_of_a_group(void **state) {
    (void)state;
    for (const schema_row_t *row = trial_schema; row->path; row++)
        for (const dimension_row_t *d = trial_dimensions; d->name; d++) {
            size_t length = strlen(d->name);
            if (!*d->path && strncmp(row->path, d->name, length) == 0 && row->path[length] == '/')
                fail_msg("%s: dimensions.def makes a data set of that group", row->path);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bit_comes_back),
        cmocka_unit_test(empty_arrays_come_back),
        cmocka_unit_test(long_data_come_back),
        cmocka_unit_test(a_later_file_takes_the_place_of_an_older),
        cmocka_unit_test(files_of_the_working_directory_do_not_matter),
        cmocka_unit_test(no_file_is_incomplete),
        cmocka_unit_test(what_the_schema_does_not_know_is_refused),
        cmocka_unit_test(no_dimension_has_the_name_of_a_group),
    };
    return cmocka_run_group_tests(tests, open_run, close_run);
}
