/* How many files a large sweep leaves: N trials on W workers at most 4 W + 20 + N / 256 names in
 * the run directory, folders and all. The trials are null trials and the workers are played by this
 * process; what is handed out, written, packed and noted is the real thing. */
#include <ftw.h>

#include "harness.h"

#include "dispatch/dispatch.h"
#include "rundir/run_dir.h"

enum {
    WORKERS = 64,
#ifdef __SANITIZE_ADDRESS__
    TRIALS = 2000,
#else
    TRIALS = 10000,
#endif
    SEGMENT = 256,
    FOLDERS_MAX = 256 /* of trials, by two digits of their ids */
};

static size_t names;

static int count_name(const char *path, const struct stat *about, int type, struct FTW *place) {
    (void)path, (void)about, (void)type;
    names += place->level > 0;
    return 0;
}

static size_t count_names(const char *run) {
    names = 0;
    assert_int_equal(nftw(run, count_name, 16, FTW_PHYS), 0);
    return names;
}

static int go_on(void *context, int64_t step, int64_t steps) {
    return (void)context, (void)step, (void)steps, 0;
}

/* One trial per worker, all in hand at once; 0 when none is left. */
static int work_round(dispatch_t *dispatch) {
    size_t held[WORKERS + 1];
    int count = 0;
    while (count < WORKERS && dispatch_next(dispatch, count + 1, &held[count])) count++;
    for (int i = 0; i < count; i++) {
        attempt_t attempt = attempt_trial(dispatch->session, held[i], go_on, NULL);
        assert_int_equal(attempt.state, TRIAL_COMPLETED);
        dispatch_report(dispatch, i + 1, &attempt);
    }
    dispatch_beat(dispatch);
    return count;
}

/* Returns the most names there were at any time. */
static size_t sweep(const char *run, session_t *session) {
    process_t ranks[WORKERS + 1] = {0};
    dispatch_t dispatch;
    packer_t *packer;
    size_t most = 0;
    journal_t *journal = journal_open(run);
    assert_int_equal(dispatch_open(session, NULL, WORKERS + 1, WORKERS, &dispatch), STATUS_OK);
    assert_int_equal(packer_start(run, &packer), STATUS_OK);
    dispatch_attach(&dispatch, packer, journal, ranks);
    for (int round = 0; work_round(&dispatch); round++)
        if (round % 8 == 0 && count_names(run) > most) most = names;
    assert_true(dispatch_is_over(&dispatch));
    packer_stop(&packer);
    dispatch_close(&dispatch);
    journal_close(&journal);
    assert_int_equal(store_write_index(run, session->plan, NULL), STATUS_OK);
    return most;
}

static void a_large_sweep_leaves_few_files(void **state) {
    (void)state;
    const char *run = new_run();
    const sweep_options_t options = {.spec_path = spec_path,
                                     .run_dir = run,
                                     .is_quiet = 1,
                                     .run = fake_run,
                                     .estimate = fake_estimate,
                                     .field_sets = fake_sets};
    session_t session = {0};
    FILE *file = fopen(spec_path, "w");
    assert_non_null(file);
    fprintf(file, "name: large\nseed: 1\nreplicas: %d\n", TRIALS);
    assert_int_equal(fclose(file), 0);
    unsetenv("FAKE_LOG");
    assert_int_equal(session_load(&options, &session), STATUS_OK);
    assert_int_equal(session_take(&session), STATUS_OK);
    assert_int_equal(session_survey(&session), STATUS_OK);
    size_t most = sweep(run, &session);
    assert_int_equal(session_verdict(&session), STATUS_OK);
    assert_int_equal(store_verify(run, session.plan, NULL, 0), STATUS_OK);
    session_close(&session);
    size_t left = count_names(run);
    print_message("%d trials on %d workers: %zu names left, at most %zu meanwhile\n", TRIALS,
                  WORKERS, left, most);
    assert_true(left <= 4 * WORKERS + 20 + TRIALS / SEGMENT);
    /* Under way: what is being packed and what has ended since, each in a folder of its own. */
    assert_true(most <= FOLDERS_MAX + 4 * SEGMENT + 4 * WORKERS + 20 + TRIALS / SEGMENT);
}

/* In memory where that can be: ten thousand files flushed to a disk take minutes. */
static int make_folder_in_memory(void **state) {
    if (access("/dev/shm", W_OK) != 0) return make_folder(state);
    strcpy(folder, "/dev/shm/koopsweep-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(spec_path, sizeof spec_path, "%s/spec.yaml", folder);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_large_sweep_leaves_few_files)};
    return cmocka_run_group_tests(tests, make_folder_in_memory, remove_folder);
}
