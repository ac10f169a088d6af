/* What layout 2 leaves out of a trial's file, or writes as lines, is read back whole; and a tiny
 * trial is small for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/tiny.h"
#include "store/attribute.h"
#include "store/lines.h"
#include "store/sample_run.h"
#include "store/trial_file.h"
#include "train/train.h"

/* A trial of all options there are: some given, most at their defaults. */
static const char sweep[] = "name: tiny\nmodel: {width: 16, heads: 2, layers: 1}\n"
                            "train: {steps: 3, batch: 4, valid_batches: 1, optimizer: sgd}\n";

static spec_t *spec;
static plan_t *plan;
static bytes_t file;

static int open_trial(void **state) {
    (void)state;
    record_t record = tiny_record(1.5);
    if (spec_parse("tiny", sweep, strlen(sweep), train_field_sets, &spec) != STATUS_OK ||
        plan_create(spec, &plan) != STATUS_OK ||
        trial_encode(plan_trial(plan, 0), "COMPLETED", &record, &file) != STATUS_OK)
        fail_msg("%s", status_message());
    record_clear(&record);
    return 0;
}

static int close_trial(void **state) {
    (void)state;
    bytes_free(&file);
    plan_destroy(&plan);
    spec_destroy(&spec);
    return 0;
}

static void every_option_comes_back(void **state) {
    (void)state;
    record_t items, about;
    const config_t *config = plan_trial(plan, 0)->config;
    assert_int_equal(trial_decode_all(&file, &items, &about), STATUS_OK);
    for (size_t i = 0; config_key(config, i); i++) {
        char path[RECORD_PATH_MAX];
        const char *key = config_key(config, i);
        snprintf(path, sizeof path, "config@%s", key);
        const record_item_t *item = record_find(&about, path);
        if (!item) fail_msg("%s is not there", path);
        assert_int_equal(item->type, config_is_number_at(config, i) ? RECORD_F64 : RECORD_TEXT);
        if (item->type == RECORD_TEXT)
            assert_string_equal(item->data, config_text_at(config, i));
        else if (*(double *)item->data != config_number(config, key))
            fail_msg("%s is %.17g", path, *(double *)item->data);
    }
    record_clear(&items);
    record_clear(&about);
}

static void every_item_comes_back_with_its_unit(void **state) {
    (void)state;
    record_t items, about, put = tiny_record(1.5);
    assert_int_equal(trial_decode_all(&file, &items, &about), STATUS_OK);
    assert_true(sample_is_same(&put, &items));
    for (size_t i = 0; i < put.count; i++) {
        char path[2 * RECORD_PATH_MAX];
        snprintf(path, sizeof path, "%s@unit", put.items[i].path);
        const record_item_t *unit = record_find(&about, path);
        assert_true(unit && unit->type == RECORD_TEXT);
        assert_string_equal(unit->data, schema_find(put.items[i].path)->unit);
    }
    record_clear(&put);
    record_clear(&items);
    record_clear(&about);
}

static void scalars_alone_are_the_scalars(void **state) {
    (void)state;
    record_t scalars, put = tiny_record(1.5);
    size_t count = 0;
    assert_int_equal(trial_decode_scalars(&file, &scalars), STATUS_OK);
    for (size_t i = 0; i < put.count; i++) count += put.items[i].rank == 0;
    assert_int_equal(scalars.count, count);
    record_clear(&scalars);
    static const char *const wanted[] = {"rksp/rho", "outcome/trigger", "series/z_loss", NULL};
    assert_int_equal(trial_decode(&file, wanted, &scalars), STATUS_OK);
    assert_int_equal(scalars.count, 2);
    assert_non_null(record_find(&scalars, "rksp/rho"));
    assert_non_null(record_find(&scalars, "outcome/trigger"));
    record_clear(&scalars);
    record_clear(&put);
}

static void a_tiny_trial_is_small(void **state) {
    (void)state;
    if (file.size > 20000) fail_msg("a trial of three steps has %zu bytes", file.size);
}

static void lines_are_refused_unless_they_are_ours(void **state) {
    (void)state;
    record_t about = {0};
    assert_true(defaults_take("a.b: \"x\\\"y\\\\z\\u000a\"", &about));
    assert_string_equal(record_find(&about, "config@a.b")->data, "x\"y\\z\n");
    assert_true(defaults_take("c: -inf", &about));
    assert_true(*(double *)record_find(&about, "config@c")->data == -INFINITY);
    static const char *const bad[] = {"",       "a",   "a: ",    "a: x",
                                      "a: 1 2", ": 1", "a: \"x", "a: \"x\"y"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(defaults_take(bad[i], &about));
    assert_false(labels_take("series/loss [step]", &about));
    assert_int_equal(about.count, 2);
    record_clear(&about);
}

static void a_later_layout_is_refused(void **state) {
    (void)state;
    hid_t empty;
    bytes_t image;
    record_t record;
    assert_int_equal(image_begin(&image, &empty), STATUS_OK);
    assert_int_equal(attribute_put_integer(empty, "version", LAYOUT_VERSION + 1), STATUS_OK);
    assert_int_equal(image_end(&empty, &image), STATUS_OK);
    assert_int_equal(trial_decode(&image, NULL, &record), STATUS_CORRUPT);
    assert_non_null(strstr(status_message(), "it has layout 3; this koopsweep reads layouts 1 to"));
    bytes_free(&image);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_option_comes_back),
        cmocka_unit_test(every_item_comes_back_with_its_unit),
        cmocka_unit_test(scalars_alone_are_the_scalars),
        cmocka_unit_test(a_tiny_trial_is_small),
        cmocka_unit_test(lines_are_refused_unless_they_are_ours),
        cmocka_unit_test(a_later_layout_is_refused),
    };
    return cmocka_run_group_tests(tests, open_trial, close_trial);
}
