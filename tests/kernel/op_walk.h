/* op_walk.h: what holds for every operator, checked for each row of op_rows in all its cases.
 * Included by test_ops.c (float32) and test_ops_f64.c. */
#ifndef TESTS_KERNEL_OP_WALK_H
#define TESTS_KERNEL_OP_WALK_H

#include "kernel/op_rig.h"

/* Rounding of the kernel and error of the differences, relative. */
#ifdef REAL64
static const double VALUE_TOLERANCE = 1e-13, SLOPE_TOLERANCE = 1e-9, SECOND_TOLERANCE = 1e-6;
#else
static const double VALUE_TOLERANCE = 2e-6, SLOPE_TOLERANCE = 1e-5, SECOND_TOLERANCE = 2e-5;
#endif

/* A row of op_rows without a case here would go untested. */
static void every_operator_has_a_case_and_a_definition(void **state) {
    (void)state;
    for (int i = 0; op_rows[i]; i++) {
        int cases = 0;
        for (int k = 0; k < OP_CASES; k++) cases += op_cases[k].op == op_rows[i];
        if (cases == 0 || !definition_of(op_rows[i]))
            print_error("%s lacks rows in op_cases.h, or its formula in op_definitions.h\n",
                        op_rows[i]->name);
        assert_true(cases > 0);
        assert_non_null(op_rows[i]->doc);
        assert_non_null(definition_of(op_rows[i]));
    }
}

/* All inputs whose gradients can be wanted; none where forward leaves it. */
static unsigned all_wanted(const sample_t *s) {
    unsigned mask = 0;
    for (int k = 0; k < OP_INPUTS; k++)
        if (s->x[k] && !s->c->op->ends && op_has_gradient(s->c->op, k)) mask |= 1u << k;
    return mask;
}

/* Gradients of parameters are always wanted; kernels are not run when no gradient is. */
static int may_be_wanted(const sample_t *s, unsigned mask) {
    unsigned all = all_wanted(s), parameters = s->c->parameters & all;
    return (mask & ~all) == 0 && (mask & parameters) == parameters && (mask || s->c->op->ends);
}

/* Runs the claim for every case, every set of wanted gradients and every way of adding. */
typedef void claim_t(rig_t *r, double *const expected[OP_INPUTS]);
typedef double *oracle_t(sample_t *s, int k);

static void for_all(claim_t *claim, oracle_t *oracle) {
    for (int i = 0; i < OP_CASES; i++) {
        sample_t s = sample_create(&op_cases[i]);
        double *expected[OP_INPUTS] = {0};
        for (int k = 0; k < OP_INPUTS; k++)
            if (s.x[k] && oracle && op_has_gradient(s.c->op, k)) expected[k] = oracle(&s, k);
        for (unsigned mask = 0; mask < 1u << OP_INPUTS; mask++)
            for (adding_t adding = ADD_NOTHING; adding <= ADD_IN_PLACE; adding++) {
                if (!may_be_wanted(&s, mask)) continue;
                rig_t r;
                rig_create(&r, &s, adding, mask);
                claim(&r, expected);
                rig_destroy(&r);
            }
        for (int k = 0; k < OP_INPUTS; k++) free(expected[k]);
        sample_destroy(&s);
    }
}

static void claim_forward(rig_t *r, double *const expected[OP_INPUTS]) {
    (void)expected;
    double *y = defined(r->s);
    rig_values(r);
    rig_compare(r, "y", r->y[0].v.v, 1, y, count_of(r->c->y), VALUE_TOLERANCE);
    free(y);
}

static void forward_is_the_definition(void **state) {
    (void)state;
    for_all(claim_forward, NULL);
}

/* dx = start + slope where something is added, slope alone elsewhere. */
static void compare_gradients(const rig_t *r, double *const expected[OP_INPUTS], int is_tangent,
                              double tolerance) {
    double scale = is_tangent ? TINY : 1;
    for (int k = 0; k < OP_INPUTS; k++) {
        pair_t dx = r->op->ends ? r->x[k] : r->dx[k];
        if (!expected[k] || (!is_wanted(r, k) && !r->op->ends)) continue;
        long count = count_of(r->c->x[k]);
        int adds = is_wanted(r, k) && (adds_apart(r, k) || adds_in_place(r, k));
        const double *start = is_tangent ? r->s->start_direction[k] : r->s->start[k];
        double *sum = malloc((size_t)count * sizeof *sum);
        for (long e = 0; e < count; e++) sum[e] = expected[k][e] + (adds ? start[e] : 0);
        rig_compare(r, (const char[]){'d', 'x', (char)('0' + k), 0}, is_tangent ? dx.t.v : dx.v.v,
                    scale, sum, count, tolerance);
        free(sum);
    }
}

static void claim_backward(rig_t *r, double *const expected[OP_INPUTS]) {
    rig_values(r);
    compare_gradients(r, expected, 0, SLOPE_TOLERANCE);
}

static void backward_is_the_slope(void **state) {
    (void)state;
    for_all(claim_backward, slope);
}

static void claim_forward_tangent(rig_t *r, double *const expected[OP_INPUTS]) {
    (void)expected;
    double *y = defined_tangent(r->s);
    rig_values(r);
    rig_tangents(r);
    rig_compare(r, "y'", r->y[0].t.v, TINY, y, count_of(r->c->y), SLOPE_TOLERANCE);
    free(y);
}

static void forward_tangent_is_the_slope_of_forward(void **state) {
    (void)state;
    for_all(claim_forward_tangent, NULL);
}

static void claim_backward_tangent(rig_t *r, double *const expected[OP_INPUTS]) {
    rig_values(r);
    rig_tangents(r);
    compare_gradients(r, expected, 1, SECOND_TOLERANCE);
}

static double *slope_tangent_of(sample_t *s, int k) { return slope_tangent(s, k); }

static void backward_tangent_is_the_slope_of_backward(void **state) {
    (void)state;
    for_all(claim_backward_tangent, slope_tangent_of);
}

/* Rows whose target has the largest logit. */
static int right_rows(const sample_t *s) {
    int right = 0;
    for (long i = 0; i < s->c->x[0].rows; i++) {
        const double *z = s->x[0] + i * s->c->x[0].cols;
        int is_largest = 1;
        for (long j = 0; j < s->c->x[0].cols; j++) is_largest &= z[j] <= z[s->index[i]];
        right += is_largest;
    }
    return right;
}

static void claim_result(rig_t *r, double *const expected[OP_INPUTS]) {
    (void)expected;
    if (!op_is_term(r->op)) return;
    double *tangent = defined_tangent(r->s), slope_of_loss = 0;
    for (long i = 0; i < r->c->y.rows; i++) slope_of_loss += r->s->u[i] * tangent[i];
    free(tangent);
    rig_values(r);
    rig_tangents(r);
    double loss = weighed(r->s);
    assert_true(fabs(r->result[0] - 1 - loss) <= VALUE_TOLERANCE * (1 + loss));
    double detail = r->op->ends ? right_rows(r->s) : loss / r->c->coefficient;
    assert_true(fabs(r->result[1] - 2 - detail) <= VALUE_TOLERANCE * (1 + detail));
    assert_true(fabs(r->result[2] / TINY - 3 - slope_of_loss) <=
                SLOPE_TOLERANCE * (1 + fabs(slope_of_loss)));
}

/* The term, its detail and its tangent are added to what result holds. */
static void a_term_of_the_loss_adds_its_result(void **state) {
    (void)state;
    for_all(claim_result, NULL);
}

#define WALK_TESTS                                                                                 \
    cmocka_unit_test(every_operator_has_a_case_and_a_definition),                                  \
        cmocka_unit_test(forward_is_the_definition), cmocka_unit_test(backward_is_the_slope),      \
        cmocka_unit_test(forward_tangent_is_the_slope_of_forward),                                 \
        cmocka_unit_test(backward_tangent_is_the_slope_of_backward),                               \
        cmocka_unit_test(a_term_of_the_loss_adds_its_result)

#endif
