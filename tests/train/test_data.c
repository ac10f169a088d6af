/* A result is of one and the same data: a trial whose data change under it has none. */
#include "train/sweep_text.h"

#include <sys/stat.h>
#include <unistd.h>

enum { LENGTH = 60000, STEPS = 12, CHANGED_AT = 5 };

static char folder[64];

static int make_folder(void **state) {
    (void)state;
    strcpy(folder, "/tmp/koopsweep-data-XXXXXX");
    return mkdtemp(folder) ? setenv("XDG_CACHE_HOME", folder, 1) : -1;
}

static int remove_folder(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static void write_text(const char *path, unsigned seed) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (unsigned i = 0; i < LENGTH; i++) fputc('a' + (int)(i * (seed + i) % 26), file);
    assert_int_equal(fclose(file), 0);
}

typedef struct blow {
    char path[128], fresh[160];
    void (*fall)(struct blow *blow);
} blow_t;

static void overwrite(blow_t *blow) { write_text(blow->path, 8); }
static void truncate_it(blow_t *blow) { assert_int_equal(truncate(blow->path, 100), 0); }
static void replace(blow_t *blow) {
    write_text(blow->fresh, 8);
    assert_int_equal(rename(blow->fresh, blow->path), 0);
}
static void spare(blow_t *blow) { (void)blow; }

static int strike(void *context, int64_t step, int64_t steps) {
    blow_t *blow = context;
    (void)steps;
    if (step == CHANGED_AT) blow->fall(blow);
    return 0;
}

/* Runs a trial of the text NAME and lets `fall` happen in the middle of it. */
static status_t run(const char *name, const char *more, void (*fall)(blow_t *), record_t *record,
                    trial_state_t *state) {
    char text[1024];
    blow_t blow = {.fall = fall};
    snprintf(blow.path, sizeof blow.path, "%s/%s.txt", folder, name);
    snprintf(blow.fresh, sizeof blow.fresh, "%s.new", blow.path);
    write_text(blow.path, 7);
    snprintf(text, sizeof text,
             "name: test\nmodel: {width: 16, layers: 1, heads: 2}\n"
             "task: {name: text, data_dir: %s, corpus: %s.txt, tokenizer: byte, seq_len: 16}\n"
             "train: {steps: %d, batch: 4, valid_batches: 1}\nprobe.rksp.steps: []\n%s",
             folder, name, STEPS, more);
    sweep_text_t sweep = sweep_of_text(text);
    const trial_setting_t setting = {.watch = strike, .context = &blow};
    status_t status = trial_run(plan_trial(sweep.plan, 0), &setting, record, state);
    sweep_end(&sweep);
    return status;
}

static void assert_spoilt(const char *name, const char *more, void (*fall)(blow_t *),
                          const char *words) {
    record_t record = {0};
    trial_state_t state;
    assert_int_equal(run(name, more, fall, &record, &state), STATUS_CORRUPT);
    assert_int_equal(state, TRIAL_FAILED);
    assert_int_equal(record.count, 0);
    if (!strstr(status_message(), name) || !strstr(status_message(), words))
        fail_msg("%s", status_message());
    record_clear(&record);
}

static void a_text_overwritten_in_mid_trial_gives_no_result(void **state) {
    (void)state;
    assert_spoilt("overwritten", "", overwrite, "has changed while it was in use");
}

static void a_text_truncated_in_mid_trial_gives_no_result(void **state) {
    (void)state;
    assert_spoilt("truncated", "", truncate_it, "could not be read to its end of 60000 bytes");
    assert_spoilt("shared", "resources.ranks_per_trial: 2", truncate_it, "could not be read");
}

/* One that is replaced stays what it was for the trial that reads it. */
static void a_text_replaced_in_mid_trial_changes_no_bit(void **state) {
    (void)state;
    record_t plain = {0}, replaced = {0};
    trial_state_t outcome;
    assert_int_equal(run("plain", "", spare, &plain, &outcome), STATUS_OK);
    assert_int_equal(run("replaced", "", replace, &replaced, &outcome), STATUS_OK);
    assert_int_equal(outcome, TRIAL_COMPLETED);
    assert_memory_equal(vector_of(&plain, "series/loss"), vector_of(&replaced, "series/loss"),
                        STEPS * sizeof(double));
    assert_string_equal(item_of(&plain, "outcome/data")->data,
                        item_of(&replaced, "outcome/data")->data);
    record_clear(&plain);
    record_clear(&replaced);
}

static void the_record_says_what_is_held_out(void **state) {
    (void)state;
    record_t record = {0};
    trial_state_t outcome;
    assert_int_equal(run("cut", "", spare, &record, &outcome), STATUS_OK);
    const char *data = item_of(&record, "outcome/data")->data;
    if (strncmp(data, "training 60000 bytes xxh3 ", 26) != 0 ||
        !strstr(data, " (held out: its last 6000 bytes or 10 %)"))
        fail_msg("%s", data);
    record_clear(&record);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_overwritten_in_mid_trial_gives_no_result),
        cmocka_unit_test(a_text_truncated_in_mid_trial_gives_no_result),
        cmocka_unit_test(a_text_replaced_in_mid_trial_changes_no_bit),
        cmocka_unit_test(the_record_says_what_is_held_out),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
