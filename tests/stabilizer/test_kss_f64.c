/* Koopman spectral shaping reaches the parameters exactly, and its sham has its size only. */
#include "stabilizer/rig.h"

#include "stabilizer/kss.h"

#define MODEL "model.norm: none\nmodel.init_std: 0.2\nmodel.embed_std: 0.5\n"
#define SMALL MODEL "kss: {alpha: 0.15, every: 2, layers: 1, rank: 5, clip: 1e9"

static const record_item_t *logged(const rig_t *rig, const char *path, record_t *record) {
    record_clear(record);
    rig->row->record(rig->state, record);
    return record_find(record, path);
}

static double last_of(const rig_t *rig, const char *path) {
    record_t record = {0};
    const record_item_t *item = logged(rig, path, &record);
    assert_true(item && item->shape[0] > 0);
    double last = ((const double *)item->data)[item->shape[0] - 1];
    record_clear(&record);
    return last;
}

/* The shaping loss as the model is now, weighted as it enters the training loss. */
static double shaping_loss(rig_t *rig) {
    rig_after_gradient(rig, 0);
    return 0.15 * last_of(rig, "kss/loss");
}

/* What step `number` adds to the task's gradient; malloc'd. */
static flt *added(rig_t *rig, int64_t number) {
    model_gradient(rig->model);
    flt *task = rig_copy(rig, rig->gradient);
    rig_after_gradient(rig, number);
    flt *sum = rig_copy(rig, rig->gradient);
    vector_add(-1, task, sum, rig->size);
    free(task);
    return sum;
}

static void gradient_matches(const char *options) {
    rig_t rig = rig_create(&stabilizer_kss, options);
    flt *direction = rig_direction(&rig), *at = rig_copy(&rig, rig.theta);
    flt *gradient = added(&rig, 0);
    double exact = vector_dot(gradient, direction, rig.size);
    double slope = rig_slope(&rig, shaping_loss, at, direction);
    assert_true(fabs(exact) > 1e-6);
    assert_near(exact / slope, 1, 1e-5);
    free(direction);
    free(at);
    free(gradient);
    rig_destroy(&rig);
}

static void the_gradient_is_that_of_the_loss(void **state) {
    (void)state;
    gradient_matches(SMALL ", differentiate_whitening: true}\n");
    gradient_matches(SMALL ", differentiate_whitening: true, unstable: 0}\n");
    gradient_matches(SMALL ", differentiate_whitening: true, beta: 0}\n");
}

/* Without projection the whitening cancels: holding it constant loses nothing. */
static void a_full_spectrum_needs_no_whitening_gradient(void **state) {
    (void)state;
    gradient_matches(MODEL "kss: {alpha: 0.15, layers: 1, rank: 0, clip: 1e9}\n");
}

static void the_sham_has_the_same_magnitudes(void **state) {
    (void)state;
    rig_t real = rig_create(&stabilizer_kss, SMALL "}\n");
    rig_t sham = rig_create(&stabilizer_kss, SMALL ", sham: true}\n");
    flt *a = added(&real, 2), *b = added(&sham, 2);
    long turned = 0, large = 0;
    double largest = vector_largest(a, real.size);
    for (long i = 0; i < real.size; i++) {
        assert_near(fabs(a[i]), fabs(b[i]), 1e-9 * largest);
        if (fabs(a[i]) < 1e-6 * largest) continue;
        large++;
        turned += a[i] * b[i] < 0;
    }
    assert_true(large > 200 && turned > large / 3 && turned < 2 * large / 3);
    free(a);
    free(b);
    rig_destroy(&real);
    rig_destroy(&sham);
}

static void nothing_happens_between_applications(void **state) {
    (void)state;
    rig_t rig = rig_create(&stabilizer_kss, SMALL "}\n");
    flt *change = added(&rig, 3);
    assert_true(vector_largest(change, rig.size) == 0);
    free(change);
    rig_destroy(&rig);
}

static void the_clip_bounds_what_is_added(void **state) {
    (void)state;
    rig_t rig = rig_create(&stabilizer_kss, MODEL "kss: {alpha: 1000, rank: 5, clip: 0.25}\n");
    flt *change = added(&rig, 0);
    assert_near(vector_norm(change, rig.size), 0.25, 1e-6);
    assert_true(last_of(&rig, "kss/grad_norm") > 0.25);
    free(change);
    rig_destroy(&rig);
}

static void a_state_comes_back_from_its_record(void **state) {
    (void)state;
    rig_t from = rig_create(&stabilizer_kss, SMALL "}\n");
    rig_t to = rig_create(&stabilizer_kss, SMALL "}\n");
    record_t saved = {0};
    rig_after_gradient(&from, 0);
    rig_after_gradient(&from, 2);
    stabilizer_kss.save(from.state, &saved);
    assert_int_equal(stabilizer_kss.load(to.state, &saved), STATUS_OK);
    assert_true(last_of(&to, "kss/m_soft") == last_of(&from, "kss/m_soft"));
    record_clear(&saved);
    assert_int_equal(stabilizer_kss.load(to.state, &saved), STATUS_CORRUPT);
    rig_destroy(&from);
    rig_destroy(&to);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gradient_is_that_of_the_loss),
        cmocka_unit_test(a_full_spectrum_needs_no_whitening_gradient),
        cmocka_unit_test(the_sham_has_the_same_magnitudes),
        cmocka_unit_test(nothing_happens_between_applications),
        cmocka_unit_test(the_clip_bounds_what_is_added),
        cmocka_unit_test(a_state_comes_back_from_its_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
