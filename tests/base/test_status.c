/* Errors as values, times as text, what this build is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/build.h"
#include "base/clock.h"
#include "base/status.h"

static void fail_keeps_code_and_sentence(void **state) {
    (void)state;
    assert_int_equal(status_fail(STATUS_SPEC, "train.lr: %g is above %g", 2.0, 1.0), STATUS_SPEC);
    assert_string_equal(status_message(), "train.lr: 2 is above 1");
}

static void context_comes_first(void **state) {
    (void)state;
    status_fail(STATUS_CORRUPT, "truncated");
    assert_int_equal(status_context(STATUS_CORRUPT, "trial %s", "ab12"), STATUS_CORRUPT);
    assert_string_equal(status_message(), "trial ab12: truncated");
}

static void a_sentence_may_quote_the_last_one(void **state) {
    (void)state;
    status_fail(STATUS_BUG, "first");
    status_fail(STATUS_BUG, "second, after %s", status_message());
    assert_string_equal(status_message(), "second, after first");
}

static void a_long_sentence_is_cut_not_lost(void **state) {
    (void)state;
    char text[8192];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    status_fail(STATUS_BUG, "%s", text);
    assert_in_range(strlen(status_message()), 1000, sizeof text - 2);
}

static status_t holds_something(int works, int *released) {
    status_t status = STATUS_OK;
    CHECK_OR_DONE(works, STATUS_ENVIRONMENT, "does not work");
    TRY_OR_DONE(STATUS_OK);
done:
    ++*released;
    return status;
}

static void one_exit_releases(void **state) {
    (void)state;
    int released = 0;
    assert_int_equal(holds_something(1, &released), STATUS_OK);
    assert_int_equal(holds_something(0, &released), STATUS_ENVIRONMENT);
    assert_int_equal(released, 2);
}

/* `date -u -d @951782400` */
static void time_stamp_knows_leap_days(void **state) {
    (void)state;
    char text[21];
    clock_iso8601(951782400, text, sizeof text);
    assert_string_equal(text, "2000-02-29T00:00:00Z");
}

/* `date -u -d @1795353815.25 +%FT%T.%6NZ` */
static void time_stamp_shows_microseconds(void **state) {
    (void)state;
    char text[28];
    clock_iso8601_micro(1795353815.25, text, sizeof text);
    assert_string_equal(text, "2026-11-22T13:23:35.250000Z");
}

static void durations_read_well(void **state) {
    (void)state;
    const struct {
        double seconds;
        const char *text;
    } rows[] = {{0.25, "0.2 s"},   {59, "59.0 s"},     {59.99, "1m 00s"},
                {200, "3m 20s"},   {3599.7, "1h 00m"}, {7500, "2h 05m"},
                {90000, "1d 01h"}, {-1, "unknown"},    {0.0 / 0.0, "unknown"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[24];
        clock_duration(rows[i].seconds, text, sizeof text);
        assert_string_equal(text, rows[i].text);
    }
}

static void build_names_itself(void **state) {
    (void)state;
    assert_non_null(strchr(build_version(), '.'));
    assert_true(strlen(build_commit()) >= 7);
    assert_non_null(strstr(build_flags(), "-std=gnu11"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fail_keeps_code_and_sentence),
        cmocka_unit_test(context_comes_first),
        cmocka_unit_test(a_sentence_may_quote_the_last_one),
        cmocka_unit_test(a_long_sentence_is_cut_not_lost),
        cmocka_unit_test(one_exit_releases),
        cmocka_unit_test(time_stamp_knows_leap_days),
        cmocka_unit_test(time_stamp_shows_microseconds),
        cmocka_unit_test(durations_read_well),
        cmocka_unit_test(build_names_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
