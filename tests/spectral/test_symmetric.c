/* Extreme eigenvalues by power iteration and Lanczos against LAPACK's dense solver, on matrices
 * with spectra of choice: Q diag(lambda) Q^T, Q from random reflections. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <lapacke.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "near.h"
#include "spectral/lanczos.h"
#include "spectral/power.h"

enum { N = 96 };

typedef struct explicit_matrix {
    double at[N][N], low, high; /* eigenvalues by LAPACK */
    int products;
} explicit_t;

static void multiply(void *context, const flt *v, flt *av) {
    explicit_t *a = context;
    a->products++;
    for (int i = 0; i < N; i++) {
        double sum = 0;
        for (int j = 0; j < N; j++) sum += a->at[i][j] * v[j];
        av[i] = (flt)sum;
    }
}

/* a <- (I - 2 u u^T) a (I - 2 u u^T) */
static void reflect(explicit_t *a, rng_t *rng) {
    double u[N], au[N], norm = 0, uau = 0;
    for (int i = 0; i < N; i++) u[i] = rng_normal(rng), norm += u[i] * u[i];
    for (int i = 0; i < N; i++) u[i] /= sqrt(norm);
    for (int i = 0; i < N; i++) {
        au[i] = 0;
        for (int j = 0; j < N; j++) au[i] += a->at[i][j] * u[j];
        uau += u[i] * au[i];
    }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            a->at[i][j] += 4 * uau * u[i] * u[j] - 2 * au[i] * u[j] - 2 * u[i] * au[j];
}

static symmetric_t matrix_of(const double *lambda, explicit_t *a) {
    static double copy[N][N];
    double found[N];
    rng_t rng = rng_open(7, 0, "matrix", 0);
    *a = (explicit_t){0};
    for (int i = 0; i < N; i++) a->at[i][i] = lambda[i];
    for (int turn = 0; turn < 4; turn++) reflect(a, &rng);
    memcpy(copy, a->at, sizeof copy);
    LAPACKE_dsyev(LAPACK_COL_MAJOR, 'N', 'U', N, copy[0], N, found);
    a->low = found[0], a->high = found[N - 1];
    return (symmetric_t){multiply, a, N};
}

static void random_start(flt *v) {
    rng_t rng = rng_open(11, 0, "start", 0);
    for (int i = 0; i < N; i++) v[i] = (flt)rng_normal(&rng);
    symmetric_normalise(v, N);
}

/* `bulk` evenly spread over [-1, 1], the ends as given. */
static void spectrum(double lowest, double highest, double *lambda) {
    for (int i = 0; i < N; i++) lambda[i] = -1 + 2.0 * i / (N - 1);
    lambda[0] = lowest, lambda[N - 1] = highest;
}

static eigenpair_t power_from_random(const symmetric_t *a, int products, double *shift) {
    flt v[N], work[N];
    random_start(v);
    *shift = 0;
    return power_iterate(a, products, 0, shift, v, work);
}

static eigenpair_t lanczos_from_random(const symmetric_t *a, int products) {
    eigenpair_t pair;
    flt v[N], *work = malloc((size_t)lanczos_work(N, products) * sizeof *work);
    random_start(v);
    assert_int_equal(lanczos_extremes(a, products, v, work, &pair), 0);
    free(work);
    return pair;
}

static void power_finds_the_largest_of_an_indefinite_matrix(void **state) {
    (void)state;
    explicit_t a;
    double lambda[N], shift;
    spectrum(-3, 10, lambda);
    symmetric_t op = matrix_of(lambda, &a);
    eigenpair_t pair = power_from_random(&op, 40, &shift);
    assert_near(pair.value, a.high, 1e-5);
    assert_true(pair.residual < 1e-2);
    assert_int_equal(pair.products, 40);
    assert_int_equal(a.products, 40);
}

/* Plain power iteration would go to -30. */
static void power_is_not_led_astray_by_a_larger_negative_one(void **state) {
    (void)state;
    explicit_t a;
    double lambda[N], shift;
    spectrum(-30, 10, lambda);
    symmetric_t op = matrix_of(lambda, &a);
    assert_near(power_from_random(&op, 80, &shift).value, a.high, 1e-3);
    assert_true(shift > 10 && shift < 30);
}

/* Every eigenvalue negative: the least so is the largest. */
static void power_climbs_a_negative_definite_matrix(void **state) {
    (void)state;
    explicit_t a;
    double lambda[N], shift;
    for (int i = 0; i < N; i++) lambda[i] = -20 + 8.0 * i / N;
    lambda[N - 1] = -2;
    symmetric_t op = matrix_of(lambda, &a);
    assert_near(power_from_random(&op, 200, &shift).value, -2, 1e-3);
}

/* A positive spectrum keeps the paper's plain iteration. */
static void a_positive_spectrum_needs_no_shift(void **state) {
    (void)state;
    explicit_t a;
    double lambda[N], shift;
    for (int i = 0; i < N; i++) lambda[i] = 1.0 + i;
    symmetric_t op = matrix_of(lambda, &a);
    eigenpair_t pair = power_from_random(&op, 30, &shift);
    assert_true(shift == 0);
    assert_true(pair.value <= a.high * (1 + 1e-6));
}

/* Two eigenvalues 0.1 % apart: the quotient is right long before the vector is. */
static void clustered_eigenvalues_still_give_their_value(void **state) {
    (void)state;
    explicit_t a;
    double lambda[N], shift;
    spectrum(-2, 10, lambda);
    lambda[N - 2] = 9.99, lambda[N - 3] = 9.98;
    symmetric_t op = matrix_of(lambda, &a);
    assert_near(power_from_random(&op, 60, &shift).value, 10, 0.03);
    assert_near(lanczos_from_random(&op, 60).value, 10, 2e-5);
}

/* The quotient never exceeds the largest eigenvalue, and an eigenvalue is within the residual. */
static void value_and_residual_are_bounds(void **state) {
    (void)state;
    explicit_t a;
    double lambda[N], shift;
    spectrum(-8, 6, lambda);
    symmetric_t op = matrix_of(lambda, &a);
    for (int products = 1; products <= 30; products++) {
        eigenpair_t power = power_from_random(&op, products, &shift);
        eigenpair_t lanczos = lanczos_from_random(&op, products);
        double nearest = INFINITY;
        for (int i = 0; i < N; i++) nearest = fmin(nearest, fabs(lambda[i] - power.value));
        assert_true(nearest <= power.residual + 1e-5);
        assert_true(power.value <= a.high + 1e-5);
        assert_true(lanczos.value <= a.high + 1e-5 && lanczos.smallest >= a.low - 1e-5);
    }
}

static void lanczos_finds_both_ends(void **state) {
    (void)state;
    explicit_t a;
    double lambda[N];
    spectrum(-30, 10, lambda);
    symmetric_t op = matrix_of(lambda, &a);
    eigenpair_t pair = lanczos_from_random(&op, 25);
    assert_near(pair.value, a.high, 1e-4);
    assert_near(pair.smallest, a.low, 1e-4);
    assert_true(pair.residual < 1e-2);
    assert_int_equal(a.products, 25);
}

/* As many vectors as dimensions and more: orthogonality must have held. */
static void lanczos_survives_a_whole_basis(void **state) {
    (void)state;
    explicit_t a;
    double lambda[N];
    spectrum(-1.01, 1.02, lambda);
    symmetric_t op = matrix_of(lambda, &a);
    eigenpair_t pair = lanczos_from_random(&op, N + 10);
    assert_near(pair.value, a.high, 3e-6);
    assert_near(pair.smallest, a.low, 3e-6);
}

/* Three distinct eigenvalues: after three products nothing is left to explore. */
static void lanczos_stops_in_an_invariant_subspace(void **state) {
    (void)state;
    explicit_t a;
    double lambda[N];
    for (int i = 0; i < N; i++) lambda[i] = i % 3 - 1;
    symmetric_t op = matrix_of(lambda, &a);
    eigenpair_t pair = lanczos_from_random(&op, 40);
    assert_true(pair.products <= 5);
    assert_near(pair.value, 1, 1e-6);
    assert_near(pair.smallest, -1, 1e-6);
}

static void a_warm_start_needs_few_products(void **state) {
    (void)state;
    explicit_t a;
    double lambda[N], shift = 0;
    flt v[N], work[N];
    spectrum(-5, 10, lambda);
    symmetric_t op = matrix_of(lambda, &a);
    random_start(v);
    power_iterate(&op, 40, 0, &shift, v, work);
    a.at[0][0] += 0.01; /* the matrix moves a little */
    eigenpair_t pair = power_iterate(&op, 1, 0, &shift, v, work);
    assert_near(pair.value, a.high, 0.011);
    eigenpair_t more = power_iterate(&op, 100, 1e-3, &shift, v, work);
    assert_true(more.products < 10 && more.residual <= 1e-3 * more.value);
}

static void the_zero_matrix_and_nonsense_end_the_search(void **state) {
    (void)state;
    explicit_t a = {0};
    symmetric_t op = {multiply, &a, N};
    double shift;
    eigenpair_t pair = power_from_random(&op, 9, &shift);
    assert_true(pair.value == 0 && pair.products == 1);
    pair = lanczos_from_random(&op, 9);
    assert_true(pair.value == 0 && pair.products == 1);
    a.at[3][3] = NAN;
    pair = power_from_random(&op, 9, &shift);
    assert_true(isnan(pair.value) && pair.products == 1);
    pair = lanczos_from_random(&op, 9);
    assert_true(isnan(pair.value) && pair.products == 1);
}

static void angles_are_exact_when_small(void **state) {
    (void)state;
    flt x[2] = {2, 0}, y[2] = {1, (flt)1e-5}, z[2] = {0, -3}, none[2] = {0, 0};
    assert_near(symmetric_angle(x, y, 2), 1e-5, 1e-11);
    assert_near(symmetric_angle(x, z, 2), M_PI / 2, 1e-12);
    x[0] = -2; /* lines have no sign */
    assert_near(symmetric_angle(x, y, 2), 1e-5, 1e-11);
    assert_true(isnan(symmetric_angle(x, none, 2)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(power_finds_the_largest_of_an_indefinite_matrix),
        cmocka_unit_test(power_is_not_led_astray_by_a_larger_negative_one),
        cmocka_unit_test(power_climbs_a_negative_definite_matrix),
        cmocka_unit_test(a_positive_spectrum_needs_no_shift),
        cmocka_unit_test(clustered_eigenvalues_still_give_their_value),
        cmocka_unit_test(value_and_residual_are_bounds),
        cmocka_unit_test(lanczos_finds_both_ends),
        cmocka_unit_test(lanczos_survives_a_whole_basis),
        cmocka_unit_test(lanczos_stops_in_an_invariant_subspace),
        cmocka_unit_test(a_warm_start_needs_few_products),
        cmocka_unit_test(the_zero_matrix_and_nonsense_end_the_search),
        cmocka_unit_test(angles_are_exact_when_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
