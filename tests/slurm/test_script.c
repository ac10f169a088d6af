/* Job scripts and the call of sbatch, without a cluster: the command runner is ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "slurm/script.h"
#include "slurm/submit.h"

/* --- templates --- */

static const script_value_t values[] = {
    {"NAME", "tiny"}, {"RUN", "'/a b'"}, {"EMPTY", ""}, {"OWN", "a\n@NAME@", .has_lines = 1}, {0}};

static void names_become_values(void **state) {
    (void)state;
    char script[SCRIPT_TEXT_MAX] = "";
    assert_int_equal(script_append("t", "x=@RUN@@NAME@\n@EMPTY@", values, script), STATUS_OK);
    assert_int_equal(script_append("t", "more @NAME@", values, script), STATUS_OK);
    assert_string_equal(script, "x='/a b'tiny\nmore tiny");
}

static void lines_of_the_users_own_stay_as_they_are(void **state) {
    (void)state;
    char script[SCRIPT_TEXT_MAX] = "";
    assert_int_equal(script_append("t", "<@OWN@>", values, script), STATUS_OK);
    assert_string_equal(script, "<a\n@NAME@>");
}

static void what_only_looks_like_a_name_stays(void **state) {
    (void)state;
    const char *text = "a@b.c @ @@ \"$@\" @lower@ date -d \"@$X\" @A1@";
    char script[SCRIPT_TEXT_MAX] = "";
    assert_int_equal(script_append("t", text, values, script), STATUS_OK);
    assert_string_equal(script, text);
}

static void mistakes_are_named_with_their_line(void **state) {
    (void)state;
    char script[SCRIPT_TEXT_MAX] = "";
    const script_value_t lines[] = {{"NAME", "a\nb"}, {0}};
    assert_int_equal(script_append("job.sh", "\n\n@NAMES@", values, script), STATUS_SPEC);
    assert_string_equal(status_message(), "job.sh:3: @NAMES@ is no name koopsweep has a value for");
    assert_int_equal(script_append("job.sh", "@NAME@", lines, script), STATUS_SPEC);
    assert_non_null(strstr(status_message(), "several lines"));
}

static void a_script_that_grows_too_long_is_refused(void **state) {
    (void)state;
    static char text[SCRIPT_TEXT_MAX + 1];
    char script[SCRIPT_TEXT_MAX] = "";
    memset(text, 'x', SCRIPT_TEXT_MAX - 1);
    assert_int_equal(script_append("t", text, values, script), STATUS_OK);
    assert_int_equal(script_append("t", "y", values, script), STATUS_SPEC);
}

static void missing_templates_are_named(void **state) {
    (void)state;
    char script[SCRIPT_TEXT_MAX];
    const char *const parts[] = {"none.sh", NULL};
    assert_int_equal(script_render("/nowhere", parts, values, script), STATUS_SPEC);
    assert_non_null(strstr(status_message(), "/nowhere/none.sh"));
    assert_int_equal(script_render(NULL, parts, values, script), STATUS_ENVIRONMENT);
    assert_non_null(strstr(status_message(), "--templates"));
}

/* Oracle: the shell. */
static void a_shell_reads_back_what_was_quoted(void **state) {
    (void)state;
    static const char *const words[] = {"plain", "/a b/c", "it's", "$HOME `x` \"q\" \\ * ;&|",
                                        "'",     "",       NULL};
    for (int i = 0; words[i]; i++) {
        char quoted[SCRIPT_QUOTED_MAX], command[SCRIPT_QUOTED_MAX + 32];
        command_result_t result;
        script_quote(words[i], quoted);
        snprintf(command, sizeof command, "printf %%s %s", quoted);
        char *argv[] = {"sh", "-c", command, NULL};
        assert_int_equal(command_run(argv, environ, &result), STATUS_OK);
        assert_int_equal(result.code, 0);
        assert_string_equal(result.output, words[i]);
    }
}

/* --- running a command --- */

static command_result_t shell(const char *text) {
    command_result_t result;
    char *argv[] = {"sh", "-c", (char *)text, NULL};
    assert_int_equal(command_run(argv, environ, &result), STATUS_OK);
    return result;
}

static void both_streams_and_the_code_are_heard(void **state) {
    (void)state;
    command_result_t result = shell("echo out; echo err >&2; exit 42");
    assert_int_equal(result.code, 42);
    assert_string_equal(result.output, "out");
    assert_string_equal(result.errors, "err");
    assert_int_equal(shell("kill -9 $$").code, 128 + 9);
}

/* The answer stands behind what a site prints at every call. */
static void of_more_than_fits_the_end_is_kept(void **state) {
    (void)state;
    command_result_t result = shell("yes | head -c 300000; echo 4711; yes no | head -c 300000 >&2");
    assert_int_equal(result.code, 0);
    assert_int_equal(strlen(result.output), COMMAND_TEXT_MAX - 2); /* its last newline is off */
    assert_string_equal(strrchr(result.output, '\n'), "\n4711");
    assert_non_null(strstr(result.errors, "no\nno"));
}

static void a_program_that_is_not_there_is_named(void **state) {
    (void)state;
    command_result_t result;
    char *argv[] = {"no-such-program", NULL};
    assert_int_equal(command_run(argv, environ, &result), STATUS_ENVIRONMENT);
    assert_non_null(strstr(status_message(), "no-such-program"));
}

/* --- sbatch --- */

static command_result_t answer;
static char heard[512], inherited[512];

static status_t fake_sbatch(char *const *argv, char *const *environment, command_result_t *result) {
    heard[0] = inherited[0] = '\0';
    for (; *argv; argv++) strcat(strcat(heard, *argv), "|");
    for (; *environment; environment++) strcat(strcat(inherited, *environment), "|");
    *result = answer;
    return STATUS_OK;
}

static status_t submit(char *const *options, char *const *environment, submission_t *submission) {
    return submit_script("/run/job.sh", options, environment, fake_sbatch, submission);
}

static void options_reach_sbatch_word_by_word(void **state) {
    (void)state;
    submission_t submission;
    char *options[] = {"--time=1:00", "-p", "a b", NULL}, *environment[] = {NULL};
    answer = (command_result_t){.output = "1234"};
    assert_int_equal(submit(options, environment, &submission), STATUS_OK);
    assert_string_equal(heard, "sbatch|--parsable|--time=1:00|-p|a b|/run/job.sh|");
    assert_string_equal(submission.id, "1234");
    assert_string_equal(submission.remark, "");
}

/* What sbatch and the wrappers that sites put around it print; the id and the cluster in it. */
static void the_id_is_found_in_the_last_line_that_tells(void **state) {
    (void)state;
    static const struct {
        const char *output, *id, *cluster;
    } answers[] = {
        {"77", "77", ""},
        {"77;main", "77", "main"},
        {" 67108866;two\r", "67108866", "two"},
        {"Submitted batch job 12", "12", ""},
        {"Submitted batch job 12 on cluster main", "12", "main"},
        {"\n   Welcome to the Supercomputer\n--> Verifying host (login4)...OK\n519605", "519605",
         ""},
        {"2 GPU-hours left in allocation ab12\n519605", "519605", ""},
        {"519605;main\n\nsee https://site/12\n3 jobs of yours wait", "519605", "main"},
        {"11\nSubmitted batch job 12", "12", ""},
    };
    char *none[] = {NULL};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        submission_t submission;
        answer = (command_result_t){.errors = "sbatch: be quick"};
        strcpy(answer.output, answers[i].output);
        assert_int_equal(submit(none, none, &submission), STATUS_OK);
        assert_string_equal(submission.id, answers[i].id);
        assert_string_equal(submission.cluster, answers[i].cluster);
        assert_string_equal(submission.remark, "sbatch: be quick");
    }
}

static void an_answer_without_an_id_is_shown_and_doubtful(void **state) {
    (void)state;
    static const char *const answers[] = {"2 GPU-hours left in allocation ab12", "1234 jobs wait",
                                          "x77", "Submitted batch job", ""};
    char *none[] = {NULL};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        submission_t submission;
        answer = (command_result_t){0};
        strcpy(answer.output, answers[i]);
        assert_int_equal(submit(none, none, &submission), STATUS_ENVIRONMENT);
        assert_non_null(strstr(status_message(), *answers[i] ? answers[i] : "it said: nothing"));
        assert_string_equal(submission.id, "");
        assert_true(submission.is_doubtful);
    }
}

/* sbatch --wait ends with the code of the job. */
static void a_job_that_is_waited_for_passes_its_code_on(void **state) {
    (void)state;
    submission_t submission;
    char *options[] = {"--wait", NULL}, *none[] = {NULL};
    answer = (command_result_t){.code = 4, .output = "77"};
    assert_int_equal(submit(options, none, &submission), STATUS_INCOMPLETE);
    assert_string_equal(submission.id, "77");
}

static void a_test_has_a_remark_and_no_id(void **state) {
    (void)state;
    submission_t submission;
    char *options[] = {"--test-only", NULL}, *none[] = {NULL};
    answer = (command_result_t){.errors = "sbatch: Job 3 to start at 12:00", .output = "77"};
    assert_int_equal(submit(options, none, &submission), STATUS_OK);
    assert_string_equal(submission.id, "");
    assert_non_null(strstr(submission.remark, "to start at"));
}

static void a_refusal_is_passed_on_in_sbatchs_words(void **state) {
    (void)state;
    submission_t submission;
    char *none[] = {NULL};
    answer = (command_result_t){.code = 1, .errors = "sbatch: error: invalid partition"};
    assert_int_equal(submit(none, none, &submission), STATUS_ENVIRONMENT);
    assert_non_null(strstr(status_message(), "invalid partition"));
    assert_false(submission.is_doubtful);
}

static void what_a_surrounding_job_left_is_not_passed_on(void **state) {
    (void)state;
    submission_t submission;
    char *none[] = {NULL};
    char *environment[] = {"PATH=/bin",
                           "SLURM_CPU_BIND=quiet,mask_cpu:0x1",
                           "SLURM_CONF=/c",
                           "SLURM_CONFIG=x",
                           "PMIX_RANK=3",
                           "OMPI_COMM_WORLD_RANK=3",
                           "SBATCH_ACCOUNT=me",
                           "KOOPSWEEP_DATA=/data",
                           "PMI_RANK=1",
                           "SLURM_CLUSTERS=two",
                           NULL};
    answer = (command_result_t){.output = "1"};
    assert_int_equal(submit(none, environment, &submission), STATUS_OK);
    assert_string_equal(inherited, "PATH=/bin|SLURM_CONF=/c|SBATCH_ACCOUNT=me|"
                                   "KOOPSWEEP_DATA=/data|SLURM_CLUSTERS=two|");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_become_values),
        cmocka_unit_test(lines_of_the_users_own_stay_as_they_are),
        cmocka_unit_test(what_only_looks_like_a_name_stays),
        cmocka_unit_test(mistakes_are_named_with_their_line),
        cmocka_unit_test(a_script_that_grows_too_long_is_refused),
        cmocka_unit_test(missing_templates_are_named),
        cmocka_unit_test(a_shell_reads_back_what_was_quoted),
        cmocka_unit_test(both_streams_and_the_code_are_heard),
        cmocka_unit_test(of_more_than_fits_the_end_is_kept),
        cmocka_unit_test(a_program_that_is_not_there_is_named),
        cmocka_unit_test(options_reach_sbatch_word_by_word),
        cmocka_unit_test(the_id_is_found_in_the_last_line_that_tells),
        cmocka_unit_test(an_answer_without_an_id_is_shown_and_doubtful),
        cmocka_unit_test(a_job_that_is_waited_for_passes_its_code_on),
        cmocka_unit_test(a_test_has_a_remark_and_no_id),
        cmocka_unit_test(a_refusal_is_passed_on_in_sbatchs_words),
        cmocka_unit_test(what_a_surrounding_job_left_is_not_passed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
