/* The command line of a verb: every way to write an option, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/cli.h"

struct options {
    int is_loud, ranks;
    double rate;
    const char *out, *format;
};

static const char *const formats[] = {"text", "json", NULL};
static const cli_option_t rows[] = {
    {"loud", 'l', CLI_FLAG, offsetof(struct options, is_loud), .doc = "says more"},
    {"ranks", 'n', CLI_INT, offsetof(struct options, ranks), "N", 1, 64, .doc = "processes"},
    {"rate", 0, CLI_REAL, offsetof(struct options, rate), "R", 0, 1, .doc = "a share"},
    {"out", 'o', CLI_TEXT, offsetof(struct options, out), "DIR", .doc = "where to"},
    {"format", 0, CLI_CHOICE, offsetof(struct options, format), "F", .choices = formats,
     .doc = "how"},
    {0},
};
static status_t nothing(const cli_call_t *call) {
    (void)call;
    return STATUS_OK;
}
static const cli_verb_t sample = {
    .name = "sample",
    .operands = "RUN [RECIPE]",
    .operands_min = 1,
    .operands_max = 2,
    .takes_rest = 1,
    .doc = "a verb",
    .options = rows,
    .options_size = sizeof(struct options),
    .defaults = &(const struct options){.ranks = 2, .format = "text"},
    .run = nothing,
};

enum { WORDS_MAX = 16 };

/* Parses the words of `line`, cut at blanks, into static storage. */
static status_t parse(const char *line, struct options *options, cli_call_t *call) {
    static char text[512];
    static char *arguments[WORDS_MAX], *operands[WORDS_MAX];
    int count = 0;
    strcpy(text, line);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) arguments[count++] = word;
    *options = (struct options){0};
    *call = (cli_call_t){0};
    return cli_parse(&sample, count, arguments, options, operands, call);
}

static void expect_refusal(const char *line, const char *part) {
    struct options options;
    cli_call_t call;
    assert_int_equal(parse(line, &options, &call), STATUS_SPEC);
    if (!strstr(status_message(), part)) fail_msg("%s: \"%s\"", line, status_message());
}

static void defaults_hold_until_told_otherwise(void **state) {
    (void)state;
    struct options options;
    cli_call_t call;
    assert_int_equal(parse("run1", &options, &call), STATUS_OK);
    assert_int_equal(options.ranks, 2);
    assert_string_equal(options.format, "text");
    assert_null(options.out);
    assert_int_equal(options.is_loud, 0);
    assert_int_equal(call.operand_count, 1);
    assert_string_equal(call.operands[0], "run1");
    assert_ptr_equal(call.options, &options);
}

static void an_option_may_be_written_in_all_usual_ways(void **state) {
    (void)state;
    const char *const lines[] = {"run1 --ranks 8 -l", "run1 --ranks=8 --loud", "-n 8 -l run1",
                                 "-l -n8 run1", "--loud run1 --ranks 3 --ranks 8"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct options options;
        cli_call_t call;
        assert_int_equal(parse(lines[i], &options, &call), STATUS_OK);
        assert_int_equal(options.ranks, 8);
        assert_int_equal(options.is_loud, 1);
        assert_string_equal(call.operands[0], "run1");
    }
}

static void every_type_arrives(void **state) {
    (void)state;
    struct options options;
    cli_call_t call;
    assert_int_equal(parse("a b --rate 2.5e-1 --format json --out dir", &options, &call),
                     STATUS_OK);
    assert_true(options.rate == 0.25);
    assert_string_equal(options.out, "dir");
    assert_string_equal(options.format, "json");
    assert_int_equal(call.operand_count, 2);
}

static void words_behind_two_dashes_are_passed_on(void **state) {
    (void)state;
    struct options options;
    cli_call_t call;
    assert_int_equal(parse("run1 -- --partition=gpu -n 3", &options, &call), STATUS_OK);
    assert_int_equal(call.rest_count, 3);
    assert_string_equal(call.rest[0], "--partition=gpu");
    assert_int_equal(options.ranks, 2);
}

static void help_is_seen_anywhere_before_two_dashes(void **state) {
    (void)state;
    assert_true(cli_wants_help(2, (char *[]){"x", "--help"}));
    assert_true(cli_wants_help(1, (char *[]){"-h"}));
    assert_false(cli_wants_help(2, (char *[]){"--", "--help"}));
}

static void what_is_wrong_is_named_with_its_remedy(void **state) {
    (void)state;
    expect_refusal("run1 --rank 3", "unknown option --rank; did you mean --ranks?");
    expect_refusal("run1 --rank=3", "did you mean --ranks?");
    expect_refusal("run1 -x",
                   "unknown option -x; known: --loud, --ranks, --rate, --out, --format, --help");
    expect_refusal("run1 --ranks", "--ranks needs a value: --ranks N");
    expect_refusal("run1 --ranks two", "\"two\" is not a whole number; give one from 1 to 64");
    expect_refusal("run1 --ranks 1.5", "is not a whole number");
    expect_refusal("run1 --ranks 0", "0 is outside its range 1 to 64");
    expect_refusal("run1 --rate nan", "is not a number");
    expect_refusal("run1 --format yaml", "unknown \"yaml\"; known: text, json");
    expect_refusal("run1 --loud=2", "--loud takes no value");
    expect_refusal("", "something is missing; usage: koopsweep sample RUN [RECIPE]");
    expect_refusal("a b c", "\"c\" is one word too many");
}

static void an_unknown_verb_is_told_the_nearest(void **state) {
    (void)state;
    const cli_verb_t *const verbs[] = {&sample, NULL};
    assert_ptr_equal(cli_find(verbs, "sample"), &sample);
    assert_null(cli_find(verbs, "simple"));
    assert_string_equal(status_message(),
                        "unknown verb \"simple\"; did you mean sample? known: sample");
}

static void help_shows_every_option_with_its_default(void **state) {
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    cli_print_verb(out, &sample);
    fclose(out);
    assert_non_null(strstr(text, "usage: koopsweep sample RUN [RECIPE] [options] [-- words]\n"));
    assert_non_null(strstr(text, "  -n, --ranks N             processes, default 2\n"));
    assert_non_null(strstr(text, "      --format F            how: text, json, default text\n"));
    assert_non_null(strstr(text, "  -l, --loud                says more\n"));
    assert_non_null(strstr(text, "  -h, --help                this text\n"));
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_hold_until_told_otherwise),
        cmocka_unit_test(an_option_may_be_written_in_all_usual_ways),
        cmocka_unit_test(every_type_arrives),
        cmocka_unit_test(words_behind_two_dashes_are_passed_on),
        cmocka_unit_test(help_is_seen_anywhere_before_two_dashes),
        cmocka_unit_test(what_is_wrong_is_named_with_its_remedy),
        cmocka_unit_test(an_unknown_verb_is_told_the_nearest),
        cmocka_unit_test(help_shows_every_option_with_its_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
