/* Kernels on long vectors, on every backend, against their formulas in double: around the length of
 * a block, with neighbours that must not be touched. */
#include "device/each_backend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "kernel/vector/adamw.h"
#include "kernel/vector/lion.h"
#include "kernel/vector/scale.h"
#include "kernel/vector/sgd.h"

static const long lengths[] = {1, 31, 1023, 1024, 1025, 5000};
enum { LENGTHS = sizeof lengths / sizeof *lengths, MOST = 5000, GUARD = 64, ARRAYS = 4 };
enum { THETA, FIRST, SECOND, GRADIENT };

/* Four arrays [MOST] between guards, here in double and there in `flt`. */
typedef struct bench {
    double here[ARRAYS][MOST];
    flt *there[ARRAYS];
    double *result;
    void *shares;
    arena_t arena;
} bench_t;

static void send(const bench_t *b, int array, long count) {
    flt *x = malloc((MOST + 2 * GUARD) * sizeof *x);
    for (long i = 0; i < MOST + 2 * GUARD; i++) x[i] = (flt)-7;
    for (long i = 0; i < count; i++) x[GUARD + i] = (flt)b->here[array][i];
    backend->copy_in(b->there[array] - GUARD, x, (MOST + 2 * GUARD) * sizeof *x);
    free(x);
}

/* Numbers that float32 holds; the second moment positive. */
static void bench_fill(bench_t *b, long count) {
    rng_t rng = rng_open(3, 0, "vectors", (uint32_t)count);
    for (int a = 0; a < ARRAYS; a++) {
        for (long i = 0; i < count; i++) b->here[a][i] = (float)rng_normal(&rng);
        for (long i = 0; a == SECOND && i < count; i++) b->here[a][i] = fabs(b->here[a][i]);
        send(b, a, count);
    }
}

static bench_t *bench_create(void) {
    bench_t *b = calloc(1, sizeof *b);
    size_t bytes = (MOST + 2 * GUARD) * sizeof(flt);
    size_t shares = ((size_t)backend->teams + 1) * sizeof(double[RESULTS]);
    size_t all = ARRAYS * arena_round(bytes) + arena_round(shares) + 1024;
    if (!b || backend->reserve(all, &b->arena)) fail_msg("%s", status_message());
    for (int a = 0; a < ARRAYS; a++) b->there[a] = (flt *)arena_take(&b->arena, bytes) + GUARD;
    b->shares = arena_take(&b->arena, shares);
    b->result = arena_take(&b->arena, sizeof(double[RESULTS]));
    return b;
}

static void bench_destroy(bench_t *b) {
    backend->release(&b->arena);
    free(b);
}

static matrix_t vector_there(const bench_t *b, int array, long count) {
    return (matrix_t){.at.v = b->there[array], .rows = count, .cols = 1};
}

static void run(const bench_t *b, vector_kernel_t kernel, long count, op_options_t options) {
    const call_t call = {.x = {vector_there(b, GRADIENT, count)},
                         .y = {vector_there(b, THETA, count), vector_there(b, FIRST, count),
                               vector_there(b, SECOND, count)},
                         .options = options,
                         .result = b->result,
                         .shares = b->shares};
    backend_vector(backend, kernel)(&call);
}

/* All arrays are what is here, and what lies around them is what it was. */
static void assert_arrays(const bench_t *b, long count) {
    flt *x = malloc((MOST + 2 * GUARD) * sizeof *x);
    for (int a = 0; a < ARRAYS; a++) {
        backend->copy_out(x, b->there[a] - GUARD, (MOST + 2 * GUARD) * sizeof *x);
        for (long i = 0; i < MOST + 2 * GUARD; i++) {
            int is_inside = i >= GUARD && i < GUARD + count;
            double expected = is_inside ? b->here[a][i - GUARD] : -7;
            double tolerance = is_inside ? 4e-7 * fmax(1, fabs(expected)) : 0;
            if (!(fabs((double)x[i] - expected) <= tolerance))
                fail_msg("array %d of %ld: element %ld is %.9g, not %.9g", a, count, i - GUARD,
                         (double)x[i], expected);
        }
    }
    free(x);
}

#define GIVEN(step) options_from(&(step), sizeof(step))

typedef void formula_t(bench_t *b, long i);

static void check(vector_kernel_t kernel, op_options_t options, formula_t *formula) {
    bench_t *b = bench_create();
    for (int k = 0; k < LENGTHS; k++) {
        bench_fill(b, lengths[k]);
        run(b, kernel, lengths[k], options);
        for (long i = 0; i < lengths[k]; i++) formula(b, i);
        assert_arrays(b, lengths[k]);
    }
    bench_destroy(b);
}

/* --- formulas --- */

static const struct adamw_step adamw_step = {.keep = 0.75f,
                                             .rate = 0.125f,
                                             .gain1 = 0.25f,
                                             .gain2 = 0.5f,
                                             .beta2 = 0.5f,
                                             .root2 = 2,
                                             .eps = 0.5f};

static void adamw(bench_t *b, long i) {
    double g = b->here[GRADIENT][i], *m = &b->here[FIRST][i], *v = &b->here[SECOND][i];
    *m = 0.75 * *m + 0.25 * g;
    *v = 0.5 * *v + 0.5 * g * g;
    b->here[THETA][i] = 0.75 * b->here[THETA][i] - 0.125 * *m / (2 * sqrt(*v) + 0.5);
}

static void adamw_is_its_formula(void **state) {
    (void)state;
    check(VECTOR_ADAMW, GIVEN(adamw_step), adamw);
}

static void lion(bench_t *b, long i) {
    double g = b->here[GRADIENT][i], *m = &b->here[FIRST][i], mean = 0.5 * *m + 0.5 * g;
    b->here[THETA][i] = 0.75 * b->here[THETA][i] - (mean > 0 ? 0.125 : mean < 0 ? -0.125 : 0);
    *m = 0.875 * *m + 0.125 * g;
}

static void lion_is_its_formula(void **state) {
    (void)state;
    const struct lion_step step = {.keep = 0.75f, .rate = 0.125f, .beta1 = 0.5f, .beta2 = 0.875f};
    check(VECTOR_LION, GIVEN(step), lion);
}

static void sgd(bench_t *b, long i) {
    double *momentum = &b->here[FIRST][i];
    *momentum = 0.875 * *momentum + b->here[GRADIENT][i];
    b->here[THETA][i] = 0.75 * b->here[THETA][i] - 0.125 * *momentum;
}

static void sgd_is_its_formula(void **state) {
    (void)state;
    const struct sgd_step step = {.keep = 0.75f, .rate = 0.125f, .momentum = 0.875f};
    check(VECTOR_SGD, GIVEN(step), sgd);
}

static void scaled(bench_t *b, long i) { b->here[THETA][i] *= 0.375; }

static void scale_is_its_formula(void **state) {
    (void)state;
    const struct scale_options options = {.factor = 0.375f};
    check(VECTOR_SCALE, GIVEN(options), scaled);
}

/* --- sums --- */

static double square_sum(const bench_t *b, long count, double start) {
    double result[RESULTS] = {start, 5, 6};
    backend->copy_in(b->result, result, sizeof result);
    run(b, VECTOR_SQUARE_SUM, count, (op_options_t){0});
    backend->copy_out(result, b->result, sizeof result);
    assert_true(result[1] == 5 && result[2] == 6);
    return result[0];
}

static void squares_add_up_to_what_is_there(void **state) {
    (void)state;
    bench_t *b = bench_create();
    for (int k = 0; k < LENGTHS; k++) {
        double expected = 2;
        bench_fill(b, lengths[k]);
        for (long i = 0; i < lengths[k]; i++)
            expected += b->here[GRADIENT][i] * b->here[GRADIENT][i];
        double sum = square_sum(b, lengths[k], 2);
        if (!(fabs(sum - expected) <= 1e-13 * expected))
            fail_msg("%.17g, not %.17g", sum, expected);
        assert_true(sum == square_sum(b, lengths[k], 2));
        assert_arrays(b, lengths[k]);
    }
    bench_destroy(b);
}

static void a_square_that_is_not_finite_shows(void **state) {
    (void)state;
    bench_t *b = bench_create();
    for (int at = 0; at < 3; at++) {
        bench_fill(b, MOST);
        long spot = at == 0 ? 0 : at == 1 ? 1024 : MOST - 1;
        b->here[GRADIENT][spot] = NAN;
        send(b, GRADIENT, MOST);
        assert_true(isnan(square_sum(b, MOST, 0)));
        b->here[GRADIENT][spot] = -INFINITY;
        send(b, GRADIENT, MOST);
        assert_true(isinf(square_sum(b, MOST, 0)));
    }
    bench_destroy(b);
}

/* --- bits --- */

/* Tensors may be updated one by one or several at once: the same numbers come out. */
static void an_update_has_the_same_bits_wherever_it_stands(void **state) {
    (void)state;
    bench_t *whole = bench_create(), *parts = bench_create();
    static flt one[MOST], other[MOST];
    bench_fill(whole, MOST);
    bench_fill(parts, MOST);
    run(whole, VECTOR_ADAMW, MOST, GIVEN(adamw_step));
    flt *start[ARRAYS];
    memcpy(start, parts->there, sizeof start);
    for (long first = 0, length = 1; first < MOST; first += length, length = 3 * length + 1) {
        for (int a = 0; a < ARRAYS; a++) parts->there[a] = start[a] + first;
        long left = MOST - first;
        run(parts, VECTOR_ADAMW, length < left ? length : left, GIVEN(adamw_step));
    }
    for (int a = 0; a < ARRAYS; a++) {
        backend->copy_out(one, whole->there[a], sizeof one);
        backend->copy_out(other, start[a], sizeof other);
        assert_memory_equal(one, other, sizeof one);
    }
    bench_destroy(whole);
    bench_destroy(parts);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adamw_is_its_formula),
        cmocka_unit_test(lion_is_its_formula),
        cmocka_unit_test(sgd_is_its_formula),
        cmocka_unit_test(scale_is_its_formula),
        cmocka_unit_test(squares_add_up_to_what_is_there),
        cmocka_unit_test(a_square_that_is_not_finite_shows),
        cmocka_unit_test(an_update_has_the_same_bits_wherever_it_stands),
    };
    RUN_ON_EACH(0, tests);
}
