/* Hash, nearest name, joined lists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/text.h"

static const char *const norms[] = {"pre_ln", "post_ln", "rms_norm", "none", NULL};

/* Trial ids and random streams of every stored result hang on these values. FNV-1a's offset basis
 * and the finalizer's result were computed apart from this code, in Python. */
static void hash_never_changes(void **state) {
    (void)state;
    assert_int_equal(text_hash("", 0), 0xefd01f60ba992926);
    assert_int_equal(text_hash("init", 4), 0x87f3bc6655dce1af);
}

static void nearest_finds_a_slip(void **state) {
    (void)state;
    assert_string_equal(text_nearest("pre_nl", norms), "pre_ln");
    assert_string_equal(text_nearest("rmsnorm", norms), "rms_norm");
}

static void nearest_does_not_guess_wildly(void **state) {
    (void)state;
    assert_null(text_nearest("transformer", norms));
    assert_null(text_nearest("", (const char *const[]){"long_name", NULL}));
}

static void join_lists_all(void **state) {
    (void)state;
    char text[64];
    text_join(norms, text, sizeof text);
    assert_string_equal(text, "pre_ln, post_ln, rms_norm, none");
}

static void join_says_when_it_cuts(void **state) {
    (void)state;
    char text[20];
    text_join(norms, text, sizeof text);
    assert_true(strlen(text) < sizeof text);
    assert_non_null(strstr(text, "..."));
}

static void append_stops_at_the_end(void **state) {
    (void)state;
    char text[8] = "";
    text_append(text, sizeof text, "%s", "abcd");
    text_append(text, sizeof text, "%d", 123456);
    assert_string_equal(text, "abcd123");
    text_append(text, sizeof text, "more");
    assert_string_equal(text, "abcd123");
}

static void concat_stops_at_the_end(void **state) {
    (void)state;
    char text[8];
    assert_int_equal(text_concat(text, sizeof text, "ab", "cde"), 5);
    assert_string_equal(text, "abcde");
    assert_int_equal(text_concat(text, sizeof text, "abcde", "fghi"), 9);
    assert_string_equal(text, "abcdefg");
    assert_int_equal(text_concat(text, sizeof text, "abcdefghij", "k"), 11);
    assert_string_equal(text, "abcdefg");
    assert_int_equal(text_concat(text, sizeof text, "", ""), 0);
    assert_string_equal(text, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hash_never_changes),
        cmocka_unit_test(nearest_finds_a_slip),
        cmocka_unit_test(nearest_does_not_guess_wildly),
        cmocka_unit_test(join_lists_all),
        cmocka_unit_test(join_says_when_it_cuts),
        cmocka_unit_test(append_stops_at_the_end),
        cmocka_unit_test(concat_stops_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
