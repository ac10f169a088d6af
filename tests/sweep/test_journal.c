/* What happened in every attempt is kept, whoever is killed, and lines that were cut off do no
 * harm. */
#include "harness.h"

#include <sys/resource.h>

#include "rundir/journal.h"

enum { LINES_MAX = 64 };

typedef struct lines {
    journal_entry_t entry[LINES_MAX];
    int count;
} lines_t;

static void take(void *context, const journal_entry_t *entry) {
    lines_t *lines = context;
    assert_true(lines->count < LINES_MAX);
    lines->entry[lines->count++] = *entry;
}

/* The events of one trial, as "begun died FAILED"; lines about the sweep and those of the event
 * `but` left out. */
static const char *words_of(const char *run, const char *id, const char *but) {
    static char words[256];
    lines_t lines = {0};
    journal_read(run, id, take, &lines);
    words[0] = '\0';
    for (int i = 0; i < lines.count; i++) {
        if (!strcmp(lines.entry[i].id, JOURNAL_SWEEP) || !strcmp(lines.entry[i].event, but))
            continue;
        if (*words) strcat(words, " ");
        strcat(words, lines.entry[i].event);
    }
    return words;
}

static const char *events_of(const char *run, const char *id) { return words_of(run, id, ""); }

/* Whether an attempt has a line for its beginning depends on how long it takes. */
static const char *ends_of(const char *run, const char *id) {
    return words_of(run, id, JOURNAL_BEGUN);
}

static int count_sweeps(const char *run) {
    int count = 0;
    lines_t lines = {0};
    journal_read(run, "none", take, &lines);
    for (int i = 0; i < lines.count; i++) count += !strcmp(lines.entry[i].id, JOURNAL_SWEEP);
    return count;
}

static const char *make_run(void) {
    const char *run = new_run();
    assert_int_equal(mkdir(run, 0755), 0);
    return run;
}

static void lines_come_back_as_noted(void **state) {
    (void)state;
    const char *run = make_run();
    lines_t lines = {0};
    journal_t *journal = journal_open(run);
    journal_entry_t stopped = {.time = 1.7e9 + 0.125,
                               .id = "0123456789ab",
                               .event = "stopped",
                               .rank = 3,
                               .host = "node7",
                               .seconds = 12.5,
                               .first = 100,
                               .last = 240,
                               .steps = 400,
                               .text = "two\nlines"};
    journal_entry_t other = {.id = "ffffffffffff", .event = "died", .rank = 1};
    journal_note(journal, &stopped);
    journal_note(journal, &other);
    journal_flush(journal);
    journal_note(journal, &(journal_entry_t){.id = "0123456789ab", .event = "COMPLETED"});
    journal_close(&journal);
    journal_read(run, "0123456789ab", take, &lines);
    assert_int_equal(lines.count, 2);
    assert_true(lines.entry[0].time == stopped.time && lines.entry[0].seconds == stopped.seconds);
    assert_int_equal(lines.entry[0].rank, 3);
    assert_string_equal(lines.entry[0].host, "node7");
    assert_int_equal(lines.entry[0].first, 100);
    assert_int_equal(lines.entry[0].last, 240);
    assert_int_equal(lines.entry[0].steps, 400);
    assert_string_equal(lines.entry[0].text, "two lines");
    assert_string_equal(lines.entry[1].event, "COMPLETED");
    assert_string_equal(lines.entry[1].text, "");
}

static void more_lines_than_fit_in_memory_are_all_there(void **state) {
    (void)state;
    const char *run = make_run();
    char text[JOURNAL_TEXT_MAX], path[PATH_SIZE + 8];
    journal_t *journal = journal_open(run);
    journal_entry_t entry = {.id = "0123456789ab", .event = "late"};
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    strcpy(entry.text, text);
    for (int i = 0; i < 1000; i++) journal_note(journal, &entry);
    journal_close(&journal);
    snprintf(path, sizeof path, "%s/journal", run);
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    assert_true(about.st_size > 1000 * (JOURNAL_TEXT_MAX - 1));
    assert_int_equal(about.st_size % 1000, 0);
}

static void a_line_cut_off_costs_itself_alone(void **state) {
    (void)state;
    const char *run = make_run();
    char path[PATH_SIZE + 8];
    journal_entry_t entry = {.id = "0123456789ab", .event = "begun", .host = "node7"};
    snprintf(path, sizeof path, "%s/journal", run);
    for (int cut = 1; cut < 30; cut++) {
        struct stat about;
        unlink(path);
        journal_t *journal = journal_open(run);
        journal_note(journal, &entry);
        journal_note(journal, &entry);
        journal_close(&journal);
        assert_int_equal(stat(path, &about), 0);
        assert_int_equal(truncate(path, about.st_size - cut), 0);
        assert_string_equal(events_of(run, entry.id), "begun");
        journal = journal_open(run);
        journal_note(journal, &entry);
        journal_close(&journal);
        assert_string_equal(events_of(run, entry.id), "begun begun");
    }
}

static void limit_size(rlim_t size) {
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = size;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The second line would go in by half. */
static void lines_that_the_disk_refuses_wait_for_room(void **state) {
    (void)state;
    const char *run = make_run();
    journal_t *journal = journal_open(run);
    journal_entry_t entry = {.time = 1, .id = "0123456789ab", .event = "begun", .host = "h"};
    signal(SIGXFSZ, SIG_IGN); /* as the program does */
    journal_note(journal, &entry);
    journal_flush(journal);
    limit_size(80);
    strcpy(entry.event, "died");
    journal_note(journal, &entry);
    journal_flush(journal);
    assert_string_equal(events_of(run, entry.id), "begun");
    limit_size(RLIM_INFINITY);
    strcpy(entry.event, "COMPLETED");
    journal_note(journal, &entry);
    journal_close(&journal);
    assert_string_equal(events_of(run, entry.id), "begun died COMPLETED");
}

/* A disk that stays full costs lines, and the sweep goes on. */
static void more_lines_than_wait_are_let_go(void **state) {
    (void)state;
    const char *run = make_run();
    journal_t *journal = journal_open(run);
    journal_entry_t entry = {.time = 1, .id = "0123456789ab", .event = "begun", .host = "h"};
    limit_size(0);
    for (int i = 0; i < 10000; i++) journal_note(journal, &entry);
    limit_size(RLIM_INFINITY);
    journal_close(&journal);
    char path[PATH_SIZE + 8];
    struct stat about;
    snprintf(path, sizeof path, "%s/journal", run);
    assert_int_equal(stat(path, &about), 0);
    assert_true(about.st_size > 32000 && about.st_size < 66000);
}

static void without_a_folder_there_is_no_journal(void **state) {
    (void)state;
    journal_t *journal = journal_open("/nowhere/at/all");
    lines_t lines = {0};
    assert_null(journal);
    journal_note(journal, &(journal_entry_t){.id = "0123456789ab"});
    journal_flush(journal);
    journal_close(&journal);
    journal_read("/nowhere/at/all", "0123456789ab", take, &lines);
    assert_int_equal(lines.count, 0);
}

static const char *id_of(int trial) {
    static char id[TRIAL_ID_LENGTH + 1];
    results_t results;
    look("/nowhere", &results);
    strcpy(id, plan_trial(results.plan, (size_t)trial)->id);
    forget(&results);
    return id;
}

static void deaths_and_their_end_are_noted(void **state) {
    (void)state;
    const char *run = new_run();
    write_spec(4, 20, 4, (const char *const[]){"crash", "complete", "diverge", "fail"});
    assert_int_equal(run_sweep(run, "3"), STATUS_FAILED);
    assert_string_equal(ends_of(run, id_of(0)), "died died FAILED");
    assert_string_equal(ends_of(run, id_of(1)), "COMPLETED");
    assert_string_equal(ends_of(run, id_of(2)), "DIVERGED");
    assert_string_equal(ends_of(run, id_of(3)), "FAILED");
    assert_int_equal(count_sweeps(run), 1);
}

static void stopped_and_resumed_is_noted(void **state) {
    (void)state;
    const char *run = new_run();
    write_plain_spec(1, 1);
    pid_t child = start_held(run, "1", 1);
    await_starts(1);
    kill(child, SIGINT);
    assert_int_equal(end_of(child), STATUS_INCOMPLETE);
    assert_string_equal(ends_of(run, id_of(0)), "stopped");
    assert_int_equal(run_sweep(run, "1"), STATUS_OK);
    assert_string_equal(ends_of(run, id_of(0)), "stopped COMPLETED");
    assert_int_equal(count_sweeps(run), 2);
}

/* The master writes every two seconds: what was under way then is known to have been. */
static void a_killed_sweep_leaves_beginnings_without_ends(void **state) {
    (void)state;
    const char *run = new_run();
    write_plain_spec(1, 1);
    pid_t child = start_held(run, "1", 1);
    await_starts(1);
    for (double limit = clock_seconds() + PATIENCE; !*events_of(run, id_of(0)); usleep(20000))
        assert_true(clock_seconds() < limit);
    kill(child, SIGKILL);
    end_of(child);
    assert_string_equal(events_of(run, id_of(0)), "begun");
}

int main(int argc, char **argv) {
    if (argc > 1) return fake_main(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_back_as_noted),
        cmocka_unit_test(more_lines_than_fit_in_memory_are_all_there),
        cmocka_unit_test(a_line_cut_off_costs_itself_alone),
        cmocka_unit_test(lines_that_the_disk_refuses_wait_for_room),
        cmocka_unit_test(more_lines_than_wait_are_let_go),
        cmocka_unit_test(without_a_folder_there_is_no_journal),
        cmocka_unit_test(deaths_and_their_end_are_noted),
        cmocka_unit_test(stopped_and_resumed_is_noted),
        cmocka_unit_test(a_killed_sweep_leaves_beginnings_without_ends),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
