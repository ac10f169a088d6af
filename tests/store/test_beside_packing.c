/* Whoever reads a run while its trials are packed into segments sees every one of them: with the
 * packing at each of the points in time that there are between two looks at the disk, and with many
 * packings at random ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "base/disk.h"
#include "base/rng.h"
#include "store/archive.h"
#include "store/capture.h"
#include "store/sample_run.h"

/* --- packing when the reader opens its n-th file or folder --- */

static sample_run_t run;
static int opened, pack_at; /* < 0: not at all */

static void tick(void) {
    if (pack_at < 0 || opened++ != pack_at) return;
    pack_at = -1;
    if (store_pack_all(run.dir, 0) != STATUS_OK) abort();
}

/* In place of the C library's. Packing makes no difference to a folder that is not there, but for
 * that of the segments. */
DIR *opendir(const char *path) {
    DIR *(*original)(const char *) = (DIR * (*)(const char *)) dlsym(RTLD_NEXT, "opendir");
    if (access(path, F_OK) == 0 || strstr(path, "segments")) tick();
    return original(path);
}

int open(const char *path, int flags, ...) {
    int (*original)(const char *, int, ...) =
        (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    tick();
    return original(path, flags, mode);
}

/* --- the run as it was before --- */

enum { TRIALS = 4 };
static bytes_t files[TRIALS]; /* as written */

static void restore(void) {
    char path[PATH_MAX];
    unlink(path_segment(run.dir, 1, path));
    rmdir(path_segments(run.dir, path));
    for (int i = 0; i < TRIALS; i++) {
        const char *id = plan_trial(run.plan, (size_t)i)->id;
        disk_make_folder(path_folder(run.dir, path_folder_of(id), path));
        FILE *file = fopen(path_trial(run.dir, id, path), "w");
        if (!file || fwrite(files[i].at, files[i].size, 1, file) != 1 || fclose(file)) abort();
    }
}

static int open_run(void **state) {
    (void)state;
    pack_at = -1;
    sample_open(&run, "name: sample\nreplicas: 2\naxes: {product: {train.lr: [0.001, 0.01]}}\n");
    sample_write_all(&run);
    for (int i = 0; i < TRIALS; i++)
        if (disk_read(sample_path(&run, plan_trial(run.plan, (size_t)i)->id), &files[i])) abort();
    return 0;
}

static int close_run(void **state) {
    (void)state;
    for (int i = 0; i < TRIALS; i++) bytes_free(&files[i]);
    sample_close(&run);
    return 0;
}

/* --- readers: how many trials each of them sees --- */

static size_t seen_by_load(void) {
    frame_t frame = {0};
    size_t seen = 0;
    if (store_load(run.dir, run.plan, &frame) != STATUS_OK) fail_msg("%s", status_message());
    for (size_t row = 0; row < frame.rows; row++)
        seen += frame_find(&frame, "outcome/seconds")->number[row] == 1.5;
    frame_clear(&frame);
    return seen;
}

static status_t count(void *seen, const trial_t *trial, const char *how) {
    *(size_t *)seen += strcmp(how, trial->replica ? "DIVERGED" : "COMPLETED") == 0;
    return STATUS_OK;
}

static size_t seen_by_survey(void) {
    size_t seen = 0;
    if (store_survey(run.dir, run.plan, count, &seen) != STATUS_OK)
        fail_msg("%s", status_message());
    return seen;
}

static size_t seen_by_read(void) {
    size_t seen = 0;
    for (size_t i = 0; i < TRIALS; i++) {
        char how[TRIAL_STATE_MAX];
        record_t record;
        seen += store_read_trial(run.dir, plan_trial(run.plan, i), how, &record) == STATUS_OK;
        record_clear(&record);
    }
    return seen;
}

static size_t seen_by_locate(void) {
    size_t seen = 0;
    char where[PATH_MAX];
    for (size_t i = 0; i < TRIALS; i++)
        seen += store_locate_trial(run.dir, plan_trial(run.plan, i), where) == STATUS_OK;
    return seen;
}

static size_t seen_by_merge(void) {
    size_t merged;
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/merged.h5", run.dir);
    unlink(path);
    if (store_merge(run.dir, run.plan, NULL, path, &merged) != STATUS_OK)
        fail_msg("%s", status_message());
    return merged;
}

/* These print; what they find is their exit code. */
static size_t seen_by_verify(void) {
    capture_begin();
    status_t status = store_verify(run.dir, run.plan, NULL, 0);
    capture_end();
    return status == STATUS_OK ? TRIALS : 0;
}

static size_t seen_by_compare(void) {
    capture_begin();
    status_t status = store_compare(run.dir, run.dir, run.plan, run.plan);
    const char *said = capture_end();
    return status == STATUS_OK && strncmp(said, "4 of 4", 6) == 0 ? TRIALS : 0;
}

static const struct {
    const char *name;
    size_t (*look)(void);
} readers[] = {
    {"load", seen_by_load},       {"survey", seen_by_survey}, {"read", seen_by_read},
    {"locate", seen_by_locate},   {"merge", seen_by_merge},   {"verify", seen_by_verify},
    {"compare", seen_by_compare},
};

/* Packs at one moment after the other, until the reader has ended before. */
static int try_all_moments(const char *name, size_t (*look)(void)) {
    for (int moment = 0;; moment++) {
        restore();
        opened = 0;
        pack_at = moment;
        size_t seen = look();
        if (pack_at >= 0) return moment;
        if (seen != TRIALS)
            fail_msg("%s saw %zu of %d trials when they were packed at its look %d at the disk",
                     name, seen, TRIALS, moment);
    }
}

static void no_moment_of_packing_hides_a_trial(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        int moments = try_all_moments(readers[i].name, readers[i].look);
        print_message("%s: packed at each of %d moments\n", readers[i].name, moments);
        assert_true(moments > TRIALS);
    }
}

static void nor_with_an_index(void **state) {
    (void)state;
    pack_at = -1;
    assert_int_equal(store_write_index(run.dir, run.plan, NULL), STATUS_OK);
    assert_true(try_all_moments("load", seen_by_load) > TRIALS);
}

static void an_archive_finds_what_was_packed_after_it_was_opened(void **state) {
    (void)state;
    archive_t archive;
    bytes_t file = {0};
    seal_t seal;
    restore();
    assert_int_equal(archive_open(run.dir, &archive), STATUS_OK);
    assert_int_equal(store_pack_all(run.dir, 0), STATUS_OK);
    assert_int_equal(archive_read(&archive, plan_trial(run.plan, 2)->id, &file, &seal), STATUS_OK);
    bytes_free(&file);
    archive_close(&archive);
}

/* --- many packings --- */

enum { LARGE = 600, BATCH = 20 };

/* Writes trial after trial and packs a batch now and then, as a sweep does. */
static void work(sample_run_t *large, atomic_int *written) {
    char ids[BATCH][TRIAL_ID_LENGTH + 1];
    for (int i = 0; i < LARGE; i++) {
        if (sample_write(large, plan_trial(large->plan, (size_t)i)) != STATUS_OK) _exit(1);
        memcpy(ids[i % BATCH], plan_trial(large->plan, (size_t)i)->id, sizeof ids[0]);
        atomic_store(written, i + 1);
        if (i % BATCH == BATCH - 1 && store_pack(large->dir, ids, BATCH) != STATUS_OK) _exit(1);
    }
    _exit(0);
}

/* Trials [0, written) that a table does not show. */
static size_t missing(const sample_run_t *large, int written) {
    frame_t frame = {0};
    size_t none = 0;
    assert_int_equal(store_load(large->dir, large->plan, &frame), STATUS_OK);
    for (int row = 0; row < written; row++)
        none += frame_find(&frame, "outcome/seconds")->number[row] != 1.5;
    frame_clear(&frame);
    return none;
}

static void a_live_run_shows_every_finished_trial_always(void **state) {
    (void)state;
    int looks = 0, how;
    sample_run_t large;
    sample_open(&large, "name: large\nreplicas: 300\naxes: {product: {train.lr: [1e-3, 1e-2]}}\n");
    atomic_int *written =
        mmap(NULL, sizeof *written, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(written, MAP_FAILED);
    pid_t worker = fork();
    if (worker == 0) work(&large, written);
    for (; waitpid(worker, &how, WNOHANG) == 0; looks++) {
        int before = atomic_load(written);
        size_t none = missing(&large, before);
        if (none) fail_msg("look %d misses %zu of %d finished trials", looks, none, before);
    }
    assert_true(WIFEXITED(how) && WEXITSTATUS(how) == 0);
    assert_int_equal(missing(&large, LARGE), 0);
    print_message("%d looks at a run of %d trials\n", looks, LARGE);
    munmap(written, sizeof *written);
    sample_close(&large);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_moment_of_packing_hides_a_trial, open_run, close_run),
        cmocka_unit_test_setup_teardown(nor_with_an_index, open_run, close_run),
        cmocka_unit_test_setup_teardown(an_archive_finds_what_was_packed_after_it_was_opened,
                                        open_run, close_run),
        cmocka_unit_test(a_live_run_shows_every_finished_trial_always),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
