/* Precisions of matrix products: rounding to bfloat16 by its definition, products of rounded
 * factors against sums in double, and oneDNN's against the emulated ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "kernel/precision.h"

/* --- rounding --- */

/* To 8 significant bits, to nearest, ties to even, by double arithmetic. */
static double rounded_by_definition(double x) {
    int exponent;
    if (x == 0 || !isfinite(x)) return x;
    double mantissa = frexp(x, &exponent); /* of [1/2, 1) */
    if (exponent < -125) exponent = -125;  /* subnormal numbers are that far apart */
    mantissa = ldexp(x, -exponent);
    double y = ldexp(nearbyint(ldexp(mantissa, 8)), exponent - 8);
    return fabs(y) > ldexp(255, 120) ? copysign(INFINITY, x) : y;
}

static void check_rounding(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    double right = rounded_by_definition((double)x), y = (double)bf16_rounded(x);
    if (isnan(x) ? !isnan(y) : y != right || !signbit(y) != !signbit(x))
        fail_msg("%a became %a, not %a", (double)x, y, right);
    float again;
    uint32_t upper = (uint32_t)bf16_of(x) << 16;
    memcpy(&again, &upper, sizeof again);
    assert_true(isnan(x) ? isnan(again) : (double)again == y);
}

static void rounding_is_to_nearest_ties_to_even(void **state) {
    (void)state;
    rng_t rng = rng_open(1, 0, "bits", 0);
    for (int i = 0; i < 1000000; i++) check_rounding((uint32_t)(rng_uniform(&rng) * 4294967296.0));
    for (uint32_t upper = 0; upper < 65536; upper++) /* every tie and its neighbours */
        for (uint32_t lower = 0x7fff; lower <= 0x8001; lower++) check_rounding(upper << 16 | lower);
    for (uint32_t upper = 0; upper < 65536; upper++) check_rounding(upper << 16);
}

/* --- products --- */

typedef struct product {
    gemm_side_t side_a, side_b;
    long m, n, k, lda, ldb, ldc;
    flt *a, *b, *c, *before; /* owned; before: c as it was */
    flt beta;
} product_t;

static flt *draw(rng_t *rng, long rows, long ld) {
    flt *x = malloc((size_t)(rows * ld + 1) * sizeof *x);
    for (long i = 0; i < rows * ld; i++) x[i] = (flt)rng_normal(rng);
    return x;
}

static product_t product_of(rng_t *rng, long m, long n, long k, int variant) {
    product_t p = {variant & 1, variant >> 1 & 1, m, n, k, .beta = (flt)(variant >> 2 & 1)};
    long gap = variant >> 3 & 1 ? 5 : 0;
    p.lda = (p.side_a == PLAIN ? k : m) + gap;
    p.ldb = (p.side_b == PLAIN ? n : k) + gap;
    p.ldc = n + gap;
    p.a = draw(rng, p.side_a == PLAIN ? m : k, p.lda);
    p.b = draw(rng, p.side_b == PLAIN ? k : n, p.ldb);
    p.c = draw(rng, m, p.ldc);
    p.before = malloc((size_t)(m * p.ldc) * sizeof(flt));
    memcpy(p.before, p.c, (size_t)(m * p.ldc) * sizeof(flt));
    return p;
}

static void product_free(product_t *p) {
    free(p->a);
    free(p->b);
    free(p->c);
    free(p->before);
}

static void multiply(product_t *p) {
    gemm(p->side_a, p->side_b, p->m, p->n, p->k, p->a, p->lda, p->b, p->ldb, p->beta, p->c, p->ldc);
}

/* The largest error of c in units of what sums of float32 may be off: eps (k + 1) sum |a| |b|. */
static double largest_error(const product_t *p) {
    double largest = 0;
    for (long i = 0; i < p->m; i++)
        for (long j = 0; j < p->n; j++) {
            double right = (double)p->beta * (double)p->before[i * p->ldc + j];
            double size = fabs(right);
            for (long l = 0; l < p->k; l++) {
                flt x = p->side_a == PLAIN ? p->a[i * p->lda + l] : p->a[l * p->lda + i];
                flt y = p->side_b == PLAIN ? p->b[l * p->ldb + j] : p->b[j * p->ldb + l];
                double term = rounded_by_definition((double)x) * rounded_by_definition((double)y);
                right += term;
                size += fabs(term);
            }
            double bound = (double)FLT_EPSILON * (double)(p->k + 1) * size + 1e-30;
            largest = fmax(largest, fabs((double)p->c[i * p->ldc + j] - right) / bound);
        }
    return largest;
}

static void gaps_are_untouched(const product_t *p) {
    for (long i = 0; i < p->m; i++)
        for (long j = p->n; j < p->ldc; j++)
            assert_true(p->c[i * p->ldc + j] == p->before[i * p->ldc + j]);
}

enum { VARIANTS = 16 };
static const long shapes[][3] = {{1, 1, 1},   {3, 5, 7},    {16, 16, 32},  {33, 65, 17},
                                 {64, 64, 1}, {1, 129, 40}, {130, 48, 300}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static void check_products(const precision_t *precision) {
    rng_t rng = rng_open(2, 0, "product", 0);
    products_t products;
    assert_int_equal(products_create(precision, NULL, 0, &products), STATUS_OK);
    for (int s = 0; s < SHAPES; s++)
        for (int v = 0; v < VARIANTS; v++) {
            product_t p = product_of(&rng, shapes[s][0], shapes[s][1], shapes[s][2], v);
            products_begin(&products, 1);
            multiply(&p);
            products_end();
            if (!(largest_error(&p) <= 1))
                fail_msg("%s, %ld x %ld x %ld, variant %d: off by %g bounds", precision->name, p.m,
                         p.n, p.k, v, largest_error(&p));
            gaps_are_untouched(&p);
            product_free(&p);
        }
    products_destroy(&products);
}

static void emulated_products_are_those_of_rounded_factors(void **state) {
    (void)state;
    check_products(&precision_bf16_emulated);
}

/* Else the bound above would show nothing. */
static void full_products_are_not(void **state) {
    (void)state;
    rng_t rng = rng_open(3, 0, "product", 0);
    product_t p = product_of(&rng, 8, 8, 64, 0);
    multiply(&p);
    assert_true(largest_error(&p) > 10);
    product_free(&p);
}

/* Skips the test, with the reason, where bf16 cannot be multiplied. */
static void need_bf16(void) {
    if (precision_bf16.check() == STATUS_OK) return;
    print_message("skipped: %s\n", status_message());
    skip();
}

static void onednn_multiplies_rounded_factors_likewise(void **state) {
    (void)state;
    need_bf16();
    check_products(&precision_bf16);
}

static void onednn_takes_weights_as_they_were_rounded(void **state) {
    (void)state;
    need_bf16();
    rng_t rng = rng_open(4, 0, "product", 0);
    product_t p = product_of(&rng, 40, 24, 56, 2 | 8);
    products_t products;
    size_t count = (size_t)(p.n * p.ldb);
    assert_int_equal(products_create(&precision_bf16, p.b, count, &products), STATUS_OK);
    products_begin(&products, 1);
    multiply(&p);
    products_end();
    assert_true(largest_error(&p) <= 1);
    products_destroy(&products);
    product_free(&p);
}

static void an_empty_sum_leaves_what_beta_says(void **state) {
    (void)state;
    const precision_t *rows[] = {&precision_bf16_emulated, &precision_bf16};
    for (int i = 0; i < 2; i++) {
        products_t products;
        flt none = 0, c[4] = {1, 2, 3, 4};
        assert_int_equal(products_create(rows[i], NULL, 0, &products), STATUS_OK);
        products_begin(&products, 1);
        gemm(PLAIN, PLAIN, 2, 2, 0, &none, 1, &none, 2, 1, c, 2);
        assert_true(c[0] == 1 && c[3] == 4);
        gemm(PLAIN, PLAIN, 2, 2, 0, &none, 1, &none, 2, 0, c, 2);
        assert_true(c[0] == 0 && c[3] == 0);
        gemm(PLAIN, PLAIN, 0, 2, 2, &none, 2, c, 2, 0, &none, 2);
        products_end();
        products_destroy(&products);
    }
}

/* --- what is at work --- */

static void weights_are_rounded_when_they_are_new(void **state) {
    (void)state;
    flt weights[] = {1, (flt)1.001, (flt)-0.3};
    products_t products;
    assert_int_equal(products_create(&precision_bf16, weights, 3, &products), STATUS_OK);
    products_begin(&products, 1);
    for (int i = 0; i < 3; i++) assert_true(products.rounded[i] == bf16_of((float)weights[i]));
    weights[0] = 3;
    products_begin(&products, 0);
    assert_true(products.rounded[0] == bf16_of(1));
    products_begin(&products, 1);
    assert_true(products.rounded[0] == bf16_of(3));
    weights[0] = 5;
    products.precision = &precision_f32; /* a pass in float32 rounds nothing, but the next must */
    products_begin(&products, 1);
    products.precision = &precision_bf16;
    products_begin(&products, 0);
    assert_true(products.rounded[0] == bf16_of(5));
    products_end();
    products_destroy(&products);
}

/* What lies outside a network's passes stays float32, bit for bit. */
static void only_the_network_at_work_is_rounded(void **state) {
    (void)state;
    rng_t rng = rng_open(5, 0, "product", 0);
    product_t p = product_of(&rng, 9, 11, 30, 0);
    flt *full = malloc((size_t)(p.m * p.ldc) * sizeof *full);
    gemm_full(PLAIN, PLAIN, p.m, p.n, p.k, p.a, p.lda, p.b, p.ldb, 0, full, p.ldc);
    products_t products;
    assert_int_equal(products_create(&precision_bf16_emulated, NULL, 0, &products), STATUS_OK);
    products_begin(&products, 1);
    multiply(&p);
    assert_memory_not_equal(p.c, full, (size_t)(p.m * p.ldc) * sizeof *full);
    products_end();
    multiply(&p);
    assert_memory_equal(p.c, full, (size_t)(p.m * p.ldc) * sizeof *full);
    products_destroy(&products);
    free(full);
    product_free(&p);
}

static void what_is_missing_is_said_in_one_sentence(void **state) {
    (void)state;
    if (precision_bf16.check() == STATUS_OK) {
        char text[64];
        precision_bf16.library(text, sizeof text);
        assert_true(strncmp(text, "oneDNN ", 7) == 0);
        return;
    }
    assert_int_equal(precision_bf16.check(), STATUS_ENVIRONMENT);
    assert_non_null(strstr(status_message(), "train.precision: bf16: "));
    assert_non_null(strstr(status_message(), "bf16_emulated"));
    assert_null(strchr(status_message(), '\n'));
}

/* A backend with products of its own has those of other precisions where it says so. */
static void a_device_rounds_or_refuses(void **state) {
    (void)state;
    const backend_t plain = {.name = "plain"}, rounding = {.name = "rounding", .rounds = 1};
    assert_int_equal(precision_check(precision_find("f32"), &plain), STATUS_OK);
    assert_int_equal(precision_check(&precision_bf16_emulated, &plain), STATUS_ENVIRONMENT);
    assert_non_null(strstr(status_message(), "bf16_emulated: products on resources.device plain"));
    assert_int_equal(precision_check(&precision_bf16, &rounding), STATUS_OK); /* without oneDNN */
    assert_int_equal(precision_check(&precision_bf16, &backend_host), precision_bf16.check());
    assert_int_equal(precision_room(&precision_bf16, &rounding, 10), 20);
    assert_int_equal(precision_room(&precision_bf16_emulated, &rounding, 10), 40);
    assert_int_equal(precision_room(precision_find("f32"), &rounding, 10), 0);
    assert_int_equal(precision_room(&precision_bf16, &backend_host, 10), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounding_is_to_nearest_ties_to_even),
        cmocka_unit_test(emulated_products_are_those_of_rounded_factors),
        cmocka_unit_test(full_products_are_not),
        cmocka_unit_test(onednn_multiplies_rounded_factors_likewise),
        cmocka_unit_test(onednn_takes_weights_as_they_were_rounded),
        cmocka_unit_test(an_empty_sum_leaves_what_beta_says),
        cmocka_unit_test(weights_are_rounded_when_they_are_new),
        cmocka_unit_test(only_the_network_at_work_is_rounded),
        cmocka_unit_test(what_is_missing_is_said_in_one_sentence),
        cmocka_unit_test(a_device_rounds_or_refuses),
    };
    gemm_start(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
