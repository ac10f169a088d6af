/* What the RKSP probe records, and what it refuses. */
#include "train/sweep_text.h"

#include "near.h"

static void profiles_have_a_row_for_each_step_and_layer(void **state) {
    (void)state;
    record_t record = {0};
    run_first("train.steps: 3\nprobe.rksp.steps: [0, 2, 3]", &record);
    const record_item_t *step = item_of(&record, "rksp/step");
    const record_item_t *lambda = item_of(&record, "rksp/lambda");
    assert_int_equal(step->shape[0], 3);
    assert_memory_equal(step->data, ((const int64_t[]){0, 2, 3}), 3 * sizeof(int64_t));
    assert_memory_equal(lambda->shape, ((const size_t[]){3, 2, 32, 2}), 4 * sizeof(size_t));
    assert_int_equal(item_of(&record, "rksp/rho")->rank, 2);
    record_clear(&record);
}

static void masses_and_radius_are_those_of_the_eigenvalues(void **state) {
    (void)state;
    record_t record = {0};
    run_first("train: {steps: 0, valid_batches: 0}", &record);
    const double *lambda = vector_of(&record, "rksp/lambda");
    for (int layer = 0; layer < 2; layer++) {
        double expansive = 0, near_unit = 0, largest = 0;
        for (int j = 0; j < 32; j++, lambda += 2) {
            double size = hypot(lambda[0], lambda[1]);
            expansive += size > 1.05;
            near_unit += size >= 0.9 && size <= 1.05;
            largest = fmax(largest, size);
        }
        assert_near(vector_of(&record, "rksp/m_expansive")[layer], expansive / 32, 1e-15);
        assert_near(vector_of(&record, "rksp/m_near_unit")[layer], near_unit / 32, 1e-15);
        assert_near(vector_of(&record, "rksp/rho")[layer], largest, 1e-12);
    }
    record_clear(&record);
}

static void summary_is_mean_and_spread_over_layers_at_the_first_profile(void **state) {
    (void)state;
    record_t record = {0};
    run_first("train: {steps: 3, lr: 0.1}\nprobe.rksp.steps: [3, 1]", &record);
    const double *rho = vector_of(&record, "rksp/rho");
    assert_true(rho[0] != rho[2]);
    assert_near(number_of(&record, "summary/rho"), (rho[0] + rho[1]) / 2, 1e-15);
    assert_near(number_of(&record, "summary/rho_max"), fmax(rho[0], rho[1]), 0);
    assert_near(number_of(&record, "summary/rho_min"), fmin(rho[0], rho[1]), 0);
    assert_near(number_of(&record, "summary/rho_sd"), fabs(rho[0] - rho[1]) / sqrt(2), 1e-15);
    record_clear(&record);
}

static void a_projection_has_as_many_modes_as_asked_for(void **state) {
    (void)state;
    record_t record = {0};
    run_first("train: {steps: 0, valid_batches: 0}\nprobe.rksp.rank: 5", &record);
    assert_int_equal(item_of(&record, "rksp/lambda")->shape[2], 5);
    const int64_t *rank = item_of(&record, "rksp/rank")->data;
    assert_int_equal(rank[0], 5);
    assert_int_equal(rank[1], 5);
    record_clear(&record);
}

/* Blocks that add nothing: every one is the identity. */
static void identity_blocks_are_flagged(void **state) {
    (void)state;
    record_t record = {0};
    run_first("train: {steps: 0, valid_batches: 0}\nmodel: {norm: none, init_std: 0}", &record);
    assert_int_equal(integer_of(&record, "summary/degenerate"), 2);
    assert_near(number_of(&record, "summary/m_near_unit"), 1, 0);
    record_clear(&record);
}

static void states_without_variance_give_no_numbers(void **state) {
    (void)state;
    record_t record = {0};
    run_first("train: {steps: 0, valid_batches: 0}\nmodel: {norm: none, embed_std: 0}", &record);
    assert_true(isnan(number_of(&record, "summary/rho")));
    assert_int_equal(((const int64_t *)item_of(&record, "rksp/rank")->data)[0], 0);
    record_clear(&record);
}

/* 8 samples of 16 positions a batch: 100 of 128 positions are drawn, others for another replica. */
static void samples_are_drawn_from_whole_batches(void **state) {
    (void)state;
    record_t all = {0}, some = {0};
    run_first("train: {steps: 0, valid_batches: 0, batch: 8}\nprobe.rksp.samples: 128", &all);
    run_first("train: {steps: 0, valid_batches: 0, batch: 8}\nprobe.rksp.samples: 100", &some);
    assert_true(number_of(&all, "summary/rho") != number_of(&some, "summary/rho"));
    assert_near(number_of(&all, "summary/rho"), number_of(&some, "summary/rho"), 0.5);
    record_clear(&all);
    record_clear(&some);
}

static void no_steps_no_profile(void **state) {
    (void)state;
    record_t record = {0};
    run_first("train: {steps: 0, valid_batches: 0}\nprobe.rksp: {steps: [], samples: 2}", &record);
    assert_null(record_find(&record, "rksp/rho"));
    assert_null(record_find(&record, "summary/rho"));
    record_clear(&record);
}

static void too_few_samples_are_refused(void **state) {
    (void)state;
    assert_refused("probe.rksp.samples: 32", "probe.rksp.samples: 32 samples");
}
static void a_step_never_reached_is_refused(void **state) {
    (void)state;
    assert_refused("train.steps: 10\nprobe.rksp.steps: [0, 11]", "step 11 is never reached");
}
static void more_modes_than_features_are_refused(void **state) {
    (void)state;
    assert_refused("probe.rksp.rank: 33", "probe.rksp.rank: 33 modes");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(profiles_have_a_row_for_each_step_and_layer),
        cmocka_unit_test(masses_and_radius_are_those_of_the_eigenvalues),
        cmocka_unit_test(summary_is_mean_and_spread_over_layers_at_the_first_profile),
        cmocka_unit_test(a_projection_has_as_many_modes_as_asked_for),
        cmocka_unit_test(identity_blocks_are_flagged),
        cmocka_unit_test(states_without_variance_give_no_numbers),
        cmocka_unit_test(samples_are_drawn_from_whole_batches),
        cmocka_unit_test(no_steps_no_profile),
        cmocka_unit_test(too_few_samples_are_refused),
        cmocka_unit_test(a_step_never_reached_is_refused),
        cmocka_unit_test(more_modes_than_features_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
