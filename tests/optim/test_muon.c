/* Muon: what its update does to singular values and vectors. Oracle: LAPACK's decomposition in
 * double, and the iteration's polynomial on numbers. */
#include "optim/bed.h"

#include <lapacke.h>
#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "near.h"

enum { ROWS = 12, COLS = 8, WIDE = 20 };

static const parameter_facts_t of_block = {.kind = PARAMETER_MATRIX, .block = 0};

/* One parameter of these facts, drawn; its gradient too, from another stream. */
static bed_t bed_create(const char *options, long rows, long cols, const parameter_facts_t *facts) {
    static const field_set_t *const sets[] = {&optim_fields, &adamw_fields, &mup_fields, NULL};
    bed_t bed = {.graph = graph_create()};
    char text[512];
    int length = snprintf(text, sizeof text, "name: test\ntrain.optimizer: muon\n%s\n", options);
    graph_parameter(bed.graph, "theta", rows, cols, facts);
    if (spec_parse("test.yaml", text, (size_t)length, sets, &bed.spec) ||
        plan_create(bed.spec, &bed.plan) || graph_plan(bed.graph, GRAPH_TRAIN) ||
        graph_allocate(bed.graph) ||
        optim_create(plan_trial(bed.plan, 0)->config, bed.graph, &bed.optim))
        fail_msg("%s", status_message());
    return bed;
}

static void draw(flt *x, long count, uint32_t number) {
    rng_t rng = rng_open(7, 0, "muon", number);
    for (long i = 0; i < count; i++) x[i] = (flt)rng_normal(&rng);
}

/* Five times a x + b x^3 + c x^5. */
static double taken_to(double x) {
    for (int i = 0; i < 5; i++) x = 3.4445 * x - 4.7750 * pow(x, 3) + 2.0315 * pow(x, 5);
    return x;
}

/* U^T moved V of direction = U S V^T is the polynomial of S / |direction| on its diagonal, and 0
 * beside it: singular vectors stay, singular values become about 1. */
static void assert_orthogonalised(long rows, long cols, const double *direction,
                                  const double *moved) {
    int n = (int)rows, m = (int)cols, k = n < m ? n : m;
    double *copy = malloc((size_t)(n * m) * sizeof *copy), s[WIDE], work[WIDE], norm = 0;
    double *u = malloc((size_t)(n * n) * sizeof *u), *vt = malloc((size_t)(m * m) * sizeof *vt);
    memcpy(copy, direction, (size_t)(n * m) * sizeof *copy);
    assert_int_equal(
        LAPACKE_dgesvd(LAPACK_ROW_MAJOR, 'A', 'A', n, m, copy, m, s, u, n, vt, m, work), 0);
    for (int i = 0; i < k; i++) norm += s[i] * s[i];
    for (int a = 0; a < k; a++)
        for (int b = 0; b < k; b++) {
            double sum = 0;
            for (int i = 0; i < n; i++)
                for (int j = 0; j < m; j++) sum += u[i * n + a] * moved[i * m + j] * vt[b * m + j];
            assert_near(sum, a == b ? taken_to(s[a] / sqrt(norm)) : 0, 2e-4);
            if (a == b) assert_true(sum > 0.6 && sum < 1.25);
        }
    free(copy);
    free(u);
    free(vt);
}

/* Two steps: the second is along g + beta b with b = beta g0 + g. */
static void assert_second_step(long rows, long cols) {
    bed_t bed = bed_create("train: {beta1: 0.95, weight_decay: 0.1}", rows, cols, &of_block);
    long count = rows * cols, longest = rows > cols ? rows : cols;
    double direction[WIDE * WIDE], moved[WIDE * WIDE], lr = 0.01;
    flt *theta = graph_theta(bed.graph), *g = graph_gradient(bed.graph), first[WIDE * WIDE];
    draw(theta, count, 0);
    draw(g, count, 1);
    memcpy(first, g, (size_t)count * sizeof *g);
    optim_step(bed.optim, 1, lr);
    for (long i = 0; i < count; i++) moved[i] = (1 - lr * 0.1) * (double)theta[i];
    draw(g, count, 2);
    for (long i = 0; i < count; i++)
        direction[i] = (double)g[i] + 0.95 * (0.95 * (double)first[i] + (double)g[i]);
    optim_step(bed.optim, 2, lr);
    for (long i = 0; i < count; i++)
        moved[i] = (moved[i] - (double)theta[i]) / (lr * 0.2 * sqrt((double)longest));
    assert_orthogonalised(rows, cols, direction, moved);
    bed_destroy(&bed);
}

static void matrices_of_any_shape_are_made_orthogonal(void **state) {
    (void)state;
    assert_second_step(ROWS, COLS);
    assert_second_step(COLS, ROWS);
    assert_second_step(COLS, COLS);
    assert_second_step(1, ROWS);
}

/* Rows 0 .. 7 by themselves, and 8 .. 11. */
static void packed_matrices_are_taken_apart(void **state) {
    (void)state;
    parameter_facts_t facts = of_block;
    facts.parts[0] = (parameter_part_t){ROLE_QUERY, 8};
    facts.parts[1] = (parameter_part_t){ROLE_KEY, 4};
    bed_t bed = bed_create("train: {beta1: 0, weight_decay: 0}", ROWS, COLS, &facts);
    flt *theta = graph_theta(bed.graph), *g = graph_gradient(bed.graph);
    double direction[ROWS * COLS], moved[ROWS * COLS];
    draw(g, ROWS * COLS, 1);
    optim_step(bed.optim, 1, 1);
    for (long i = 0; i < ROWS * COLS; i++) {
        direction[i] = (double)g[i];
        moved[i] = -(double)theta[i] / (0.2 * sqrt(8));
    }
    assert_orthogonalised(8, COLS, direction, moved);
    assert_orthogonalised(4, COLS, direction + 8 * COLS, moved + 8 * COLS);
    bed_destroy(&bed);
}

static void all_else_moves_as_under_adamw(void **state) {
    (void)state;
    static const parameter_facts_t table = {.kind = PARAMETER_TABLE, .block = NO_BLOCK};
    static const parameter_facts_t head = {.kind = PARAMETER_MATRIX, .block = NO_BLOCK};
    static const parameter_facts_t gain = {.kind = PARAMETER_GAIN, .block = 0};
    const parameter_facts_t *const facts[] = {&table, &head, &gain};
    for (int i = 0; i < 3; i++) {
        bed_t bed = bed_create("", 1, COLS, facts[i]);
        draw(graph_gradient(bed.graph), COLS, 1);
        optim_step(bed.optim, 1, 0.01); /* Adam's first step is the sign */
        for (int k = 0; k < COLS; k++)
            assert_near((double)graph_theta(bed.graph)[k],
                        graph_gradient(bed.graph)[k] > 0 ? -0.01 : 0.01, 1e-6);
        bed_destroy(&bed);
    }
}

static void no_gradient_moves_nothing(void **state) {
    (void)state;
    bed_t bed = bed_create("train.weight_decay: 0", ROWS, COLS, &of_block);
    flt before[ROWS * COLS];
    draw(graph_theta(bed.graph), ROWS * COLS, 0);
    memcpy(before, graph_theta(bed.graph), sizeof before);
    optim_step(bed.optim, 1, 0.01);
    assert_memory_equal(graph_theta(bed.graph), before, sizeof before);
    bed_destroy(&bed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matrices_of_any_shape_are_made_orthogonal),
        cmocka_unit_test(packed_matrices_are_taken_apart),
        cmocka_unit_test(all_else_moves_as_under_adamw),
        cmocka_unit_test(no_gradient_moves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
