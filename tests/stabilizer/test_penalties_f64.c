/* Penalties on hidden states: the formulas, and how they reach the parameters. */
#include "stabilizer/rig.h"

#include "stabilizer/activation_variance.h"
#include "stabilizer/jacobian.h"
#include "stabilizer/residual_l2.h"

enum { ROWS = 5, WIDTH = 3, COUNT = ROWS * WIDTH };

/* --- formulas on given states --- */

typedef struct states {
    flt x[COUNT], y[COUNT], dx[COUNT], dy[COUNT];
    penalty_layer_t layer;
} states_t;

static void fill(states_t *s, double weight) {
    rng_t rng = rng_open(11, 0, "states", 0);
    *s = (states_t){.layer = {.rows = ROWS, .width = WIDTH, .weight = weight, .shift = 2}};
    for (int i = 0; i < COUNT; i++) s->x[i] = rng_normal(&rng), s->y[i] = rng_normal(&rng);
    s->layer.x = s->x, s->layer.y = s->y, s->layer.dx = s->dx, s->layer.dy = s->dy;
}

static double value_with(penalty_formula_t *formula, states_t *s, flt *at, double change) {
    flt kept = *at;
    *at += change;
    double value = formula(&s->layer);
    *at = kept;
    return value;
}

static double difference(penalty_formula_t *formula, states_t *s, flt *at) {
    const double h = 1e-5;
    return (value_with(formula, s, at, h) - value_with(formula, s, at, -h)) / (2 * h);
}

static void gradient_is_exact(penalty_formula_t *formula) {
    states_t s, probe;
    fill(&s, 0.5);
    formula(&s.layer);
    fill(&probe, 0.5);
    for (int i = 0; i < COUNT; i++) {
        assert_near(s.dx[i], 0.5 * difference(formula, &probe, &probe.x[i]), 1e-9);
        assert_near(s.dy[i], 0.5 * difference(formula, &probe, &probe.y[i]), 1e-9);
    }
}

static void every_formula_knows_its_gradient(void **state) {
    (void)state;
    gradient_is_exact(residual_l2_formula);
    gradient_is_exact(jacobian_formula);
    gradient_is_exact(activation_variance_formula);
}

/* y = 3 x: every difference is stretched threefold. */
static void a_linear_block_has_its_gain_squared(void **state) {
    (void)state;
    states_t s;
    fill(&s, 1);
    for (int i = 0; i < COUNT; i++) s.y[i] = 3 * s.x[i] + 1;
    assert_near(jacobian_formula(&s.layer), 9, 1e-12);
}

static void equal_samples_are_not_stretched(void **state) {
    (void)state;
    states_t s;
    fill(&s, 1);
    for (int i = 0; i < COUNT; i++) s.x[i] = 1;
    assert_true(jacobian_formula(&s.layer) == 0);
    for (int i = 0; i < COUNT; i++) assert_true(s.dx[i] == 0 && s.dy[i] == 0);
}

static void values_by_hand(void **state) {
    (void)state;
    flt x[4] = {0, 0, 0, 0}, y[4] = {1, 2, 3, 6}, dx[4] = {0}, dy[4] = {0};
    penalty_layer_t layer = {
        .rows = 2, .width = 2, .x = x, .y = y, .dx = dx, .dy = dy, .weight = 1, .shift = 1};
    assert_near(residual_l2_formula(&layer), (1 + 4 + 9 + 36) / 4.0, 1e-15);
    assert_near(activation_variance_formula(&layer), (1 + 1 + 4 + 4) / 4.0, 1e-15);
}

/* --- through the model --- */

#define MODEL "model: {init_std: 0.2, embed_std: 0.5, norm: none}\ntrain.batch: 3\n"

/* L + 2 mean over both layers of the mean square of what they add. */
static double penalised_loss(rig_t *rig) {
    double loss = model_loss(rig->model).mean, sum = 0;
    model_hidden_states(rig->model);
    for (int l = 0; l < 2; l++) {
        matrix_t x = model_hidden(rig->model, l), y = model_hidden(rig->model, l + 1);
        for (long i = 0; i < x.rows * x.cols; i++) {
            double added = y.at.v[i] - x.at.v[i];
            sum += added * added / (double)(x.rows * x.cols);
        }
    }
    return loss + 2 * sum / 2;
}

static void it_reaches_all_parameters(void **state) {
    (void)state;
    rig_t rig = rig_create(&stabilizer_residual_l2,
                           MODEL "penalty: {residual_l2: 2, layers: 1, clip: 1e9}");
    flt *direction = rig_direction(&rig), *at = rig_copy(&rig, rig.theta);
    double expected = rig_slope(&rig, penalised_loss, at, direction);
    rig_after_gradient(&rig, 0);
    assert_near(vector_dot(rig.gradient, direction, rig.size), expected, 1e-8 * fabs(expected));
    free(direction);
    free(at);
    rig_destroy(&rig);
}

/* What the hook has added to the task's gradient; the caller frees. */
static flt *added(rig_t *rig, int64_t number) {
    model_gradient(rig->model);
    flt *before = rig_copy(rig, rig->gradient);
    rig_after_gradient(rig, number);
    flt *after = rig_copy(rig, rig->gradient);
    vector_add(-1, before, after, rig->size);
    free(before);
    return after;
}

static double added_norm(rig_t *rig, int64_t number) {
    flt *change = added(rig, number);
    double norm = vector_norm(change, rig->size);
    free(change);
    return norm;
}

static void its_gradient_is_clipped_apart(void **state) {
    (void)state;
    rig_t rig =
        rig_create(&stabilizer_residual_l2, MODEL "penalty: {residual_l2: 1e6, clip: 0.25}");
    assert_near(added_norm(&rig, 0), 0.25, 1e-9);
    rig_destroy(&rig);
}

static void between_its_steps_nothing_happens(void **state) {
    (void)state;
    rig_t rig = rig_create(&stabilizer_jacobian, MODEL "penalty: {jacobian: 1, every: 4}");
    assert_true(added_norm(&rig, 8) > 0);
    for (int64_t step = 9; step < 12; step++) assert_true(added_norm(&rig, step) == 0);
    rig_destroy(&rig);
}

/* The same layer for every penalty of a step, now this one, now that one over the steps. */
static void layers_are_drawn_alike(void **state) {
    (void)state;
    const char *options = MODEL "penalty: {residual_l2: 1, jacobian: 1, every: 1}";
    rig_t a = rig_create(&stabilizer_residual_l2, options);
    rig_t b = rig_create(&stabilizer_jacobian, options);
    long first = -1; /* of the second block's parameters */
    for (long p = 0; first < 0; p++)
        if (strncmp(graph_parameters(a.graph)[p].name, "block.1.", 8) == 0)
            first = graph_parameters(a.graph)[p].offset;
    int seconds = 0;
    for (int64_t step = 0; step < 8; step++) {
        flt *x = added(&a, step), *y = added(&b, step);
        int is_second = vector_norm(x + first, a.size - first) > 0;
        assert_int_equal(is_second, vector_norm(y + first, b.size - first) > 0);
        seconds += is_second;
        free(x);
        free(y);
    }
    assert_in_range(seconds, 1, 7);
    rig_destroy(&a);
    rig_destroy(&b);
}

static void what_is_not_finite_is_left_out(void **state) {
    (void)state;
    rig_t rig = rig_create(&stabilizer_residual_l2, MODEL "penalty: {residual_l2: 1e30}");
    matrix_t head = {.at.v = rig.theta};
    for (long i = 0; i < 64; i++) head.at.v[i] = 1e155; /* its square is more than a double */
    memset(rig.gradient, 0, (size_t)rig.size * sizeof *rig.gradient);
    step_t step = {.model = rig.model, .batch = &rig.batch};
    rig.row->after_gradient(rig.state, &step);
    assert_true(vector_norm(rig.gradient, rig.size) == 0);
    rig_destroy(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_formula_knows_its_gradient),
        cmocka_unit_test(a_linear_block_has_its_gain_squared),
        cmocka_unit_test(equal_samples_are_not_stretched),
        cmocka_unit_test(values_by_hand),
        cmocka_unit_test(it_reaches_all_parameters),
        cmocka_unit_test(its_gradient_is_clipped_apart),
        cmocka_unit_test(between_its_steps_nothing_happens),
        cmocka_unit_test(layers_are_drawn_alike),
        cmocka_unit_test(what_is_not_finite_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
