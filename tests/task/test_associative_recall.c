/* The distribution of associative recall, sample by sample. */
#include "task/trial.h"

enum { PAIRS = 4, LENGTH = 64, VOCAB = 256, SIZE = 32, STEPS = 50 };

/* Calls `claim` with every sample of the first steps. */
static void for_samples(const char *options, void (*claim)(const int32_t *x, int32_t target)) {
    sample_t sample = sample_open(options, 0);
    task_shape_t shape;
    batch_t batch;
    task_t *task = sample_task(&sample, &shape);
    assert_int_equal(batch_create(&shape, SIZE, &batch), STATUS_OK);
    for (int step = 0; step < STEPS; step++) {
        task_row(task)->train(task, step, &batch);
        for (int b = 0; b < SIZE; b++) claim(batch.tokens + b * LENGTH, batch.targets[b]);
    }
    batch_destroy(&batch);
    task_close(&task);
    sample_close(&sample);
}

static void has_distinct_keys(const int32_t *x, int32_t target) {
    (void)target;
    for (int i = 0; i < PAIRS; i++) {
        for (int j = 0; j < i; j++) assert_int_not_equal(x[2 * i], x[2 * j]);
    }
}

static void keys_are_distinct(void **state) {
    (void)state;
    for_samples("task.name: associative_recall", has_distinct_keys);
}

static void has_value_of_query(const int32_t *x, int32_t target) {
    int found = 0;
    for (int i = 0; i < PAIRS; i++) {
        if (x[2 * i] != x[LENGTH - 1]) continue;
        assert_int_equal(target, x[2 * i + 1]);
        found++;
    }
    assert_int_equal(found, 1);
}

static void query_is_a_key_and_target_its_value(void **state) {
    (void)state;
    for_samples("task.name: associative_recall", has_value_of_query);
}

static int histogram[VOCAB], asked[PAIRS];

static void count(const int32_t *x, int32_t target) {
    (void)target;
    for (int t = 0; t < LENGTH; t++) {
        assert_in_range(x[t], 0, VOCAB - 1);
        histogram[x[t]]++;
    }
    for (int i = 0; i < PAIRS; i++) asked[i] += x[2 * i] == x[LENGTH - 1];
}

/* 102400 tokens: 400 expected of each, standard deviation 20; 1600 queries: 400, deviation 17. */
static void tokens_and_asked_pairs_are_uniform(void **state) {
    (void)state;
    for_samples("task.name: associative_recall", count);
    for (int id = 0; id < VOCAB; id++) assert_in_range(histogram[id], 400 - 100, 400 + 100);
    for (int i = 0; i < PAIRS; i++) assert_in_range(asked[i], 400 - 85, 400 + 85);
}

static void has_zero_filler(const int32_t *x, int32_t target) {
    has_value_of_query(x, target);
    for (int t = 2 * PAIRS; t < LENGTH - 1; t++) assert_int_equal(x[t], 0);
}

static void zero_filler_is_an_option(void **state) {
    (void)state;
    for_samples("task: {name: associative_recall, filler: zero}", has_zero_filler);
}

/* As many keys as ids: every key occurs, and drawing them ends. */
static void all_ids_may_be_keys(void **state) {
    (void)state;
    sample_t sample = sample_open("task: {name: associative_recall, n_pairs: 7, vocab: 7, "
                                  "seq_len: 15}",
                                  0);
    task_shape_t shape;
    batch_t batch;
    task_t *task = sample_task(&sample, &shape);
    assert_int_equal(batch_create(&shape, 8, &batch), STATUS_OK);
    task_row(task)->train(task, 0, &batch);
    for (int b = 0; b < 8; b++) {
        int seen = 0;
        for (int i = 0; i < 7; i++) seen |= 1 << batch.tokens[b * 15 + 2 * i];
        assert_int_equal(seen, 127);
    }
    batch_destroy(&batch);
    task_close(&task);
    sample_close(&sample);
}

static void pairs_that_do_not_fit_are_refused(void **state) {
    (void)state;
    assert_refused("task: {name: associative_recall, n_pairs: 32}", STATUS_SPEC,
                   "at most 31 pairs fit");
    assert_refused("task: {name: associative_recall, n_pairs: 9, vocab: 8}", STATUS_SPEC,
                   "9 distinct keys");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_distinct),
        cmocka_unit_test(query_is_a_key_and_target_its_value),
        cmocka_unit_test(tokens_and_asked_pairs_are_uniform),
        cmocka_unit_test(zero_filler_is_an_option),
        cmocka_unit_test(all_ids_may_be_keys),
        cmocka_unit_test(pairs_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
