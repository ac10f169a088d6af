/* A run directory of a program that did not know what acts: its results are read under the ids they
 * have, each trial once. Oracle: the plan of the same options with nothing that switches them off
 * is what that program ran. */
#include "train/bare_sets.h"

#include "store/capture.h"
#include "store/sample_run.h"

#define TWINS                                                                                      \
    "name: a\nreplicas: 2\naxes:\n  product:\n    train.optimizer: [adamw, sgd]\n"                 \
    "    train.momentum: [0.5, 0.7, 0.8]\n"
enum { OLD = 2 * 6, NOW = 2 * 4 };

static sweep_text_t now, before;
static sample_run_t run;

static int open_both(void **state) {
    (void)state;
    sample_open(&run, "name: a\n");
    plan_destroy(&run.plan);
    spec_destroy(&run.spec);
    now = sweep_of_text(TWINS);
    before = sweep_of_sets(TWINS, bare_sets());
    return 0;
}

static int close_both(void **state) {
    (void)state;
    sweep_end(&now);
    sweep_end(&before);
    sample_close(&run);
    return 0;
}

static void write_old(size_t i) {
    if (sample_write(&run, plan_trial(before.plan, i)) != STATUS_OK)
        fail_msg("%s", status_message());
}

static void assert_states(const char *const expected[NOW]) {
    frame_t frame;
    assert_int_equal(store_adopt(run.dir, now.plan), STATUS_OK);
    assert_int_equal(store_load(run.dir, now.plan, &frame), STATUS_OK);
    assert_int_equal(frame.rows, NOW);
    for (size_t i = 0; i < NOW; i++)
        assert_string_equal(frame_find(&frame, "state")->text[i], expected[i]);
    frame_clear(&frame);
}

static const char *const all[NOW] = {"COMPLETED", "DIVERGED", "COMPLETED", "DIVERGED",
                                     "COMPLETED", "DIVERGED", "COMPLETED", "DIVERGED"};

static void every_old_trial_is_read_once(void **state) {
    (void)state;
    for (size_t i = 0; i < OLD; i++) write_old(i);
    assert_states(all);
    capture_begin();
    status_t status = store_verify(run.dir, now.plan, NULL, 0);
    const char *text = capture_end();
    if (status != STATUS_OK) fail_msg("%s", text);
    assert_non_null(strstr(text, "8 of 8 trials whole"));
}

static void packed_results_are_found(void **state) {
    (void)state;
    for (size_t i = 0; i < OLD; i++) write_old(i);
    assert_int_equal(store_pack_all(run.dir, 0), STATUS_OK);
    assert_states(all);
}

/* Adamw with momentum 0.7 was run, 0.5 was not; nothing else. */
static void one_of_the_twins_is_enough(void **state) {
    (void)state;
    static const char *const one[NOW] = {"PENDING", "DIVERGED", "PENDING", "PENDING",
                                         "PENDING", "PENDING",  "PENDING", "PENDING"};
    write_old(2 * 1 + 1);
    assert_states(one);
    assert_string_equal(plan_trial(now.plan, 1)->id, plan_trial(before.plan, 3)->id);
}

/* A trial half done goes on; one that has ended goes before it. */
static void a_checkpoint_keeps_its_id(void **state) {
    (void)state;
    char path[PATH_MAX];
    const trial_t *half = plan_trial(before.plan, 0), *ended = plan_trial(before.plan, 3);
    const trial_t *other = plan_trial(before.plan, 1);
    snprintf(path, sizeof path,
             "mkdir %s/checkpoints && touch %s/checkpoints/%s.0 "
             "%s/checkpoints/%s.1",
             run.dir, run.dir, half->id, run.dir, other->id);
    assert_int_equal(system(path), 0);
    write_old(3);
    assert_int_equal(store_adopt(run.dir, now.plan), STATUS_OK);
    assert_string_equal(plan_trial(now.plan, 0)->id, half->id);
    assert_string_equal(plan_trial(now.plan, 1)->id, ended->id);
}

static void a_new_run_has_new_ids(void **state) {
    (void)state;
    sweep_text_t fresh = sweep_of_text(TWINS);
    assert_int_equal(store_adopt(run.dir, now.plan), STATUS_OK);
    for (size_t i = 0; i < NOW; i++)
        assert_string_equal(plan_trial(now.plan, i)->id, plan_trial(fresh.plan, i)->id);
    sweep_end(&fresh);
}

/* The same results under old ids and under new ones: of twins, the first one's. */
static void a_run_of_old_ids_is_compared_with_one_of_new_ids(void **state) {
    (void)state;
    sample_run_t fresh;
    int is_written[NOW] = {0};
    sweep_text_t same = sweep_of_text(TWINS);
    sample_open(&fresh, "name: a\n");
    for (size_t i = 0; i < OLD; i++) {
        write_old(i);
        const trial_t *old = plan_trial(before.plan, i), *here = plan_find(same.plan, old->id);
        record_t record = sample_record(old);
        if (here && i % 2 == 0 && !is_written[here->index]++)
            assert_int_equal(store_write_trial(fresh.dir, here, "COMPLETED", &record), STATUS_OK);
        record_clear(&record);
    }
    assert_int_equal(store_adopt(run.dir, now.plan), STATUS_OK);
    capture_begin();
    store_compare(run.dir, fresh.dir, now.plan, same.plan);
    const char *text = capture_end();
    if (!strstr(text, "4 of 8 trials are equal")) fail_msg("%s", text);
    sweep_end(&same);
    sample_close(&fresh);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_old_trial_is_read_once, open_both, close_both),
        cmocka_unit_test_setup_teardown(packed_results_are_found, open_both, close_both),
        cmocka_unit_test_setup_teardown(one_of_the_twins_is_enough, open_both, close_both),
        cmocka_unit_test_setup_teardown(a_checkpoint_keeps_its_id, open_both, close_both),
        cmocka_unit_test_setup_teardown(a_new_run_has_new_ids, open_both, close_both),
        cmocka_unit_test_setup_teardown(a_run_of_old_ids_is_compared_with_one_of_new_ids, open_both,
                                        close_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
