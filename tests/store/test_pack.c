/* Trials packed into segments are read as before; a kill while packing, damage, a newer result and
 * a withdrawn one never make a trial's result another than it should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/rng.h"
#include "store/capture.h"
#include "store/sample_run.h"

static sample_run_t run;
static store_lookout_t *lookout;

/* 3 norms x 2 learning rates x 60 replicas = 360 trials: more than a segment holds. */
#define LARGE_SWEEP                                                                                \
    "name: sample\nseed: 5\nreplicas: 60\n"                                                        \
    "axes: {product: {model.norm: [pre_ln, none, rms_norm], train.lr: [0.001, 0.01]}}\n"

static int open_run(void **state) {
    (void)state;
    sample_open(&run, SAMPLE_SWEEP);
    sample_write_all(&run);
    return 0;
}

static int open_large(void **state) {
    (void)state;
    sample_open(&run, LARGE_SWEEP);
    sample_write_all(&run);
    return 0;
}

static int close_run(void **state) {
    (void)state;
    store_lookout_destroy(&lookout);
    sample_close(&run);
    return 0;
}

/* What a shell command prints: a number. */
static int count(const char *find_options) {
    char command[400];
    int number = -1;
    snprintf(command, sizeof command, "cd '%s' && find %s 2>/dev/null | wc -l", run.dir,
             find_options);
    FILE *found = popen(command, "r");
    if (found && fscanf(found, "%d", &number) != 1) number = -1;
    if (found) pclose(found);
    return number;
}

/* Every trial reads back as the sample record it was written from. */
static void assert_all_whole(void) {
    for (size_t i = 0; i < plan_count(run.plan); i++) {
        const trial_t *trial = plan_trial(run.plan, i);
        record_t got, put = sample_record(trial);
        char how[TRIAL_STATE_MAX];
        if (store_read_trial(run.dir, trial, how, &got) != STATUS_OK)
            fail_msg("%s", status_message());
        assert_string_equal(how, trial->replica ? "DIVERGED" : "COMPLETED");
        assert_true(sample_is_same(&put, &got));
        record_clear(&got);
        record_clear(&put);
    }
}

static void pack(void) {
    if (store_pack_all(run.dir, 0) != STATUS_OK) fail_msg("%s", status_message());
}

static void assert_peek(const trial_t *trial, const char *state) {
    char how[TRIAL_STATE_MAX];
    if (!lookout) assert_int_equal(store_lookout_create(run.dir, &lookout), STATUS_OK);
    assert_int_equal(store_peek_trial(lookout, trial, how), STATUS_OK);
    assert_string_equal(how, state);
}

static size_t pending_rows(void) {
    frame_t frame = {0};
    size_t pending = 0;
    if (store_load(run.dir, run.plan, &frame) != STATUS_OK) fail_msg("%s", status_message());
    for (size_t row = 0; row < frame.rows; row++)
        pending += strcmp(frame_find(&frame, "state")->text[row], "PENDING") == 0;
    frame_clear(&frame);
    return pending;
}

/* What it prints is in `said`. */
static const char *said;
static status_t verify(void) {
    capture_begin();
    status_t status = store_verify(run.dir, run.plan, NULL, 0);
    said = capture_end();
    return status;
}

static void packed_trials_read_as_before(void **state) {
    (void)state;
    assert_int_equal(store_write_index(run.dir, run.plan, NULL), STATUS_OK);
    pack();
    assert_int_equal(count("trials -type f"), 0);
    assert_int_equal(count("segments -type f"), 2);
    assert_all_whole();
    assert_int_equal(pending_rows(), 0); /* with the index from before */
    assert_int_equal(store_write_index(run.dir, run.plan, NULL), STATUS_OK);
    assert_int_equal(pending_rows(), 0);
    assert_int_equal(verify(), STATUS_OK);
}

/* Who has looked before sees what is packed, and written, after that. */
static void peeking_finds_packed_results(void **state) {
    (void)state;
    const trial_t *packed = plan_trial(run.plan, 1), *later = plan_trial(run.plan, 0);
    assert_int_equal(unlink(sample_path(&run, later->id)), 0);
    assert_peek(packed, "DIVERGED");
    assert_peek(later, "PENDING");
    pack();
    assert_peek(packed, "DIVERGED");
    assert_peek(later, "PENDING");
    assert_int_equal(sample_write(&run, later), STATUS_OK);
    assert_peek(later, "COMPLETED");
    pack();
    assert_int_equal(count("trials -type f"), 0);
    assert_peek(later, "COMPLETED");
}

static void few_files_are_left_alone(void **state) {
    (void)state;
    assert_int_equal(store_pack_all(run.dir, plan_count(run.plan)), STATUS_OK);
    assert_int_equal(count("segments -type f"), 0);
}

static status_t count_whole(void *whole, const trial_t *trial, const char *how) {
    *(size_t *)whole += strcmp(how, trial->replica ? "DIVERGED" : "COMPLETED") == 0;
    return STATUS_OK;
}

/* Puts the run's files back as they were before anything was packed. */
static void unpack(void) {
    char command[1000];
    snprintf(command, sizeof command,
             "cd '%s' && if [ -e kept ]; then rm -rf trials segments && cp -a kept trials; "
             "else cp -a trials kept; fi",
             run.dir);
    assert_int_equal(system(command), 0);
}

/* Until some moment of the packing: soon after it began, or when a random trial's file goes.
 * However fast it is, some of these are in its midst. */
static void wait_for_packer(rng_t *rng, int i, int slowness, const char *segments) {
    const trial_t *trial = plan_trial(run.plan, rng_below(rng, (uint32_t)plan_count(run.plan)));
    while (access(segments, F_OK) != 0) usleep(100); /* the first is about to be written */
    if (i % 2 == 0) {
        usleep((useconds_t)(rng_below(rng, 20000u >> (i % 8)) * (uint64_t)slowness));
        return;
    }
    for (double end = clock_seconds() + 5; clock_seconds() < end;)
        if (access(sample_path(&run, trial->id), F_OK) != 0) return;
}

static void kills_while_packing_lose_nothing(void **state) {
    (void)state;
    enum { KILLS = 20 };
    char segments[300];
    rng_t rng = rng_open(4, 0, "kills", 0);
    int hits = 0;
    snprintf(segments, sizeof segments, "%s/segments", run.dir);
    for (int i = 0; i < KILLS; i++) {
        unpack();
        pid_t packer = fork();
        if (packer == 0) _exit(store_pack_all(run.dir, 0) != STATUS_OK);
        /* none hit so far: a busy machine gets it later */
        wait_for_packer(&rng, i, hits ? 1 : 1 + i * i / 4, segments);
        kill(packer, SIGKILL);
        waitpid(packer, NULL, 0);
        int loose = count("trials -name '*.h5'");
        hits += (loose > 0 && loose < 360) || count("segments -name '*~*'");
        assert_int_equal(store_open(run.dir), STATUS_OK);
        assert_int_equal(count("segments -name '*~*'"), 0);
        size_t whole = 0;
        assert_int_equal(store_survey(run.dir, run.plan, count_whole, &whole), STATUS_OK);
        assert_int_equal(whole, plan_count(run.plan));
    }
    print_message("%d of %d kills hit a segment being written or its files being deleted\n", hits,
                  KILLS);
    assert_true(hits > 0);
    pack();
    assert_all_whole();
}

static void the_newest_result_counts(void **state) {
    (void)state;
    const trial_t *trial = plan_trial(run.plan, 0);
    char how[TRIAL_STATE_MAX];
    record_t record = sample_record(trial);
    pack();
    assert_int_equal(store_write_index(run.dir, run.plan, NULL), STATUS_OK);
    assert_int_equal(store_write_trial(run.dir, trial, "FAILED", &record), STATUS_OK);
    assert_int_equal(store_check_trial(run.dir, trial, how), STATUS_OK);
    assert_string_equal(how, "FAILED"); /* a file of its own before a segment */
    pack();
    assert_int_equal(store_check_trial(run.dir, trial, how), STATUS_OK);
    assert_string_equal(how, "FAILED"); /* a later segment before an earlier one */
    frame_t frame = {0};
    assert_int_equal(store_load(run.dir, run.plan, &frame), STATUS_OK);
    assert_string_equal(frame_find(&frame, "state")->text[0], "FAILED");
    frame_clear(&frame);
    record_clear(&record);
}

/* Of a file of its own, or packed: the trial has no result, with the index or without, until there
 * is a new one. */
static void withdraw_and_rerun(int is_packed) {
    char how[TRIAL_STATE_MAX];
    const trial_t *trial = plan_trial(run.plan, 3);
    if (is_packed) pack();
    assert_int_equal(store_write_index(run.dir, run.plan, NULL), STATUS_OK);
    assert_int_equal(store_withdraw(run.dir, &trial, 1), STATUS_OK);
    assert_int_equal(store_check_trial(run.dir, trial, how), STATUS_OK);
    assert_string_equal(how, "PENDING");
    assert_peek(trial, "PENDING");
    assert_int_equal(pending_rows(), 1);
    assert_int_equal(verify(), STATUS_INCOMPLETE);
    assert_int_equal(store_write_index(run.dir, run.plan, NULL), STATUS_OK);
    assert_int_equal(pending_rows(), 1);
    /* At once, with the same numbers: another result all the same. */
    assert_int_equal(sample_write(&run, trial), STATUS_OK);
    assert_int_equal(store_check_trial(run.dir, trial, how), STATUS_OK);
    assert_string_not_equal(how, "PENDING");
    assert_int_equal(pending_rows(), 0);
    pack();
    assert_int_equal(pending_rows(), 0);
    assert_int_equal(verify(), STATUS_OK);
}

static void a_withdrawn_result_counts_as_none(void **state) {
    (void)state;
    withdraw_and_rerun(0);
}

static void a_withdrawn_result_in_a_segment_counts_as_none(void **state) {
    (void)state;
    withdraw_and_rerun(1);
}

/* Overwrites one byte of the only segment. */
static void damage(long offset) {
    char path[512];
    snprintf(path, sizeof path, "%s/segments/000001.segment", run.dir);
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, offset, SEEK_SET), 0);
    assert_int_equal(fputc('#', file), '#');
    assert_int_equal(fclose(file), 0);
}

static void a_damaged_list_is_made_again(void **state) {
    (void)state;
    pack();
    damage(600);
    assert_all_whole();
    assert_int_equal(pending_rows(), 0);
    assert_int_equal(verify(), STATUS_CORRUPT);
}

static void a_damaged_trial_is_found_and_run_again(void **state) {
    (void)state;
    char how[TRIAL_STATE_MAX];
    size_t pending = 0;
    pack();
    damage(20000); /* behind the list of 12 trials, within one of them */
    assert_int_equal(verify(), STATUS_CORRUPT);
    assert_non_null(strstr(said, "000001.segment, trial"));
    assert_int_equal(pending_rows(), 1);
    for (size_t i = 0; i < plan_count(run.plan); i++) {
        const trial_t *trial = plan_trial(run.plan, i);
        assert_int_equal(store_check_trial(run.dir, trial, how), STATUS_OK);
        if (strcmp(how, "PENDING") != 0) continue;
        pending++;
        assert_int_equal(sample_write(&run, trial), STATUS_OK);
    }
    assert_int_equal(pending, 1);
    assert_all_whole();
    assert_int_equal(verify(), STATUS_OK);
}

static void a_truncated_segment_gives_what_is_left(void **state) {
    (void)state;
    char path[512];
    pack();
    snprintf(path, sizeof path, "%s/segments/000001.segment", run.dir);
    assert_int_equal(truncate(path, 100000), 0);
    size_t pending = pending_rows();
    assert_in_range(pending, 1, plan_count(run.plan) - 1);
    assert_int_equal(verify(), STATUS_CORRUPT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(packed_trials_read_as_before, open_large, close_run),
        cmocka_unit_test_setup_teardown(peeking_finds_packed_results, open_large, close_run),
        cmocka_unit_test_setup_teardown(few_files_are_left_alone, open_run, close_run),
        cmocka_unit_test_setup_teardown(kills_while_packing_lose_nothing, open_large, close_run),
        cmocka_unit_test_setup_teardown(the_newest_result_counts, open_run, close_run),
        cmocka_unit_test_setup_teardown(a_withdrawn_result_counts_as_none, open_run, close_run),
        cmocka_unit_test_setup_teardown(a_withdrawn_result_in_a_segment_counts_as_none, open_run,
                                        close_run),
        cmocka_unit_test_setup_teardown(a_damaged_list_is_made_again, open_run, close_run),
        cmocka_unit_test_setup_teardown(a_damaged_trial_is_found_and_run_again, open_run,
                                        close_run),
        cmocka_unit_test_setup_teardown(a_truncated_segment_gives_what_is_left, open_run,
                                        close_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
