/* harness.h: runs sweeps of fake trials (fake.h) in processes of their own and looks at what they
 * leave behind. A test program that includes it is the sweep itself when called with arguments. */
#ifndef TESTS_SWEEP_HARNESS_H
#define TESTS_SWEEP_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "store/store.h"
#include "sweep/fake_main.h"
#include "sweep/launcher.h"

/* PATIENCE: seconds, what never takes so long hangs; a busy machine takes many times the usual. */
enum { PATH_SIZE = 256, TRIALS_MAX = 64, PATIENCE = 240 };

static char folder[64]; /* of this program's files */
static char spec_path[PATH_SIZE], log_path[PATH_SIZE], output_path[PATH_SIZE], gate_path[PATH_SIZE];

/* --- files --- */

static inline int make_folder(void **state) {
    (void)state;
    strcpy(folder, "/tmp/koopsweep-sweep-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(spec_path, sizeof spec_path, "%s/spec.yaml", folder);
    snprintf(log_path, sizeof log_path, "%s/log", folder);
    snprintf(output_path, sizeof output_path, "%s/output", folder);
    snprintf(gate_path, sizeof gate_path, "%s/gate", folder);
    setenv("FAKE_LOG", log_path, 1);
    setenv("FAKE_GATE", gate_path, 1);
    setenv("TMPDIR", folder, 1); /* what killed runs of Open MPI leave behind */
    setenv("OMPI_MCA_btl_vader_backing_directory", folder, 1); /* Open MPI 4 */
    setenv("OMPI_MCA_btl_sm_backing_directory", folder, 1);    /* 5 */
    setenv("UCX_HANDLE_ERRORS", "none", 1); /* below it: takes its time over ranks that crash */
    setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
    setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
    /* Of the sweeps: Open MPI leaks, and 5 goes on without a rank only if a signal ended it. */
    setenv("ASAN_OPTIONS", "detect_leaks=0:abort_on_error=1", 1);
    setenv("RANK", launcher_find()->rank, 1); /* for shells: the name of its variable */
    return 0;
}

static inline int remove_folder(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

/* A fresh log, and the path of a run directory that does not exist yet. */
static inline const char *new_run(void) {
    static char run[PATH_SIZE];
    static int number;
    snprintf(run, sizeof run, "%s/run%d", folder, ++number);
    unlink(log_path);
    unlink(gate_path);
    return run;
}

/* A spec of `count` trials; trial i ends as endings[i % n] and sleeps `milliseconds`. */
static inline void write_spec(int count, int milliseconds, int n, const char *const *endings) {
    FILE *file = fopen(spec_path, "w");
    assert_non_null(file);
    fprintf(file, "name: fake\nseed: 7\nfake.milliseconds: %d\naxes:\n  zip:\n    fake.number: [",
            milliseconds);
    for (int i = 0; i < count; i++) fprintf(file, "%s%d", i ? ", " : "", i);
    fprintf(file, "]\n    fake.ending: [");
    for (int i = 0; i < count; i++) fprintf(file, "%s%s", i ? ", " : "", endings[i % n]);
    fprintf(file, "]\n");
    assert_int_equal(fclose(file), 0);
}

static inline void write_plain_spec(int count, int milliseconds) {
    write_spec(count, milliseconds, 2, (const char *const[]){"complete", "diverge"});
}

static inline char *read_file(const char *path) {
    static char text[1 << 16];
    FILE *file = fopen(path, "r");
    size_t length = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file) fclose(file);
    text[length] = '\0';
    return text;
}

static inline int log_lines(const char *word) {
    int count = 0;
    for (const char *at = read_file(log_path); (at = strstr(at, word)); at++) count++;
    return count;
}

/* --- processes --- */

/* Starts this program in a process group of its own with the words given, the last one NULL. */
static inline pid_t start_words(char *const *words) {
    pid_t child = fork();
    if (child != 0) return child;
    setpgid(0, 0);
    int output = open(output_path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    execvp(words[0], words);
    _exit(127);
}

/* The same of `ranks` ranks of the words, as a user starts them by hand. */
static inline pid_t start_ranks(const char *ranks, char *const *words) {
    const char *command[LAUNCHER_COMMAND_MAX + 8];
    size_t at = launcher_command(ranks, NULL, 0, command), count = 0;
    while (words[count]) count++;
    assert_in_range(count, 1, 7);
    memcpy(command + at, words, (count + 1) * sizeof *words);
    return start_words((char *const *)command);
}

static inline pid_t start(const char *run, const char *workers, const char *more) {
    char *words[] = {(char *)"/proc/self/exe", spec_path,    (char *)run,
                     (char *)workers,          (char *)more, NULL};
    return start_words(words);
}

/* The same; trials from the so many-th start on wait until open_gate(), or to be stopped. */
static inline pid_t start_held(const char *run, const char *workers, int from) {
    char text[16];
    snprintf(text, sizeof text, "%d", from);
    setenv("FAKE_HOLD", text, 1);
    pid_t child = start(run, workers, NULL);
    unsetenv("FAKE_HOLD");
    return child;
}

static inline void open_gate(void) {
    int gate = open(gate_path, O_WRONLY | O_CREAT, 0644);
    assert_true(gate >= 0);
    close(gate);
}

/* Its exit code, 128 + signal when it was killed; fails when that takes too long. */
static inline int end_of(pid_t child) {
    int status;
    for (double deadline = clock_seconds() + PATIENCE; clock_seconds() < deadline; usleep(5000)) {
        if (waitpid(child, &status, WNOHANG) != child) continue;
        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
    kill(-child, SIGKILL);
    fail_msg("the sweep did not end; its output:\n%s", read_file(output_path));
    return -1;
}

static inline int run_sweep(const char *run, const char *workers) {
    return end_of(start(run, workers, NULL));
}

static inline void assert_output_says(const char *words) {
    const char *output = read_file(output_path);
    if (!strstr(output, words)) fail_msg("no '%s' in the output:\n%s", words, output);
}

/* Waits until `count` trials were started. */
static inline void await_starts(int count) {
    for (double deadline = clock_seconds() + PATIENCE; log_lines("start") < count; usleep(2000))
        if (clock_seconds() > deadline) fail_msg("no start: %s", read_file(output_path));
}

/* The first child of a process, 0 when it has none. */
static inline pid_t child_of(pid_t parent) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
    return (pid_t)atol(read_file(path));
}

/* 1 when the process was started as that rank. */
static inline int is_rank(long process, int rank) {
    char path[64], wanted[64];
    snprintf(path, sizeof path, "/proc/%ld/environ", process);
    snprintf(wanted, sizeof wanted, "%s=%d", launcher_find()->rank, rank);
    for (const char *entry = read_file(path); *entry; entry += strlen(entry) + 1)
        if (strcmp(entry, wanted) == 0) return 1;
    return 0;
}

/* The process of that rank below a sweep or an mpirun, however deep: what stands above it has its
 * environment, but no such child. 0 when it is not there yet. */
static inline pid_t rank_below(pid_t ancestor, int rank) {
    char path[64];
    long child;
    pid_t found = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)ancestor, (int)ancestor);
    FILE *children = fopen(path, "r");
    while (children && !found && fscanf(children, "%ld", &child) == 1) {
        found = rank_below((pid_t)child, rank);
        if (!found && is_rank(child, rank)) found = (pid_t)child;
    }
    if (children) fclose(children);
    return found;
}

/* --- results --- */

typedef struct results {
    spec_t *spec;
    plan_t *plan;
    int count;
    struct timespec written[TRIALS_MAX]; /* time of each trial's file, 0 when there is none */
    ino_t file[TRIALS_MAX];
} results_t;

static inline void look(const char *run, results_t *results) {
    *results = (results_t){0};
    assert_int_equal(spec_load(spec_path, fake_sets, &results->spec), STATUS_OK);
    assert_int_equal(plan_create(results->spec, &results->plan), STATUS_OK);
    assert_in_range(plan_count(results->plan), 1, TRIALS_MAX);
    for (size_t i = 0; i < plan_count(results->plan); i++) {
        char path[2 * PATH_SIZE];
        struct stat info;
        const char *id = plan_trial(results->plan, i)->id;
        snprintf(path, sizeof path, "%s/trials/%.2s/%s.h5", run, id, id);
        if (stat(path, &info) != 0) continue;
        results->count++;
        results->written[i] = info.st_mtim;
        results->file[i] = info.st_ino;
    }
}

static inline void forget(results_t *results) {
    plan_destroy(&results->plan);
    spec_destroy(&results->spec);
}

static inline int count_results(const char *run) {
    results_t results;
    look(run, &results);
    forget(&results);
    return results.count;
}

static inline int count_state(const char *run, trial_state_t wanted) {
    int count = 0;
    results_t results;
    look(run, &results);
    for (size_t i = 0; i < plan_count(results.plan); i++) {
        char state[TRIAL_STATE_MAX];
        record_t record = {0};
        if (store_read_trial(run, plan_trial(results.plan, i), state, &record) == STATUS_OK)
            count += trial_state_find(state) == wanted;
        record_clear(&record);
    }
    forget(&results);
    return count;
}

/* Every file of `before` is untouched in `after`, and no such trial was started since the log was
 * emptied. */
static inline void assert_kept(const results_t *before, const results_t *after) {
    for (size_t i = 0; i < plan_count(before->plan); i++) {
        char line[64];
        if (!before->file[i]) continue;
        assert_int_equal(before->file[i], after->file[i]);
        assert_int_equal(before->written[i].tv_sec, after->written[i].tv_sec);
        assert_int_equal(before->written[i].tv_nsec, after->written[i].tv_nsec);
        snprintf(line, sizeof line, "start %s\n", plan_trial(before->plan, i)->id);
        assert_int_equal(log_lines(line), 0);
    }
}

#endif
