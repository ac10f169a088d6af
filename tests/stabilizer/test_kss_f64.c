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

/* Every second and every fourth of the 48 positions of the batch; every other one has none. */
static void the_gradient_is_exact_where_positions_are_left_out(void **state) {
    (void)state;
    gradient_matches(SMALL ", differentiate_whitening: true, samples: 24}\n");
    gradient_matches(SMALL ", differentiate_whitening: true, samples: 12}\n");
}

/* Without projection the whitening cancels: holding it constant loses nothing. */
static void a_full_spectrum_needs_no_whitening_gradient(void **state) {
    (void)state;
    gradient_matches(MODEL "kss: {alpha: 0.15, layers: 1, rank: 0, clip: 1e9}\n");
}

static int is_of_block(const parameter_t *p, int block) {
    char scope[32];
    int length = snprintf(scope, sizeof scope, "block.%d.", block);
    return strncmp(p->name, scope, (size_t)length) == 0;
}

/* Norm of x over the parameters that are, or are not, of that block. */
static double norm_of_block(const rig_t *rig, const flt *x, int block, int of_it) {
    double sum = 0;
    const parameter_t *p = graph_parameters(rig->graph);
    for (long k = 0; k < graph_parameter_count(rig->graph); k++)
        if (is_of_block(&p[k], block) == of_it)
            sum += pow(vector_norm(x + p[k].offset, p[k].rows * p[k].cols), 2);
    return sqrt(sum);
}

/* The top layer, drawn alone, is the only one of two whose parameters move it once h_1 is a
 * constant; and these it moves as the whole network does. */
static void a_local_gradient_stays_in_its_layer(void **state) {
    (void)state;
    rig_t whole =
        rig_create(&stabilizer_kss, MODEL "kss: {alpha: 1, layers: 0, rank: 5, clip: 1e9}\n");
    rig_t local = rig_create(&stabilizer_kss,
                             MODEL "kss: {alpha: 1, layers: 0, rank: 5, clip: 1e9, local: true}\n");
    int drawn[2] = {0};
    for (int64_t number = 0; number < 100; number += 10) {
        flt *a = added(&whole, number), *b = added(&local, number);
        int block = norm_of_block(&local, b, 1, 1) > 0;
        drawn[block]++;
        assert_true(norm_of_block(&local, b, block, 1) > 1e-6);
        assert_true(norm_of_block(&local, b, block, 0) == 0);
        vector_add(-1, a, b, local.size);
        assert_true(norm_of_block(&local, b, block, 1) <= 1e-12 * vector_norm(a, local.size));
        assert_true(norm_of_block(&whole, a, block, 0) > 0);
        free(a);
        free(b);
    }
    assert_true(drawn[0] && drawn[1]);
    rig_destroy(&whole);
    rig_destroy(&local);
}

/* Activations of the gradient's own pass serve as well as new ones. */
static void kept_activations_give_the_same_bits(void **state) {
    (void)state;
    rig_t kept = rig_create(&stabilizer_kss, SMALL "}\n");
    rig_t anew = rig_create(&stabilizer_kss, SMALL "}\n");
    flt *a = added(&kept, 0);
    model_gradient(anew.model);
    anew.step = (step_t){.model = anew.model, .batch = &anew.batch, .passes = -1};
    flt *b = rig_copy(&anew, anew.gradient);
    stabilizer_kss.after_gradient(anew.state, &anew.step);
    vector_add(-1, b, anew.gradient, anew.size);
    assert_memory_equal(a, anew.gradient, (size_t)kept.size * sizeof(flt));
    free(a);
    free(b);
    rig_destroy(&kept);
    rig_destroy(&anew);
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

/* States that are not finite have no spectrum: the task's gradient stays as it is. */
static void what_is_not_finite_is_left_out(void **state) {
    (void)state;
    rig_t rig = rig_create(&stabilizer_kss, SMALL "}\n");
    model_gradient(rig.model);
    flt *task = rig_copy(&rig, rig.gradient);
    for (long i = 0; i < 64; i++) rig.theta[i] = INFINITY;
    step_t step = {.model = rig.model, .batch = &rig.batch, .passes = -1};
    rig.row->after_gradient(rig.state, &step);
    assert_memory_equal(rig.gradient, task, (size_t)rig.size * sizeof *task);
    assert_true(isnan(last_of(&rig, "kss/grad_norm")) && isnan(last_of(&rig, "kss/loss")));
    record_t record = {0};
    assert_int_equal(*(const int64_t *)logged(&rig, "kss/skipped", &record)->data, 1);
    record_clear(&record);
    free(task);
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
        cmocka_unit_test(the_gradient_is_exact_where_positions_are_left_out),
        cmocka_unit_test(a_full_spectrum_needs_no_whitening_gradient),
        cmocka_unit_test(a_local_gradient_stays_in_its_layer),
        cmocka_unit_test(kept_activations_give_the_same_bits),
        cmocka_unit_test(the_sham_has_the_same_magnitudes),
        cmocka_unit_test(nothing_happens_between_applications),
        cmocka_unit_test(the_clip_bounds_what_is_added),
        cmocka_unit_test(what_is_not_finite_is_left_out),
        cmocka_unit_test(a_state_comes_back_from_its_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
