/* What SAM and the gradient penalty put in the gradient's place, against differences of the loss in
 * double. */
#include "stabilizer/rig.h"

#include "stabilizer/gradient_penalty.h"
#include "stabilizer/sam.h"

#define MODEL "model: {init_std: 0.2, embed_std: 0.5, norm: pre_ln}\ntrain.batch: 3\n"

/* grad L(theta + rho g/|g|), the point made here from a gradient of its own. */
static void sam_takes_the_gradient_uphill(void **state) {
    (void)state;
    rig_t rig = rig_create(&stabilizer_sam, MODEL "train.sam_rho: 0.3");
    flt *direction = rig_direction(&rig), *uphill = rig_copy(&rig, rig.theta);
    model_gradient(rig.model);
    double plain = vector_dot(rig.gradient, direction, rig.size);
    vector_add(0.3 / vector_norm(rig.gradient, rig.size), rig.gradient, uphill, rig.size);
    double expected = rig_slope(&rig, rig_loss, uphill, direction);
    rig_after_gradient(&rig, 0);
    assert_near(vector_dot(rig.gradient, direction, rig.size), expected, 1e-8 * fabs(expected));
    assert_true(fabs(plain - expected) > 0.01 * fabs(expected));
    free(direction);
    free(uphill);
    rig_destroy(&rig);
}

static void sam_leaves_the_parameters_bit_for_bit(void **state) {
    (void)state;
    rig_t rig = rig_create(&stabilizer_sam, MODEL "train.sam_rho: 0.05");
    flt *before = rig_copy(&rig, rig.theta);
    rig_after_gradient(&rig, 0);
    assert_memory_equal(rig.theta, before, (size_t)rig.size * sizeof *before);
    free(before);
    rig_destroy(&rig);
}

/* Where the gradient is zero there is no way uphill. */
static void sam_survives_a_gradient_of_zero(void **state) {
    (void)state;
    rig_t rig = rig_create(&stabilizer_sam, MODEL "train.sam_rho: 0.05");
    memset(rig.gradient, 0, (size_t)rig.size * sizeof *rig.gradient);
    step_t step = {.model = rig.model, .batch = &rig.batch};
    rig.row->after_gradient(rig.state, &step);
    assert_true(vector_norm(rig.gradient, rig.size) == 0);
    rig_destroy(&rig);
}

enum { LAMBDA_TENTHS = 3 };

static double penalised_loss(rig_t *rig) {
    double loss = model_gradient(rig->model).mean;
    return loss + LAMBDA_TENTHS / 10.0 * vector_dot(rig->gradient, rig->gradient, rig->size);
}

static void the_gradient_penalty_is_exact(void **state) {
    (void)state;
    rig_t rig = rig_create(&stabilizer_gradient_penalty, MODEL "train.gradient_penalty: 0.3");
    flt *direction = rig_direction(&rig), *at = rig_copy(&rig, rig.theta);
    double plain = rig_slope(&rig, rig_loss, at, direction);
    double expected = rig_slope(&rig, penalised_loss, at, direction);
    rig_after_gradient(&rig, 0);
    assert_near(vector_dot(rig.gradient, direction, rig.size), expected, 1e-8 * fabs(expected));
    assert_true(fabs(plain - expected) > 0.01 * fabs(expected));
    free(direction);
    free(at);
    rig_destroy(&rig);
}

static void switched_off_they_are_not_there(void **state) {
    (void)state;
    rig_t sam = rig_create(&stabilizer_sam, "");
    rig_t penalty = rig_create(&stabilizer_gradient_penalty, "");
    assert_null(sam.state);
    assert_null(penalty.state);
    rig_destroy(&sam);
    rig_destroy(&penalty);
}

static void what_they_need_is_known_beforehand(void **state) {
    (void)state;
    stabilizer_needs_t needs;
    rig_t off = rig_create(&stabilizer_sam, "");
    rig_t sam = rig_create(&stabilizer_sam, "train.sam_rho: 0.1");
    rig_t both = rig_create(&stabilizer_sam, "train: {sam_rho: 0.1, gradient_penalty: 0.1}");
    assert_int_equal(stabilizers_needs(off.trial->config, &needs), STATUS_OK);
    assert_true(needs.gradients == 0 && needs.vectors == 0 && needs.mode == GRAPH_TRAIN);
    assert_int_equal(stabilizers_needs(sam.trial->config, &needs), STATUS_OK);
    assert_true(needs.gradients == 1 && needs.vectors == 1 && needs.mode == GRAPH_TRAIN);
    assert_int_equal(stabilizers_needs(both.trial->config, &needs), STATUS_SPEC);
    assert_non_null(strstr(status_message(), "train.sam_rho"));
    rig_destroy(&off);
    rig_destroy(&sam);
    rig_destroy(&both);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sam_takes_the_gradient_uphill),
        cmocka_unit_test(sam_leaves_the_parameters_bit_for_bit),
        cmocka_unit_test(sam_survives_a_gradient_of_zero),
        cmocka_unit_test(the_gradient_penalty_is_exact),
        cmocka_unit_test(switched_off_they_are_not_there),
        cmocka_unit_test(what_they_need_is_known_beforehand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
