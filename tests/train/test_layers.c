/* What layers show while they train, against what is known of it beforehand. */
#include "train/sweep_text.h"

#include <math.h>

#include "near.h"

/* Elements of a matrix of records and layers. */
static size_t count_of(const record_t *record, const char *path) {
    return record_item_count(item_of(record, path));
}

/* All logits are 0, and of equal ones the lower expert wins: experts 0 and 1 have every token. */
static void experts_that_tie_are_loaded_alike(void **state) {
    (void)state;
    record_t record = {0};
    run_first("model: {arch: moe, experts: 8, init_std: 0}\ntrain: {steps: 1, batch: 4}\n",
              &record);
    for (int layer = 0; layer < 2; layer++) {
        assert_near(vector_of(&record, "layers/expert_load_min")[layer], 0, 0);
        assert_near(vector_of(&record, "layers/expert_load_max")[layer], 4, 1e-12);
        assert_near(vector_of(&record, "layers/expert_entropy")[layer], log(2) / log(8), 1e-12);
        assert_near(vector_of(&record, "layers/dropped")[layer], 0, 0);
    }
    record_clear(&record);
}

/* The same with room for the even share alone: each of the two takes an eighth of all pairs. */
static void a_full_expert_drops_the_rest(void **state) {
    (void)state;
    record_t record = {0};
    run_first("model: {arch: moe, experts: 8, init_std: 0, capacity: 1}\n"
              "train: {steps: 1, batch: 4}\n",
              &record);
    for (int layer = 0; layer < 2; layer++) {
        assert_near(vector_of(&record, "layers/dropped")[layer], 0.75, 1e-12);
        assert_near(vector_of(&record, "layers/expert_load_max")[layer], 4, 1e-12);
    }
    record_clear(&record);
}

static void with_room_enough_nothing_changes(void **state) {
    (void)state;
    record_t all = {0}, roomy = {0};
    static const char text[] = "train: {steps: 5, batch: 4}\nmodel: {arch: moe, experts: 4";
    char options[128];
    snprintf(options, sizeof options, "%s}\n", text);
    run_first(options, &all);
    snprintf(options, sizeof options, "%s, capacity: 4}\n", text);
    run_first(options, &roomy);
    assert_memory_equal(vector_of(&all, "series/loss"), vector_of(&roomy, "series/loss"),
                        5 * sizeof(double));
    record_clear(&all);
    record_clear(&roomy);
}

/* The slowest state has A = -1, the smallest dt is 1e-3 at least: exp(-dt) is below exp(-1e-3), but
 * for what r adds to the bias, and above exp(-.1). */
static void decays_are_those_of_the_published_start(void **state) {
    (void)state;
    record_t record = {0};
    run_first("model: {arch: mamba, norm: rms_norm}\ntrain: {steps: 1, batch: 4}\n", &record);
    for (int layer = 0; layer < 2; layer++) {
        double radius = vector_of(&record, "layers/decay_radius")[layer];
        double mean = vector_of(&record, "layers/decay_radius_mean")[layer];
        assert_true(radius > 0.995 && radius < 1 && mean > exp(-0.1) && mean < radius);
    }
    record_clear(&record);
}

/* Layer norm without attention's or the splines' share: with all weights 0 the second layer sees
 * zeros, which lie inside, and the first what LN makes of the embeddings. */
static void inputs_are_counted_by_the_grid_and_by_the_knots(void **state) {
    (void)state;
    record_t record = {0};
    run_first("model: {arch: kan, init_std: 0, kan_order: 3, kan_grid: 5}\n"
              "train: {steps: 1, batch: 4}\n",
              &record);
    for (int layer = 0; layer < 2; layer++) {
        double grid = vector_of(&record, "layers/beyond_grid")[layer];
        double knots = vector_of(&record, "layers/beyond_knots")[layer];
        /* Two thirds of all inputs are the first layer's, N(0, 1): .317 of them and .028 lie
         * beyond. */
        assert_true(fabs(grid - 2 * 0.317 / 3) < 0.03 && fabs(knots - 2 * 0.028 / 3) < 0.015);
    }
    record_clear(&record);
}

static void layers_are_recorded_every_so_many_steps(void **state) {
    (void)state;
    record_t record = {0}, none = {0}, gpt = {0};
    run_first("model: {arch: moe, moe_every: 2}\ntrain: {steps: 9, batch: 4}\n"
              "probe.layers_every: 4\n",
              &record);
    const int64_t *step = item_of(&record, "layers/step")->data;
    assert_int_equal(count_of(&record, "layers/step"), 3);
    assert_true(step[0] == 0 && step[1] == 4 && step[2] == 8);
    assert_int_equal(count_of(&record, "layers/dropped"), 3 * 2);
    for (int i = 0; i < 3; i++) { /* the first layer has no experts */
        assert_true(isnan(vector_of(&record, "layers/expert_load_max")[2 * i]));
        assert_true(vector_of(&record, "layers/expert_load_max")[2 * i + 1] >= 1);
    }
    run_first("model: {arch: moe}\ntrain: {steps: 3, batch: 4}\nprobe.layers_every: 0\n", &none);
    assert_null(record_find(&none, "layers/step"));
    run_first("train: {steps: 3, batch: 4}\n", &gpt);
    assert_null(record_find(&gpt, "layers/step"));
    record_clear(&record);
    record_clear(&none);
    record_clear(&gpt);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(experts_that_tie_are_loaded_alike),
        cmocka_unit_test(a_full_expert_drops_the_rest),
        cmocka_unit_test(with_room_enough_nothing_changes),
        cmocka_unit_test(decays_are_those_of_the_published_start),
        cmocka_unit_test(inputs_are_counted_by_the_grid_and_by_the_knots),
        cmocka_unit_test(layers_are_recorded_every_so_many_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
