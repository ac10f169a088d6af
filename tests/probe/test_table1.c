/* The spectra at initialisation that an independent implementation (PyTorch, float64 DMD; d = 256,
 * L = 6, std .02, 3 seeds) has for the norms of the paper's Table 1. */
#include "train/sweep_text.h"

#include "near.h"

enum { REPLICAS = 3 };

static double mean_over_replicas(const record_t *records, const char *path) {
    double sum = 0;
    for (int r = 0; r < REPLICAS; r++) sum += number_of(&records[r], path);
    return sum / REPLICAS;
}

static void has_spectrum(const char *norm, double near_unit, double expansive, double rho) {
    char text[512];
    snprintf(text, sizeof text,
             "name: test\nseed: 42\nreplicas: %d\ntrain: {steps: 0, valid_batches: 0}\n"
             "model: {width: 256, layers: 6, norm: %s}\n",
             REPLICAS, norm);
    sweep_text_t sweep = sweep_of_text(text);
    record_t records[REPLICAS] = {0};
    for (size_t r = 0; r < REPLICAS; r++) run_trial(plan_trial(sweep.plan, r), &records[r]);
    assert_near(mean_over_replicas(records, "summary/m_near_unit"), near_unit, 0.02);
    assert_near(mean_over_replicas(records, "summary/m_expansive"), expansive, 0.02);
    assert_near(mean_over_replicas(records, "summary/rho"), rho, 0.05 * rho);
    for (size_t r = 0; r < REPLICAS; r++) record_clear(&records[r]);
    sweep_end(&sweep);
}

static void pre_ln(void **state) {
    (void)state;
    has_spectrum("pre_ln", 0.161, 0.547, 2.31);
}
static void post_ln(void **state) {
    (void)state;
    has_spectrum("post_ln", 0.644, 0.321, 7.66);
}
static void rms_norm(void **state) {
    (void)state;
    has_spectrum("rms_norm", 0.166, 0.543, 2.31);
}
static void deep_norm(void **state) {
    (void)state;
    has_spectrum("deep_norm", 0.833, 0.166, 7.19);
}
static void deep_norm_without_norm(void **state) {
    (void)state;
    has_spectrum("deep_norm_nofn", 0.000, 1.000, 3.70);
}
static void no_norm(void **state) {
    (void)state;
    has_spectrum("none", 0.792, 0.200, 1.107);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pre_ln),   cmocka_unit_test(post_ln),
        cmocka_unit_test(rms_norm), cmocka_unit_test(deep_norm),
        cmocka_unit_test(no_norm),  cmocka_unit_test(deep_norm_without_norm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
