/* A tiny gpt against the numbers of an independent implementation: loss, gradient, H v, and the
 * whole Hessian by its spectrum. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/gemm.h"
#include "kernel/vector.h"
#include "model/model.h"
#include "model/tiny_gpt.h"

enum { TINY_NAMES = sizeof tiny_names / sizeof tiny_names[0] };

/* Offset of a parameter in theta. */
static long offset_of(graph_t *g, const char *name, long count) {
    const parameter_t *p = graph_parameters(g);
    for (long i = 0; i < graph_parameter_count(g); i++)
        if (strcmp(p[i].name, name) == 0 && p[i].rows * p[i].cols == count) return p[i].offset;
    print_error("no parameter %s of %ld numbers\n", name, count);
    fail();
    return 0;
}

/* The sequence of all parameters' numbers into theta's layout. */
static void scatter(graph_t *g, const double *sequence, flt *theta) {
    for (int i = 0; i < TINY_NAMES; i++) {
        long offset = offset_of(g, tiny_names[i].name, tiny_names[i].count);
        for (int e = 0; e < tiny_names[i].count; e++) theta[offset + e] = (flt)*sequence++;
    }
}

static model_t *tiny(void) {
    model_options_t options = {.arch = "gpt",
                               .norm = "pre_ln",
                               .width = 4,
                               .layers = 2,
                               .heads = 2,
                               .norm_epsilon = 1e-5,
                               .init_std = 0.02,
                               .embed_std = 0.02};
    task_shape_t shape = {.kind = TASK_TOKENS, .seq_len = 4, .vocab = 7, .loss_last = 1};
    int32_t tokens[16], targets[4];
    memcpy(tokens, tiny_tokens, sizeof tokens);
    memcpy(targets, tiny_targets, sizeof targets);
    model_t *m = NULL;
    assert_int_equal(model_create_from(&options, &shape, 4, GRAPH_CURVATURE, &m), STATUS_OK);
    assert_int_equal(graph_parameter_count(model_graph(m)), TINY_NAMES);
    scatter(model_graph(m), tiny_parameters, graph_theta(model_graph(m)));
    model_load(m, &(batch_t){.size = 4, .tokens = tokens, .targets = targets});
    return m;
}

/* |ours - theirs| / |theirs| over all parameters together. */
static double distance(graph_t *g, const flt *ours, const double *sequence) {
    flt *theirs = calloc((size_t)graph_size(g), sizeof *theirs);
    double off = 0, norm = 0;
    scatter(g, sequence, theirs);
    for (long e = 0; e < graph_size(g); e++) {
        off += pow((double)ours[e] - (double)theirs[e], 2);
        norm += pow((double)theirs[e], 2);
    }
    free(theirs);
    return sqrt(off / norm);
}

static void loss_and_gradient_agree(void **state) {
    (void)state;
    model_t *m = tiny();
    assert_true(fabs(model_gradient(m).mean - tiny_loss) <= 1e-6 * tiny_loss);
    assert_true(distance(model_graph(m), graph_gradient(model_graph(m)), tiny_gradient) <= 3e-6);
    model_destroy(&m);
}

static void hessian_times_direction_agrees(void **state) {
    (void)state;
    model_t *m = tiny();
    graph_t *g = model_graph(m);
    long size = model_size(m);
    flt *v = calloc((size_t)size, sizeof *v), *hv = calloc((size_t)size, sizeof *hv);
    scatter(g, tiny_direction, v);
    model_gradient(m);
    double slope = model_product(m, v, hv), curvature = 0, expected_slope = 0;
    assert_true(distance(g, hv, tiny_product) <= 1e-5);
    for (long e = 0; e < size; e++) curvature += (double)v[e] * (double)hv[e];
    for (size_t e = 0; e < sizeof tiny_gradient / sizeof tiny_gradient[0]; e++)
        expected_slope += tiny_gradient[e] * tiny_direction[e];
    assert_true(fabs(curvature - tiny_curvature) <= 1e-5 * tiny_curvature);
    assert_true(fabs(slope - expected_slope) <= 1e-5 * (1 + fabs(expected_slope)));
    free(v);
    free(hv);
    model_destroy(&m);
}

/* Column by column: its trace and the sum of its squares are those of the eigenvalues. */
static void the_whole_hessian_has_the_spectrum(void **state) {
    (void)state;
    model_t *m = tiny();
    long size = model_size(m);
    flt *v = calloc((size_t)size, sizeof *v), *hv = calloc((size_t)size, sizeof *hv);
    double trace = 0, squares = 0;
    model_gradient(m);
    for (long e = 0; e < size; e++) {
        v[e] = 1;
        model_product(m, v, hv);
        v[e] = 0;
        trace += (double)hv[e];
        for (long i = 0; i < size; i++) squares += (double)hv[i] * (double)hv[i];
    }
    /* Directions in padding change nothing, so their columns are zero. */
    assert_true(fabs(trace - tiny_trace) <= 1e-4 * fabs(tiny_largest));
    assert_true(fabs(squares - tiny_squares) <= 1e-5 * tiny_squares);
    free(v);
    free(hv);
    model_destroy(&m);
}

static void power_iteration_finds_the_eigenvalue_largest_in_size(void **state) {
    (void)state;
    model_t *m = tiny();
    long size = model_size(m);
    flt *v = calloc((size_t)size, sizeof *v), *hv = calloc((size_t)size, sizeof *hv);
    double eigenvalue = 0;
    model_gradient(m);
    scatter(model_graph(m), tiny_direction, v);
    for (int i = 0; i < 300; i++) {
        double norm = vector_norm(v, size);
        vector_scale(v, 1 / norm, v, size);
        model_product(m, v, hv);
        eigenvalue = vector_dot(v, hv, size);
        memcpy(v, hv, (size_t)size * sizeof *v);
    }
    assert_true(fabs(eigenvalue - tiny_largest) <= 1e-4 * fabs(tiny_largest));
    free(v);
    free(hv);
    model_destroy(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loss_and_gradient_agree),
        cmocka_unit_test(hessian_times_direction_agrees),
        cmocka_unit_test(the_whole_hessian_has_the_spectrum),
        cmocka_unit_test(power_iteration_finds_the_eigenvalue_largest_in_size),
    };
    gemm_start(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
