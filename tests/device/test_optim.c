/* Optimizers on devices: the same path as on the host, whatever comes between the steps. */
#include "device/each_backend.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "optim/bed.h"

enum { STEPS = 5 };

/* Three parameters, one longer than a block of the kernels. */
static bed_t bed_create(const backend_t *place, const char *options) {
    return bed_of(place, options, 3, (const long[][2]){{1, 5}, {37, 61}, {1, 33}});
}

/* Of the parameters only: padding stays zero. */
static void draw(const graph_t *graph, const char *purpose, int64_t step, flt *x) {
    rng_t rng = rng_open(5, 0, purpose, (uint32_t)step);
    for (long p = 0; p < graph_parameter_count(graph); p++) {
        const parameter_t *at = &graph_parameters(graph)[p];
        for (long i = 0; i < at->rows * at->cols; i++) x[at->offset + i] = (flt)rng_normal(&rng);
    }
}

static void take_step(bed_t *bed, int64_t step) {
    draw(bed->graph, "gradient", step, graph_gradient(bed->graph));
    optim_clip(bed->graph, optim_gradient_norm(bed->graph), 4);
    optim_step(bed->optim, step, 0.01);
}

static void assert_close(const flt *found, const flt *expected, long count, const char *what) {
    for (long i = 0; i < count; i++)
        if (!(fabs((double)(found[i] - expected[i])) <= 2e-6))
            fail_msg("%s[%ld] is %.9g, on the host %.9g", what, i, (double)found[i],
                     (double)expected[i]);
}

static void assert_same_state(bed_t *there, bed_t *here) {
    long n = graph_size(here->graph);
    assert_close(graph_theta(there->graph), graph_theta(here->graph), n, "theta");
    for (int k = 0; optim_moments(here->optim, k); k++)
        assert_close(optim_moments(there->optim, k), optim_moments(here->optim, k), n, "moment");
}

static const char *const rules[] = {
    "train: {optimizer: adamw, weight_decay: 0.1}", "train: {optimizer: sgd, weight_decay: 0.1}",
    "train: {optimizer: lion, weight_decay: 0.1}", "train: {optimizer: lamb, weight_decay: 0.1}"};
enum { RULES = sizeof rules / sizeof *rules };

static void every_rule_takes_the_path_it_takes_on_the_host(void **state) {
    (void)state;
    for (int r = 0; r < RULES; r++) {
        bed_t there = bed_create(backend, rules[r]), here = bed_create(&backend_host, rules[r]);
        draw(here.graph, "theta", 0, graph_theta(here.graph));
        draw(there.graph, "theta", 0, graph_theta(there.graph));
        for (int64_t step = 1; step <= STEPS; step++) {
            take_step(&there, step);
            take_step(&here, step);
            if (step == 3) { /* the host changes parameters between two steps */
                graph_theta(there.graph)[40] += 1;
                graph_theta(here.graph)[40] += 1;
            }
        }
        assert_same_state(&there, &here);
        bed_destroy(&there);
        bed_destroy(&here);
    }
}

static void a_state_moves_between_host_and_device(void **state) {
    (void)state;
    for (int r = 0; r < RULES; r++) {
        record_t record = {0};
        bed_t there = bed_create(backend, rules[r]), here = bed_create(&backend_host, rules[r]);
        take_step(&there, 1);
        take_step(&there, 2);
        optim_save(there.optim, "optim", &record);
        assert_int_equal(optim_load(here.optim, "optim", &record), STATUS_OK);
        memcpy(graph_theta(here.graph), graph_theta(there.graph),
               (size_t)graph_size(here.graph) * sizeof(flt));
        assert_same_state(&there, &here);
        optim_save(here.optim, "back", &record);
        assert_int_equal(optim_load(there.optim, "back", &record), STATUS_OK);
        take_step(&there, 3);
        take_step(&here, 3);
        assert_same_state(&there, &here);
        record_clear(&record);
        bed_destroy(&there);
        bed_destroy(&here);
    }
}

static void the_preconditioner_is_that_of_the_host(void **state) {
    (void)state;
    bed_t there = bed_create(backend, rules[0]), here = bed_create(&backend_host, rules[0]);
    long n = graph_size(here.graph);
    flt *p = malloc(2 * (size_t)n * sizeof *p), *expected = p + n;
    take_step(&there, 1);
    take_step(&here, 1);
    draw(there.graph, "gradient", 2, graph_gradient(there.graph));
    draw(here.graph, "gradient", 2, graph_gradient(here.graph));
    optim_preconditioner(there.optim, 2, p);
    optim_preconditioner(here.optim, 2, expected);
    assert_close(p, expected, n, "P");
    free(p);
    bed_destroy(&there);
    bed_destroy(&here);
}

/* clip: what the host has put into the gradient is scaled there, and seen here again. */
static void clipping_and_norms_see_the_newest_gradient(void **state) {
    (void)state;
    bed_t bed = bed_create(backend, rules[0]);
    graph_gradient(bed.graph)[1] = 3;
    graph_gradient(bed.graph)[70] = -4;
    assert_true(optim_gradient_norm(bed.graph) == 5);
    optim_clip(bed.graph, 5, 2.5);
    assert_true(optim_gradient_norm(bed.graph) == 2.5);
    assert_true(graph_gradient(bed.graph)[70] == -2);
    optim_clip(bed.graph, 2.5, 3);
    assert_true(graph_gradient(bed.graph)[1] == 1.5f);
    bed_destroy(&bed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule_takes_the_path_it_takes_on_the_host),
        cmocka_unit_test(a_state_moves_between_host_and_device),
        cmocka_unit_test(the_preconditioner_is_that_of_the_host),
        cmocka_unit_test(clipping_and_norms_see_the_newest_gradient),
    };
    RUN_ON_EACH(1, tests);
}
