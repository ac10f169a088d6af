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

static const script_value_t values[] = {{"NAME", "tiny"}, {"RUN", "'/a b'"}, {"EMPTY", ""}, {0}};

static void names_become_values(void **state) {
    (void)state;
    char script[SCRIPT_TEXT_MAX] = "";
    assert_int_equal(script_append("t", "x=@RUN@@NAME@\n@EMPTY@", values, script), STATUS_OK);
    assert_int_equal(script_append("t", "more @NAME@", values, script), STATUS_OK);
    assert_string_equal(script, "x='/a b'tiny\nmore tiny");
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

static void more_than_fits_is_cut_not_waited_for(void **state) {
    (void)state;
    command_result_t result = shell("yes | head -c 300000; yes no | head -c 300000 >&2");
    assert_int_equal(result.code, 0);
    assert_int_equal(strlen(result.output), COMMAND_TEXT_MAX - 1);
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

static void the_id_stands_before_the_cluster(void **state) {
    (void)state;
    submission_t submission;
    char *none[] = {NULL};
    answer = (command_result_t){.output = "77;main", .errors = "sbatch: be quick"};
    assert_int_equal(submit(none, none, &submission), STATUS_OK);
    assert_string_equal(submission.id, "77");
    assert_string_equal(submission.remark, "sbatch: be quick");
}

static void a_test_has_a_remark_and_no_id(void **state) {
    (void)state;
    submission_t submission;
    char *none[] = {NULL};
    answer = (command_result_t){.errors = "sbatch: Job 3 to start at 12:00"};
    assert_int_equal(submit(none, none, &submission), STATUS_OK);
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
}

static void what_a_surrounding_job_left_is_not_passed_on(void **state) {
    (void)state;
    submission_t submission;
    char *none[] = {NULL};
    char *environment[] = {"PATH=/bin",         "SLURM_CPU_BIND=quiet,mask_cpu:0x1",
                           "SLURM_CONF=/c",     "SLURM_CONFIG=x",
                           "PMIX_RANK=3",       "OMPI_COMM_WORLD_RANK=3",
                           "SBATCH_ACCOUNT=me", "KOOPSWEEP_DATA=/data",
                           "PMI_RANK=1",        NULL};
    answer = (command_result_t){.output = "1"};
    assert_int_equal(submit(none, environment, &submission), STATUS_OK);
    assert_string_equal(inherited, "PATH=/bin|SLURM_CONF=/c|SBATCH_ACCOUNT=me|"
                                   "KOOPSWEEP_DATA=/data|");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_become_values),
        cmocka_unit_test(what_only_looks_like_a_name_stays),
        cmocka_unit_test(mistakes_are_named_with_their_line),
        cmocka_unit_test(a_script_that_grows_too_long_is_refused),
        cmocka_unit_test(missing_templates_are_named),
        cmocka_unit_test(a_shell_reads_back_what_was_quoted),
        cmocka_unit_test(both_streams_and_the_code_are_heard),
        cmocka_unit_test(more_than_fits_is_cut_not_waited_for),
        cmocka_unit_test(a_program_that_is_not_there_is_named),
        cmocka_unit_test(options_reach_sbatch_word_by_word),
        cmocka_unit_test(the_id_stands_before_the_cluster),
        cmocka_unit_test(a_test_has_a_remark_and_no_id),
        cmocka_unit_test(a_refusal_is_passed_on_in_sbatchs_words),
        cmocka_unit_test(what_a_surrounding_job_left_is_not_passed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
