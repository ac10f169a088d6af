/* Lines of metrics.jsonl and the series that they amount to, over several attempts; and a file that
 * is followed while it grows. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "external/follow.h"
#include "external/series.h"

static line_t parse(const char *text) {
    line_t line;
    if (line_parse(text, strlen(text), &line) != STATUS_OK) fail_msg("%s", status_message());
    return line;
}

static void refuse(const char *text, const char *words) {
    line_t line;
    assert_int_equal(line_parse(text, strlen(text), &line), STATUS_FAILED);
    if (!strstr(status_message(), words)) fail_msg("\"%s\" lacks %s", status_message(), words);
}

static void numbers_that_are_not_finite_may_be_bare_or_quoted(void **state) {
    (void)state;
    line_t line = parse("{\"step\": 3, \"loss\": NaN, \"a\": -Infinity, \"b\": \"Infinity\", "
                        "\"c\": \"nan\", \"d\": true}");
    assert_int_equal(line.step, 3);
    assert_int_equal(line.count, 5);
    assert_true(isnan(line.values[0].number));
    assert_true(line.values[1].number == -INFINITY);
    assert_true(line.values[2].number == INFINITY);
    assert_true(isnan(line.values[3].number));
    assert_true(line.values[4].number == 1);
    line = parse("{\"NaN\": 1, \"step\": 1, \"checkpoint\": \"a \\\" NaN.pt\"}");
    assert_string_equal(line.values[0].name, "NaN");
    assert_true(line.is_checkpoint);
}

static void what_is_no_line_is_refused_with_its_reason(void **state) {
    (void)state;
    refuse("", "no JSON object");
    refuse("{\"step\": 1} {}", "no JSON object");
    refuse("{\"step\": 1e30}", "whole numbers");
    refuse("{\"step\": true}", "whole numbers");
    refuse("{\"step\": 1, \"loss\": \"2\"}", "is the text");
    refuse("{\"loss\": 2}", "no \"step\"");
    refuse("{\"step\": 1, \"\": 2}", "the name");
    refuse("{\"step\": 1, \"checkpoint\": 2}", "checkpoint");
}

static void take(series_t *series, const char *text, int64_t attempt) {
    line_t line = parse(text);
    if (series_take(series, &line, attempt) != STATUS_OK) fail_msg("%s", status_message());
}

static void a_later_attempt_takes_the_place_of_earlier_ones(void **state) {
    (void)state;
    series_t series;
    series_open(&series);
    for (int i = 0; i < 600; i++) {
        char text[64];
        snprintf(text, sizeof text, "{\"step\": %d, \"loss\": %d, \"x\": %d}", i, i, i);
        take(&series, text, 0);
    }
    take(&series, "{\"step\": 500, \"loss\": -1}", 1);
    take(&series, "{\"step\": 500, \"grad_norm\": 7}", 1);
    take(&series, "{\"step\": 501, \"loss\": 5}", 0); /* late: counts for nothing */
    take(&series, "{\"step\": 502, \"loss\": -2}", 1);
    assert_int_equal(series.count, 502);
    assert_int_equal(series.step[501], 502);
    assert_true(series.columns[SERIES_LOSS].values[500] == -1);
    assert_true(series.columns[SERIES_GRAD_NORM].values[500] == 7);
    assert_true(isnan(series.columns[SERIES_OWN].values[500]));
    assert_true(series.columns[SERIES_OWN].values[499] == 499);
    line_t back = parse("{\"step\": 501, \"loss\": 0}");
    assert_int_equal(series_take(&series, &back, 1), STATUS_FAILED);
    series_close(&series);
}

/* A machine that was taken for dead may speak before the new attempt does. */
static void an_attempt_that_was_begun_silences_earlier_ones(void **state) {
    (void)state;
    series_t series;
    series_open(&series);
    take(&series, "{\"step\": 0, \"loss\": 3}", 0);
    series_begin_attempt(&series, 1);
    take(&series, "{\"step\": 1, \"loss\": 99}", 0);
    assert_int_equal(series.count, 1);
    series_begin_attempt(&series, 0); /* nothing goes back */
    take(&series, "{\"step\": 1, \"loss\": 99}", 0);
    assert_int_equal(series.count, 1);
    take(&series, "{\"step\": 1, \"loss\": 2}", 1);
    assert_int_equal(series.count, 2);
    assert_true(series.columns[SERIES_LOSS].values[1] == 2);
    series_close(&series);
}

static void series_become_the_data_sets_of_a_trial(void **state) {
    (void)state;
    series_t series;
    record_t record = {0};
    series_open(&series);
    take(&series, "{\"step\": 0, \"loss\": 2, \"b/c\": 1}", 0);
    take(&series, "{\"step\": 5, \"loss\": 1, \"a\": 4, \"summary\": {\"s\": 0.5, \"t\": 1}}", 0);
    take(&series, "{\"step\": 6, \"valid_loss\": 3}", 0);
    take(&series, "{\"summary\": {\"s\": 0.25}}", 0);
    series_record(&series, &record);
    const record_item_t *own = record_find(&record, "external/series");
    assert_int_equal(own->shape[0], 2);
    assert_int_equal(own->shape[1], 2);
    const double *values = own->data;
    assert_true(values[0] == 1 && isnan(values[1]) && isnan(values[2]) && values[3] == 4);
    assert_string_equal(record_find(&record, "external/series_names")->data, "b/c a");
    assert_string_equal(record_find(&record, "external/summary")->data, "s=0.25 t=1");
    assert_int_equal(*(int64_t *)record_find(&record, "valid/step")->data, 6);
    assert_null(record_find(&record, "series/grad_norm"));
    record_clear(&record);
    series_close(&series);
}

static void append(const char *path, const char *text) {
    FILE *file = fopen(path, "a");
    fputs(text, file);
    fclose(file);
}

static void a_file_is_read_line_by_line_as_it_grows(void **state) {
    (void)state;
    char path[] = "/tmp/koopsweep-follow-XXXXXX";
    size_t length;
    follow_t follow;
    close(mkstemp(path));
    unlink(path);
    assert_int_equal(follow_open(path, &follow), STATUS_OK);
    assert_int_equal(follow_read(&follow), STATUS_OK); /* it is not there yet */
    assert_null(follow_next(&follow, &length));
    append(path, "one\ntw");
    assert_int_equal(follow_read(&follow), STATUS_OK);
    assert_memory_equal(follow_next(&follow, &length), "one", 3);
    assert_null(follow_next(&follow, &length)); /* torn */
    append(path, "o\n");
    assert_int_equal(follow_read(&follow), STATUS_OK);
    assert_memory_equal(follow_next(&follow, &length), "two", 3);
    assert_int_equal(follow.line, 2);
    FILE *file = fopen(path, "w"); /* of the same length */
    fputs("one\ntwa\n", file);
    fclose(file);
    assert_int_equal(follow_read(&follow), STATUS_FAILED);
    assert_non_null(strstr(status_message(), "append"));
    follow_close(&follow);
    unlink(path);
}

static void a_long_file_is_followed_to_its_end(void **state) {
    (void)state;
    enum { LINES = 200000 };
    char path[] = "/tmp/koopsweep-follow-XXXXXX";
    size_t length, lines = 0;
    follow_t follow;
    FILE *file = fdopen(mkstemp(path), "w");
    for (int i = 0; i < LINES; i++) fprintf(file, "{\"step\": %d, \"loss\": 1.5}\n", i);
    fclose(file);
    series_t series;
    series_open(&series);
    assert_int_equal(follow_open(path, &follow), STATUS_OK);
    do {
        line_t line;
        const char *text;
        assert_int_equal(follow_read(&follow), STATUS_OK);
        int has_more = follow_has_more(&follow);
        for (; (text = follow_next(&follow, &length)); lines++) {
            assert_int_equal(line_parse(text, length, &line), STATUS_OK);
            assert_int_equal(series_take(&series, &line, 0), STATUS_OK);
        }
        if (!has_more) break;
    } while (1);
    assert_int_equal(lines, LINES);
    assert_int_equal(series.count, LINES);
    follow_close(&follow);
    series_close(&series);
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_that_are_not_finite_may_be_bare_or_quoted),
        cmocka_unit_test(what_is_no_line_is_refused_with_its_reason),
        cmocka_unit_test(a_later_attempt_takes_the_place_of_earlier_ones),
        cmocka_unit_test(an_attempt_that_was_begun_silences_earlier_ones),
        cmocka_unit_test(series_become_the_data_sets_of_a_trial),
        cmocka_unit_test(a_file_is_read_line_by_line_as_it_grows),
        cmocka_unit_test(a_long_file_is_followed_to_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
