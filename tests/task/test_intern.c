/* Numbers of byte strings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "task/intern.h"

static void strings_are_numbered_in_the_order_met(void **state) {
    (void)state;
    intern_t intern = {0};
    assert_int_equal(intern_find(&intern, "a", 1), -1);
    assert_int_equal(intern_add(&intern, "a", 1), 0);
    assert_int_equal(intern_add(&intern, "", 0), 1);
    assert_int_equal(intern_add(&intern, "ab", 2), 2);
    assert_int_equal(intern_add(&intern, "a", 1), 0);
    assert_int_equal(intern_find(&intern, "ab", 2), 2);
    assert_int_equal(intern_find(&intern, "b", 1), -1);
    intern_clear(&intern);
}

static void zero_bytes_count(void **state) {
    (void)state;
    intern_t intern = {0};
    assert_int_equal(intern_add(&intern, "\0\1", 2), 0);
    assert_int_equal(intern_add(&intern, "\0\2", 2), 1);
    assert_int_equal(intern_add(&intern, "\0", 1), 2);
    intern_clear(&intern);
}

static void a_hundred_thousand_strings_keep_their_numbers_and_bytes(void **state) {
    (void)state;
    intern_t intern = {0};
    char text[16];
    for (int i = 0; i < 100000; i++)
        assert_int_equal(intern_add(&intern, text, (size_t)sprintf(text, "%d", i)), i);
    for (int i = 0; i < 100000; i++) {
        size_t length;
        const char *bytes = intern_bytes(&intern, i, &length);
        assert_int_equal(length, sprintf(text, "%d", i));
        assert_memory_equal(bytes, text, length);
        assert_int_equal(intern_find(&intern, text, length), i);
    }
    intern_clear(&intern);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_are_numbered_in_the_order_met),
        cmocka_unit_test(zero_bytes_count),
        cmocka_unit_test(a_hundred_thousand_strings_keep_their_numbers_and_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
