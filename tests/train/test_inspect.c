/* What is looked at before a sweep's first trial: every data set once, and only of what is left. */
#include "train/sweep_text.h"

static void assert_inspected(const char *text, trial_state_t state, status_t status,
                             const char *says) {
    sweep_text_t sweep = sweep_of_text(text);
    trial_state_t *states = calloc(plan_count(sweep.plan), sizeof *states);
    for (size_t i = 0; i < plan_count(sweep.plan); i++) states[i] = state;
    assert_int_equal(trials_inspect(sweep.plan, states, NULL), status);
    if (status != STATUS_OK && !strstr(status_message(), says)) fail_msg("%s", status_message());
    free(states);
    sweep_end(&sweep);
}

#define HEAD "name: test\n"

static void missing_data_are_found(void **state) {
    (void)state;
    const char *text = HEAD "axes: {product: {task.name: [associative_recall, cifar10]}}\n"
                            "task.data_dir: /nowhere\nmodel.arch: vit\n";
    assert_inspected(text, TRIAL_PENDING, STATUS_CORRUPT, "/nowhere/cifar-10-batches-bin");
}

static void trials_that_have_ended_need_no_data(void **state) {
    (void)state;
    const char *text = HEAD "task: {name: cifar10, data_dir: /nowhere}\nmodel.arch: vit\n";
    assert_inspected(text, TRIAL_COMPLETED, STATUS_OK, "");
}

static void a_batch_larger_than_what_is_held_out_is_refused(void **state) {
    (void)state;
    assert_inspected(HEAD "train.batch: 1024\n", TRIAL_PENDING, STATUS_OK, "");
    assert_inspected(HEAD "train.batch: 1025\n", TRIAL_PENDING, STATUS_SPEC,
                     "train.batch: 1025 samples are more than the 1024 held out");
    assert_inspected(HEAD "train: {batch: 1025, valid_batches: 0}\n", TRIAL_PENDING, STATUS_OK, "");
}

/* -- files ---------------------------------------------------------------------------------- */

static char folder[64];

static int make_folder(void **state) {
    (void)state;
    char path[96];
    strcpy(folder, "/tmp/koopsweep-inspect-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/story.txt", folder);
    FILE *file = fopen(path, "w");
    for (int i = 0; file && i < 40000; i++) fputc(i % 50 == 49 ? '\n' : 'a' + i * i % 26, file);
    setenv("XDG_CACHE_HOME", folder, 1);
    return file ? fclose(file) : -1;
}

static int remove_folder(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static sweep_text_t sweep_of_file(const char *name) {
    char text[512];
    snprintf(text, sizeof text,
             HEAD "replicas: 3\ntask: {name: text, tokenizer: byte, data_dir: %s, corpus: %s}\n",
             folder, name);
    return sweep_of_text(text);
}

static void collect(void *context, const char *text) { strcat(context, text); }

static void the_part_that_is_held_out_is_told_before(void **state) {
    (void)state;
    char said[4096] = "";
    sweep_text_t sweep = sweep_of_file("story.txt");
    trials_preview_cuts(sweep.plan, collect, said);
    assert_string_equal(said, "story.txt (held out: its last 3950 bytes or 9.88 %)");
    sweep_end(&sweep);
    *said = '\0';
    sweep = sweep_of_file("nowhere.txt");
    trials_preview_cuts(sweep.plan, collect, said);
    if (!strstr(said, "not known here: ") || !strstr(said, "nowhere.txt: is missing"))
        fail_msg("%s", said);
    sweep_end(&sweep);
}

/* Two of three trials have ended; what their files say of the data. */
static void assert_judged(char *first, char *second, status_t status, const char *says) {
    sweep_text_t sweep = sweep_of_file("story.txt");
    trial_state_t states[3] = {TRIAL_COMPLETED, TRIAL_COMPLETED, TRIAL_PENDING};
    char *data[3] = {first, second, ""};
    assert_int_equal(trials_inspect(sweep.plan, states, data), status);
    if (status != STATUS_OK && !strstr(status_message(), says)) fail_msg("%s", status_message());
    sweep_end(&sweep);
}

static void results_of_older_sums_are_no_changed_data(void **state) {
    (void)state;
    char old[] = "training 40000 bytes 7f9e5c4a08035336", shorter[] = "training 39999 bytes 7f",
         other[] = "training 40000 bytes xxh3 0123456789abcdef", none[] = "";
    assert_judged(old, old, STATUS_OK, "");
    assert_judged(none, old, STATUS_OK, "");
    assert_judged(shorter, shorter, STATUS_CORRUPT, "are not those that the results");
    assert_judged(other, other, STATUS_CORRUPT, "are not those that the results");
    assert_judged(old, other, STATUS_CORRUPT, "are not those that the results");
}

static void results_of_different_data_do_not_go_on(void **state) {
    (void)state;
    char a[] = "training 40000 bytes xxh3 aa", b[] = "training 40000 bytes xxh3 ab";
    assert_judged(a, b, STATUS_CORRUPT, "the results of this sweep came from different data");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_data_are_found),
        cmocka_unit_test(trials_that_have_ended_need_no_data),
        cmocka_unit_test(a_batch_larger_than_what_is_held_out_is_refused),
        cmocka_unit_test(the_part_that_is_held_out_is_told_before),
        cmocka_unit_test(results_of_older_sums_are_no_changed_data),
        cmocka_unit_test(results_of_different_data_do_not_go_on),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
