/* spec_diff shows exactly the lines that were taken away and added, in their order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "spec/sample_fields.h"

static void expect_diff(const char *before, const char *after, const char *expected) {
    char *diff = spec_diff(before, after);
    assert_string_equal(diff, expected);
    free(diff);
}

static void equal_texts_have_no_diff(void **state) {
    (void)state;
    expect_diff("a: 1\nb: 2\n", "a: 1\nb: 2\n", "");
    expect_diff("", "", "");
}

static void a_changed_line_is_shown_twice(void **state) {
    (void)state;
    expect_diff("a: 1\nb: 2\nc: 3\n", "a: 1\nb: 5\nc: 3\n", "- b: 2\n+ b: 5\n");
}

static void lines_come_and_go(void **state) {
    (void)state;
    expect_diff("a\nb\n", "a\nx\nb\n", "+ x\n");
    expect_diff("a\nx\nb\n", "a\nb\n", "- x\n");
    expect_diff("", "a\n", "+ a\n");
    expect_diff("a\n", "", "- a\n");
    expect_diff("a\nb\nc\nd\n", "b\nc\ne\n", "- a\n- d\n+ e\n");
}

static void a_moved_line_is_seen(void **state) {
    (void)state;
    expect_diff("product:\n x\nzip:\n", "product:\nzip:\n x\n", "-  x\n+  x\n");
}

static void a_missing_last_newline_is_no_crash(void **state) {
    (void)state;
    expect_diff("a\nb", "a\nc", "- b\n+ c\n");
}

static void two_specs_differ_where_their_authors_changed_them(void **state) {
    (void)state;
    spec_t *before = sample_spec("name: a\ntrain.lr: 1e-3\naxes: {product: {model.layers: [1]}}\n");
    spec_t *after =
        sample_spec("name: a\ntrain.lr: 0.002\naxes: {product: {model.layers: [1, 2]}}\n");
    expect_diff(spec_expanded(before), spec_expanded(after),
                "- train.lr: 0.001\n+ train.lr: 0.002\n"
                "-     model.layers: [1]\n+     model.layers: [1, 2]\n");
    spec_destroy(&before);
    spec_destroy(&after);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_texts_have_no_diff),
        cmocka_unit_test(a_changed_line_is_shown_twice),
        cmocka_unit_test(lines_come_and_go),
        cmocka_unit_test(a_moved_line_is_seen),
        cmocka_unit_test(a_missing_last_newline_is_no_crash),
        cmocka_unit_test(two_specs_differ_where_their_authors_changed_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
