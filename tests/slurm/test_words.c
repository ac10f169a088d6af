/* The words after "--": what of them a script keeps, and what they say of memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "slurm/words.h"

enum { WORDS_MAX = 8 };

static void assert_line(char *words[WORDS_MAX], const char *expected) {
    char line[WORDS_LINE_MAX];
    assert_int_equal(words_print(words, line), STATUS_OK);
    assert_string_equal(line, expected);
}

static void words_become_one_line_quoted_where_needed(void **state) {
    (void)state;
    assert_line((char *[WORDS_MAX]){"--time=4:00:00", "-N", "2", "-A", "me"},
                "#SBATCH --time=4:00:00 -N 2 -A me");
    assert_line((char *[WORDS_MAX]){"--comment=a b", "#1", "it's", ""},
                "#SBATCH '--comment=a b' '#1' 'it'\\''s' ''");
    assert_line((char *[WORDS_MAX]){NULL}, "# (no words for sbatch of the user's own)");
}

static void what_is_about_one_submission_is_not_kept(void **state) {
    (void)state;
    assert_line((char *[WORDS_MAX]){"--test-only", "-t", "5", "--wait", "-Q", "-vv"},
                "#SBATCH -t 5");
    assert_line(
        (char *[WORDS_MAX]){"-d", "afterok:3", "-t", "5", "--dependency", "singleton", "-H"},
        "#SBATCH -t 5");
    assert_line((char *[WORDS_MAX]){"--dependency=afterok:3", "-dafterok:4", "--dep=singleton"},
                "# (no words for sbatch of the user's own)");
    assert_line((char *[WORDS_MAX]){"--wait-all-nodes=1", "--qos=wait", "--delay-boot=3"},
                "#SBATCH --wait-all-nodes=1 --qos=wait --delay-boot=3");
}

static void what_no_line_can_hold_is_refused(void **state) {
    (void)state;
    char line[WORDS_LINE_MAX], word[WORDS_LINE_MAX];
    assert_int_equal(words_print((char *[]){"--comment=a\nb", NULL}, line), STATUS_SPEC);
    memset(word, 'x', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    assert_int_equal(words_print((char *[]){word, NULL}, line), STATUS_SPEC);
}

static void the_last_mention_of_an_option_counts(void **state) {
    (void)state;
    char *words[] = {"--mem=1G", "-N", "2", "--nodes", "3-4", "-n5", "--mem", "2G", NULL};
    assert_string_equal(words_find(words, "mem", 0), "2G");
    assert_string_equal(words_find(words, "nodes", 'N'), "3-4");
    assert_string_equal(words_find(words, "ntasks", 'n'), "5");
    assert_null(words_find(words, "mem-per-cpu", 0));
}

static void sizes_are_mebibytes(void **state) {
    (void)state;
    assert_true(words_mebibytes("2000") == 2000 && words_mebibytes("4G") == 4096);
    assert_true(words_mebibytes("512m") == 512 && words_mebibytes("1t") == 1048576);
    assert_true(words_mebibytes("1024K") == 1 && words_mebibytes("0") == 0);
    assert_true(isnan(words_mebibytes("")) && isnan(words_mebibytes("4X")));
    assert_true(isnan(words_mebibytes("4GB")) && isnan(words_mebibytes("-1")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_become_one_line_quoted_where_needed),
        cmocka_unit_test(what_is_about_one_submission_is_not_kept),
        cmocka_unit_test(what_no_line_can_hold_is_refused),
        cmocka_unit_test(the_last_mention_of_an_option_counts),
        cmocka_unit_test(sizes_are_mebibytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
