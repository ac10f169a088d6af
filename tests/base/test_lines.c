/* Lines go into a file whole or not at all, whatever the disk or a crash did to those before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/lines.h"

static char path[] = "/tmp/koopsweep-lines-XXXXXX";

static int make_file(void **state) {
    (void)state;
    signal(SIGXFSZ, SIG_IGN); /* as the program does */
    int file = mkstemp(path);
    return file < 0 ? -1 : close(file);
}

static int remove_file(void **state) {
    (void)state;
    return unlink(path);
}

static status_t add(const char *text) { return lines_add(path, text, strlen(text)); }

static void put(const char *text) {
    FILE *file = fopen(path, "w");
    assert_true(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void assert_text(const char *expected) {
    char text[1 << 14];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(text, expected);
}

static void limit_size(rlim_t size) {
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = size;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void what_does_not_go_in_whole_is_not_there(void **state) {
    (void)state;
    put("one\n");
    limit_size(8);
    assert_int_equal(add("two\nthree\n"), STATUS_ENVIRONMENT);
    assert_non_null(strstr(status_message(), path));
    assert_text("one\n");
    limit_size(RLIM_INFINITY);
    assert_int_equal(add("four\n"), STATUS_OK);
    assert_text("one\nfour\n");
}

static void what_a_crash_has_left_of_a_line_is_cut_off(void **state) {
    (void)state;
    put("one\ntw");
    assert_int_equal(add("three\n"), STATUS_OK);
    assert_text("one\nthree\n");
    put("on");
    assert_int_equal(add("two\n"), STATUS_OK);
    assert_text("two\n");
}

static void a_piece_longer_than_a_look_is_cut_off_too(void **state) {
    (void)state;
    char torn[10000] = "one\n";
    memset(torn + 4, 'x', sizeof torn - 5);
    put(torn);
    assert_int_equal(add("two\n"), STATUS_OK);
    assert_text("one\ntwo\n");
}

static void a_file_that_is_missing_is_made(void **state) {
    (void)state;
    unlink(path);
    assert_int_equal(add("one\n"), STATUS_OK);
    assert_text("one\n");
    assert_int_equal(lines_add("/nowhere/at/all", "one\n", 4), STATUS_ENVIRONMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_not_go_in_whole_is_not_there),
        cmocka_unit_test(what_a_crash_has_left_of_a_line_is_cut_off),
        cmocka_unit_test(a_piece_longer_than_a_look_is_cut_off_too),
        cmocka_unit_test(a_file_that_is_missing_is_made),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
