/* Random streams: the published generator, independence of purposes, distributions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "base/text.h"

/* kat_vectors of Random123: philox4x32-10, key 0, counter 0. A seed equal to the purpose's hash
 * makes the key 0. */
static void is_philox(void **state) {
    (void)state;
    rng_t rng = rng_open(text_hash("init", 4), 0, "init", 0);
    const uint32_t published[] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
    for (int i = 0; i < 4; i++) assert_int_equal(rng_bits(&rng), published[i]);
}

static void same_arguments_same_stream(void **state) {
    (void)state;
    rng_t a = rng_open(42, 3, "data", 7), b = rng_open(42, 3, "data", 7);
    for (int i = 0; i < 100; i++) assert_int_equal(rng_bits(&a), rng_bits(&b));
}

static void every_argument_changes_the_stream(void **state) {
    (void)state;
    rng_t streams[] = {rng_open(42, 3, "data", 7),
                       rng_open(43, 3, "data", 7),
                       rng_open(42 | 1ull << 32, 3, "data", 7),
                       rng_open(42, 4, "data", 7),
                       rng_open(42, 3, "init", 7),
                       rng_open(42, 3, "data", 8)};
    enum { COUNT = sizeof streams / sizeof streams[0] };
    uint32_t first[COUNT];
    for (int i = 0; i < COUNT; i++) first[i] = rng_bits(&streams[i]);
    for (int i = 0; i < COUNT; i++)
        for (int j = 0; j < i; j++) assert_int_not_equal(first[i], first[j]);
}

/* Five standard errors of the mean of n uniforms and of its square's mean. */
static void uniform_has_its_moments(void **state) {
    (void)state;
    enum { N = 200000 };
    rng_t rng = rng_open(1, 0, "test", 0);
    double sum = 0, squares = 0;
    for (int i = 0; i < N; i++) {
        double u = rng_uniform(&rng);
        assert_true(u >= 0 && u < 1);
        sum += u;
        squares += u * u;
    }
    assert_true(fabs(sum / N - 0.5) < 5 * sqrt(1.0 / 12 / N));
    assert_true(fabs(squares / N - 1.0 / 3) < 5 * sqrt(4.0 / 45 / N));
}

/* Mean 0, variance 1, fourth moment 3 (variances 1, 2 and 96). */
static void normal_has_its_moments(void **state) {
    (void)state;
    enum { N = 200000 };
    rng_t rng = rng_open(2, 0, "test", 0);
    double moment[3] = {0};
    for (int i = 0; i < N; i++) {
        double x = rng_normal(&rng);
        moment[0] += x / N;
        moment[1] += x * x / N;
        moment[2] += x * x * x * x / N;
    }
    assert_true(fabs(moment[0]) < 5 * sqrt(1.0 / N));
    assert_true(fabs(moment[1] - 1) < 5 * sqrt(2.0 / N));
    assert_true(fabs(moment[2] - 3) < 5 * sqrt(96.0 / N));
}

/* Chi-square with 5 degrees of freedom: 30 has probability 1.5e-5. */
static void below_is_even(void **state) {
    (void)state;
    enum { N = 60000, SIDES = 6 };
    rng_t rng = rng_open(3, 0, "test", 0);
    int count[SIDES] = {0};
    for (int i = 0; i < N; i++) {
        uint32_t face = rng_below(&rng, SIDES);
        assert_true(face < SIDES);
        count[face]++;
    }
    double chi = 0;
    for (int i = 0; i < SIDES; i++) chi += pow(count[i] - N / SIDES, 2) / (N / SIDES);
    assert_true(chi < 30);
}

static void shuffle_keeps_every_entry(void **state) {
    (void)state;
    enum { N = 1000 };
    int32_t x[N];
    char seen[N] = {0};
    int moved = 0;
    for (int i = 0; i < N; i++) x[i] = i;
    rng_t rng = rng_open(4, 0, "test", 0);
    rng_shuffle(&rng, x, N);
    for (int i = 0; i < N; i++) {
        assert_false(seen[x[i]]);
        seen[x[i]] = 1;
        moved += x[i] != i;
    }
    assert_true(moved > N / 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_philox),
        cmocka_unit_test(same_arguments_same_stream),
        cmocka_unit_test(every_argument_changes_the_stream),
        cmocka_unit_test(uniform_has_its_moments),
        cmocka_unit_test(normal_has_its_moments),
        cmocka_unit_test(below_is_even),
        cmocka_unit_test(shuffle_keeps_every_entry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
