/* Layers over the processes of a team: each process ends with all of them, bit for bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "probe/team.h"

enum { LAYERS = 5, MODES = 3, SIZE = 2 };

/* What rank 1 has put into the sum; it is asked first. */
static flt *theirs;

static void keep(void *context, flt *x, size_t n) {
    (void)context;
    theirs = calloc(n, sizeof *theirs);
    memcpy(theirs, x, n * sizeof *x);
}

static void add(void *context, flt *x, size_t n) {
    (void)context;
    for (size_t i = 0; i < n; i++) x[i] += theirs[i];
}

/* Numbers that no float32 holds, and those that are none. */
static void profile_layer(profiles_t *p, int layer) {
    static const double odd[] = {NAN, INFINITY, -0.0, 5e-324, 1.0 / 3};
    double lambda[2 * MODES], residual[MODES];
    for (int k = 0; k < MODES; k++) {
        lambda[2 * k] = 1 + layer / 7.0 + k * 1e-15;
        lambda[2 * k + 1] = odd[(layer + k) % 5];
        residual[k] = odd[(layer + 2 * k) % 5];
    }
    const rksp_result_t result = {.rank = MODES,
                                  .degenerate = layer % 2,
                                  .rho = 1 + layer * 1e-16 + layer / 3.0,
                                  .kappa_v = odd[layer % 5],
                                  .lambda = lambda,
                                  .residual = residual};
    profiles_keep(p, layer, layer == 3 ? NULL : &result);
}

static profiles_t make(const probe_team_t *team, status_t fate, status_t *status) {
    profiles_t p;
    assert_int_equal(profiles_create(1, LAYERS, MODES, &p), STATUS_OK);
    for (int layer = 0; layer < LAYERS; layer++)
        if (probe_team_owns(team, layer)) profile_layer(&p, layer);
    *status = probe_team_share(team, fate, &p);
    return p;
}

static void all_layers_come_together_bit_for_bit(void **state) {
    (void)state;
    status_t status;
    const probe_team_t alone = {0}, first = {0, SIZE, add, NULL}, second = {1, SIZE, keep, NULL};
    profiles_t expected = make(&alone, STATUS_OK, &status),
               other = make(&second, STATUS_OK, &status);
    profiles_t found = make(&first, STATUS_OK, &status);
    assert_int_equal(status, STATUS_OK);
    assert_memory_equal(found.lambda, expected.lambda, 2 * LAYERS * MODES * sizeof(double));
    assert_memory_equal(found.residual, expected.residual, LAYERS * MODES * sizeof(double));
    for (int layer = 0; layer < LAYERS; layer++) {
        expected.results[layer].lambda = expected.results[layer].residual = NULL;
        assert_memory_equal(&found.results[layer], &expected.results[layer],
                            sizeof *expected.results);
    }
    profiles_destroy(&expected);
    profiles_destroy(&other);
    profiles_destroy(&found);
    free(theirs);
}

static void each_layer_is_one_process_own(void **state) {
    (void)state;
    for (int layer = 0; layer < LAYERS; layer++) {
        int owners = 0;
        for (int rank = 0; rank < 3; rank++)
            owners += probe_team_owns(&(const probe_team_t){rank, 3, add, NULL}, layer);
        assert_int_equal(owners, 1);
    }
}

static void failure_of_one_is_failure_of_all(void **state) {
    (void)state;
    status_t status;
    const probe_team_t first = {0, SIZE, add, NULL}, second = {1, SIZE, keep, NULL};
    profiles_t other = make(&second, STATUS_BUG, &status);
    assert_int_equal(status, STATUS_BUG);
    profiles_t found = make(&first, STATUS_OK, &status);
    assert_int_equal(status, STATUS_INCOMPLETE);
    profiles_destroy(&other);
    profiles_destroy(&found);
    free(theirs);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_layers_come_together_bit_for_bit),
        cmocka_unit_test(each_layer_is_one_process_own),
        cmocka_unit_test(failure_of_one_is_failure_of_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
