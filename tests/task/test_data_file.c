/* Input files: what shrinks or changes while it is in use is found out, and named. */
#include "task/trial.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "task/cache.h"
#include "task/folder.h"

enum { SIZE = 100000 };

static int use_folder(void **state) {
    (void)state;
    return setenv("XDG_CACHE_HOME", folder_path(), 1);
}

static int remove_folder(void **state) {
    (void)state;
    folder_remove();
    return 0;
}

/* A file of its own for every test: a process refuses one that changes. */
static data_file_t open_fresh(const char *name, char path[DATA_PATH_MAX]) {
    static char bytes[SIZE];
    data_file_t file;
    for (int i = 0; i < SIZE; i++) bytes[i] = (char)(1 + i * 31 % 250);
    strcpy(path, folder_write(name, bytes, SIZE));
    assert_int_equal(data_open(path, &file), STATUS_OK);
    assert_int_equal(data_fingerprint(&file), STATUS_OK);
    return file;
}

static void write_byte(const char *path, off_t at, char byte) {
    int descriptor = open(path, O_WRONLY);
    assert_int_equal(pwrite(descriptor, &byte, 1, at), 1);
    close(descriptor);
}

static void assert_says(const char *path, const char *words) {
    if (!strstr(status_message(), path) || !strstr(status_message(), words))
        fail_msg("%s", status_message());
}

/* -- shorter ------------------------------------------------------------------------------- */

static void a_truncated_file_reads_as_zeros_and_is_named(void **state) {
    (void)state;
    char path[DATA_PATH_MAX], other_path[DATA_PATH_MAX];
    data_file_t file = open_fresh("short", path), other = open_fresh("whole", other_path);
    assert_int_equal(truncate(path, 10000), 0);
    assert_int_equal(data_check_reads(), STATUS_OK); /* nobody has read what is gone */
    assert_int_equal(file.bytes[SIZE - 1], 0);
    assert_int_equal(file.bytes[12288], 0); /* behind the page that is left in part */
    assert_int_equal(file.bytes[9999], (char)(1 + 9999 * 31 % 250));
    assert_int_equal(data_check_reads(), STATUS_CORRUPT);
    assert_says(path, "could not be read to its end of 100000 bytes");
    assert_int_equal(data_check(&file), STATUS_CORRUPT);
    assert_int_equal(other.bytes[SIZE - 1], (char)(1 + (SIZE - 1) * 31 % 250));
    data_close(&file);
    assert_int_equal(data_check(&other), STATUS_OK);
    data_close(&other);
}

/* The handler is for data files alone: other faults end a process as ever. */
static void a_bus_error_elsewhere_still_kills(void **state) {
    (void)state;
    char path[DATA_PATH_MAX];
    pid_t child = fork();
    if (child == 0) {
        signal(SIGBUS, SIG_DFL); /* cmocka has a handler of its own */
        open_fresh("mine", path);
        int descriptor = open(path, O_RDWR);
        volatile char *foreign = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, descriptor, 0);
        if (ftruncate(descriptor, 0) != 0) _exit(1);
        _exit(foreign[SIZE - 1]);
    }
    int verdict;
    assert_int_equal(waitpid(child, &verdict, 0), child);
    assert_true(WIFSIGNALED(verdict) && WTERMSIG(verdict) == SIGBUS);
}

/* -- other --------------------------------------------------------------------------------- */

static void every_byte_counts(void **state) {
    (void)state;
    char path[DATA_PATH_MAX];
    data_file_t file = open_fresh("bytes", path);
    for (off_t at = 0; at < SIZE; at += 3571) {
        char byte = file.bytes[at];
        write_byte(path, at, (char)(byte + 1));
        assert_int_equal(data_check(&file), STATUS_CORRUPT);
        assert_says(path, "has changed while it was in use");
        write_byte(path, at, byte);
        assert_int_equal(data_check(&file), STATUS_OK);
    }
    data_close(&file);
}

/* The time that users see is no evidence: rsync and touch set it. */
static void a_change_with_its_time_set_back_is_found(void **state) {
    (void)state;
    char path[DATA_PATH_MAX];
    data_file_t file = open_fresh("back", path);
    struct stat before;
    assert_int_equal(stat(path, &before), 0);
    write_byte(path, 77, 'x');
    assert_int_equal(
        utimensat(AT_FDCWD, path, (struct timespec[]){before.st_atim, before.st_mtim}, 0), 0);
    assert_int_equal(data_check(&file), STATUS_CORRUPT);
    data_close(&file);
}

/* What is mapped is the old file: a trial that reads it is sound, the next one is refused. */
static void a_file_that_was_replaced_holds_until_it_is_opened_again(void **state) {
    (void)state;
    char path[DATA_PATH_MAX], fresh[DATA_PATH_MAX];
    data_file_t file = open_fresh("replaced", path), next;
    strcpy(fresh, folder_write("replaced.new", "other", 5));
    assert_int_equal(rename(fresh, path), 0);
    assert_int_equal(data_check(&file), STATUS_OK);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(data_check(&file), STATUS_OK);
    folder_write("replaced", "other", 5);
    assert_int_equal(data_open(path, &next), STATUS_OK);
    assert_int_equal(data_fingerprint(&next), STATUS_CORRUPT);
    assert_says(path, "has changed since this run first read it (then 100000 bytes");
    data_close(&next);
    data_close(&file);
}

/* -- sums that are kept -------------------------------------------------------------------- */

static const char *kept_sums(void) {
    static char command[DATA_PATH_MAX];
    snprintf(command, sizeof command, "cat %s/koopsweep/*.sum 2>/dev/null", folder_path());
    static char text[DATA_PATH_MAX];
    FILE *pipe = popen(command, "r");
    text[fread(text, 1, sizeof text - 1, pipe)] = '\0';
    pclose(pipe);
    return text;
}

static void sums_are_kept_only_of_files_at_rest(void **state) {
    (void)state;
    char path[DATA_PATH_MAX], sum[DATA_TEXT_MAX] = "", again[DATA_TEXT_MAX] = "";
    data_file_t file = open_fresh("rest", path);
    assert_string_equal(kept_sums(), "");
    data_describe("rest", &file, sum, sizeof sum);
    data_close(&file);
    sleep(5);
    assert_int_equal(data_open(path, &file), STATUS_OK);
    assert_int_equal(data_fingerprint(&file), STATUS_OK);
    data_describe("rest", &file, again, sizeof again);
    assert_string_equal(sum, again);
    assert_non_null(strstr(kept_sums(), path));
    assert_non_null(strstr(kept_sums(), strstr(sum, "xxh3")));
    write_byte(path, 50000, 0);
    assert_int_equal(data_check(&file), STATUS_CORRUPT);
    data_close(&file);
}

/* -- descriptions -------------------------------------------------------------------------- */

/* XXH3_64bits of "abc", from the reference implementation's command line (xxhsum -H3). */
static void a_description_has_name_size_and_sum(void **state) {
    (void)state;
    char text[DATA_TEXT_MAX] = "";
    data_file_t file;
    assert_int_equal(data_open(folder_write("abc", "abc", 3), &file), STATUS_OK);
    assert_int_equal(data_fingerprint(&file), STATUS_OK);
    data_describe("training", &file, text, sizeof text);
    data_describe("held out", &file, text, sizeof text);
    assert_string_equal(text, "training 3 bytes xxh3 78af5f94892f3950, "
                              "held out 3 bytes xxh3 78af5f94892f3950");
    data_close(&file);
}

static void sums_of_an_older_kind_do_not_compare(void **state) {
    (void)state;
    static const struct {
        const char *then, *now;
        int is_same;
    } cases[] = {
        {"", "", 1},
        {"training 3 bytes xxh3 aa", "training 3 bytes xxh3 aa", 1},
        {"training 3 bytes xxh3 aa", "training 3 bytes xxh3 ab", 0},
        {"training 3 bytes 99", "training 3 bytes xxh3 aa", 1},
        {"training 4 bytes 99", "training 3 bytes xxh3 aa", 0},
        {"training 3 bytes 99", "held out 3 bytes xxh3 aa", 0},
        {"training 3 bytes 99", "training 3 bytes 98", 0},
        {"training 3 bytes 99", "training 3 bytes xxh3 aa (held out: its last 1 or 33 %)", 1},
        {"training 3 bytes 99, held out 4 bytes 98",
         "training 3 bytes xxh3 a, held out 4 bytes xxh3 b", 1},
        {"training 3 bytes 99, held out 5 bytes 98",
         "training 3 bytes xxh3 a, held out 4 bytes xxh3 b", 0},
        {"training 3 bytes 99", "training 3 bytes xxh3 a, held out 4 bytes xxh3 b", 0},
        {"", "training 3 bytes xxh3 aa", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (data_is_same(cases[i].then, cases[i].now) != cases[i].is_same)
            fail_msg("%s | %s", cases[i].then, cases[i].now);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_truncated_file_reads_as_zeros_and_is_named),
        cmocka_unit_test(a_bus_error_elsewhere_still_kills),
        cmocka_unit_test(every_byte_counts),
        cmocka_unit_test(a_change_with_its_time_set_back_is_found),
        cmocka_unit_test(a_file_that_was_replaced_holds_until_it_is_opened_again),
        cmocka_unit_test(sums_are_kept_only_of_files_at_rest),
        cmocka_unit_test(a_description_has_name_size_and_sum),
        cmocka_unit_test(sums_of_an_older_kind_do_not_compare),
    };
    return cmocka_run_group_tests(tests, use_folder, remove_folder);
}
