/* Random graphs in double: the gradient of every parameter against differences of the loss, H v
 * against differences of the gradient. */
#include "graph/network.h"

enum { NETWORKS = 60, POINTS = 4 };

/* Central differences of fourth order: f'(0) = sum of weight[i] f(at[i] step) / (12 step). */
static const double STEP = 1e-4, at[POINTS] = {-2, -1, 1, 2}, weight[POINTS] = {1, -8, 8, -1};

static flt *random_direction(const network_t *n, uint32_t seed) {
    flt *v = calloc((size_t)graph_size(n->graph), sizeof *v);
    rng_t rng = rng_open(seed, 0, "direction", 0);
    const parameter_t *p = graph_parameters(n->graph);
    for (long i = 0; i < graph_parameter_count(n->graph); i++)
        for (long e = 0; e < p[i].rows * p[i].cols; e++) v[p[i].offset + e] = rng_normal(&rng);
    return v;
}

static flt *copy(const flt *x, long count) {
    return memcpy(malloc((size_t)count * sizeof *x), x, (size_t)count * sizeof *x);
}

static double largest(const flt *x, long count) {
    double most = 0;
    for (long e = 0; e < count; e++) most = fmax(most, fabs(x[e]));
    return most;
}

static double loss_at(network_t *n, long element, double value) {
    graph_theta(n->graph)[element] = value;
    graph_forward(n->graph, 1);
    return loss_of(n);
}

static void every_gradient_is_the_slope_of_the_loss(void **state) {
    (void)state;
    for (uint32_t seed = 0; seed < NETWORKS; seed++) {
        network_t n = network_create(seed, seed % 2 ? GRAPH_TRAIN : GRAPH_CURVATURE);
        step(&n);
        long size = graph_size(n.graph);
        flt *gradient = copy(graph_gradient(n.graph), size);
        double scale = fmax(largest(gradient, size), 0.01);
        for (long e = 0; e < size; e++) {
            double here = graph_theta(n.graph)[e], slope = 0;
            for (int i = 0; i < POINTS; i++)
                slope += weight[i] * loss_at(&n, e, here + at[i] * STEP) / (12 * STEP);
            graph_theta(n.graph)[e] = here;
            if (fabs(slope - gradient[e]) > 1e-8 * scale)
                print_error("network %u, element %ld: %.12g, slope %.12g\n", (unsigned)seed, e,
                            gradient[e], slope);
            assert_true(fabs(slope - gradient[e]) <= 1e-8 * scale);
        }
        free(gradient);
        network_destroy(&n);
    }
}

/* The gradient's slope along v, malloc'd; the network is left as it was. */
static flt *slope_of_gradient(network_t *n, const flt *v) {
    const double step_along = STEP / 10;
    long size = graph_size(n->graph);
    flt *theta = graph_theta(n->graph), *here = copy(theta, size), *d = calloc((size_t)size, 8);
    for (int i = 0; i < POINTS; i++) {
        for (long e = 0; e < size; e++) theta[e] = here[e] + at[i] * step_along * v[e];
        step(n);
        const flt *gradient = graph_gradient(n->graph);
        for (long e = 0; e < size; e++) d[e] += weight[i] * gradient[e] / (12 * step_along);
    }
    memcpy(theta, here, (size_t)size * sizeof *theta);
    free(here);
    return d;
}

static void tangents_are_the_slope_of_the_gradient(void **state) {
    (void)state;
    for (uint32_t seed = 0; seed < 3 * NETWORKS; seed++) {
        network_t n = network_create(seed, GRAPH_CURVATURE);
        long size = graph_size(n.graph);
        flt *v = random_direction(&n, seed), *expected = slope_of_gradient(&n, v);
        double scale = fmax(largest(expected, size), 0.01), slope = 0;
        step(&n);
        memset(graph_product(n.graph), 0, (size_t)size * sizeof(flt));
        for (long e = 0; e < size; e++) graph_direction(n.graph)[e] = v[e] * 0x1p-40;
        graph_forward_tangent(n.graph);
        graph_backward_tangent(n.graph);
        for (long e = 0; e < size; e++) {
            double hv = graph_product(n.graph)[e] * 0x1p40;
            if (fabs(hv - expected[e]) > 1e-7 * scale)
                print_error("network %u, element %ld: %.12g, slope %.12g\n", (unsigned)seed, e, hv,
                            expected[e]);
            assert_true(fabs(hv - expected[e]) <= 1e-7 * scale);
            slope += graph_gradient(n.graph)[e] * v[e];
        }
        double of_loss = graph_slope(n.graph) * 0x1p40;
        assert_true(fabs(of_loss - slope) <= 1e-10 * (1 + fabs(slope)));
        free(v);
        free(expected);
        network_destroy(&n);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_gradient_is_the_slope_of_the_loss),
        cmocka_unit_test(tangents_are_the_slope_of_the_gradient),
    };
    gemm_start(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
