/* What the sequences of synthetic_lm are made of, against the mean lengths of its segments. */
#include "task/trial.h"

enum { LENGTH = 256, VOCAB = 10000, SIZE = 100, COUNT = 2000 };

/* Segments are 10.5 (3.5 * 3), 10 and 10 tokens long on average, 30.5 for one of each kind. */
static const double TOKENS_PER_ROUND = 30.5;

static struct {
    double steps, successors, repeats;
    int least, most;
} seen = {.least = VOCAB};

static int repeats(const int32_t *x, int t) {
    for (int period = 2; period <= 5 && period <= t; period++) {
        if (x[t] == x[t - period]) return 1;
    }
    return 0;
}

static void count(const int32_t *x, const int32_t *targets) {
    for (int t = 1; t < LENGTH; t++) {
        assert_int_equal(targets[t - 1], x[t]);
        seen.steps++;
        seen.successors += x[t] == x[t - 1] + 1;
        seen.repeats += repeats(x, t);
        if (x[t] < seen.least) seen.least = x[t];
        if (x[t] > seen.most) seen.most = x[t];
    }
}

static int count_held_out(void **state) {
    (void)state;
    sample_t sample = sample_open("task.name: synthetic_lm", 0);
    task_shape_t shape;
    batch_t batch;
    task_t *task = sample_task(&sample, &shape);
    assert_int_equal(task_row(task)->valid_count(task), COUNT);
    assert_int_equal(batch_create(&shape, SIZE, &batch), STATUS_OK);
    for (int first = 0; first < COUNT; first += SIZE) {
        task_row(task)->valid(task, first, &batch);
        for (int b = 0; b < SIZE; b++) count(batch.tokens + b * LENGTH, batch.targets + b * LENGTH);
    }
    batch_destroy(&batch);
    task_close(&task);
    sample_close(&sample);
    return 0;
}

static void tokens_begin_at_10(void **state) {
    (void)state;
    assert_int_equal(seen.least, 10);
    assert_in_range(seen.most, VOCAB - 10, VOCAB - 1);
}

/* A sequential segment of n tokens has n - 1 successors: 9 of 30.5. */
static void sequential_share(void **state) {
    (void)state;
    double share = seen.successors / seen.steps;
    assert_true(share > 9 / TOKENS_PER_ROUND - 0.01 && share < 9 / TOKENS_PER_ROUND + 0.01);
}

/* A repetition shows its pattern again 1..3 times: 3.5 * 2 of 30.5 tokens. */
static void repetition_share(void **state) {
    (void)state;
    double share = seen.repeats / seen.steps;
    assert_true(share > 7 / TOKENS_PER_ROUND - 0.01 && share < 7 / TOKENS_PER_ROUND + 0.01);
}

/* A pass over the training set meets each of the 20000 sequences once: the sum over a pass does not
 * depend on its order, so neither on the replica. */
static uint64_t sum_of_pass(size_t replica) {
    sample_t sample = sample_open("task: {name: synthetic_lm, seq_len: 8}", replica);
    task_shape_t shape;
    batch_t batch;
    uint64_t sum = 0;
    task_t *task = sample_task(&sample, &shape);
    assert_int_equal(batch_create(&shape, 200, &batch), STATUS_OK);
    for (int step = 0; step < 100; step++) {
        task_row(task)->train(task, step, &batch);
        for (int i = 0; i < 200 * 8; i++) sum += (uint64_t)batch.tokens[i] * (uint64_t)(i % 8 + 1);
    }
    batch_destroy(&batch);
    task_close(&task);
    sample_close(&sample);
    return sum;
}

static void a_pass_meets_every_sequence(void **state) {
    (void)state;
    assert_int_equal(sum_of_pass(0), sum_of_pass(1));
}

static void too_few_ids_are_refused(void **state) {
    (void)state;
    assert_refused("task: {name: synthetic_lm, vocab: 24}", STATUS_SPEC, "at least 25");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_begin_at_10),      cmocka_unit_test(sequential_share),
        cmocka_unit_test(repetition_share),        cmocka_unit_test(a_pass_meets_every_sequence),
        cmocka_unit_test(too_few_ids_are_refused),
    };
    return cmocka_run_group_tests(tests, count_held_out, NULL);
}
