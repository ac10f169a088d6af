/* The spectra at initialisation that an independent implementation (PyTorch, float64 DMD; d = 256,
 * L = 6, 3 seeds) has for mixtures of experts, Mamba and KAN, on 32 sequences of 64 tokens of
 * recall.
 *
 * One model of each family; `test_families all` goes through the whole table, on the synthetic
 * language too, and prints what it finds: a quarter of an hour. */
#include "train/sweep_text.h"

#include "near.h"

enum { REPLICAS = 3 };

typedef struct spectrum {
    const char *options; /* lines of a sweep file  */
    double near_unit, rho, eta;
    int is_quick; /* one of those always tried */
} spectrum_t;

#define RECALL   "task.name: associative_recall\n"
#define LANGUAGE "task.name: synthetic_lm\n"
#define MOE(experts, active)                                                                       \
    "model: {arch: moe, experts: " #experts ", experts_active: " #active ", "

#define KAN(order) "model: {arch: kan, kan_order: " #order ", "

static const spectrum_t spectra[] = {
    {RECALL MOE(8, 1), .402, 1.71, .406},
    {RECALL MOE(8, 2), .236, 2.03, .708, .is_quick = 1},
    {RECALL MOE(8, 4), .225, 1.97, .518},
    {RECALL MOE(16, 2), .267, 1.91, .776},
    {RECALL "model: {arch: mamba, norm: rms_norm, ", .308, 2.07, .693, .is_quick = 1},
    {RECALL KAN(4), .364, 1.94, .694, .is_quick = 1},
    {RECALL KAN(8), .398, 1.80, .527},
    {LANGUAGE MOE(8, 1), .521, 1.42, .399},
    {LANGUAGE MOE(8, 2), .240, 1.68, .735},
    {LANGUAGE MOE(8, 4), .229, 1.66, .517},
    {LANGUAGE MOE(16, 2), .270, 1.57, .802},
    {LANGUAGE "model: {arch: mamba, norm: rms_norm, ", .333, 1.40, .712},
    {LANGUAGE "model: {arch: mamba, norm: rms_no_residual, mamba_init: std, ", .064, .96, .434},
    {LANGUAGE KAN(4), .406, 1.69, .692},
    {LANGUAGE KAN(8), .470, 1.59, .517},
};
enum { SPECTRA = sizeof spectra / sizeof spectra[0] };

static double mean_over_replicas(const record_t *records, const char *path) {
    double sum = 0;
    for (int r = 0; r < REPLICAS; r++) sum += number_of(&records[r], path);
    return sum / REPLICAS;
}

static void check(const spectrum_t *s) {
    char text[512];
    int is_recall = strncmp(s->options, RECALL, strlen(RECALL)) == 0;
    snprintf(text, sizeof text,
             "name: test\nseed: 42\nreplicas: %d\n"
             "train: {steps: 0, valid_batches: 0, batch: %d}\n%swidth: 256, layers: 6}\n",
             REPLICAS, is_recall ? 32 : 8, s->options);
    sweep_text_t sweep = sweep_of_text(text);
    record_t records[REPLICAS] = {0};
    for (size_t r = 0; r < REPLICAS; r++) run_trial(plan_trial(sweep.plan, r), &records[r]);
    double near_unit = mean_over_replicas(records, "summary/m_near_unit");
    double rho = mean_over_replicas(records, "summary/rho");
    double eta = mean_over_replicas(records, "summary/eta_nl");
    print_message("%s M~1 %.3f (%.3f), rho %.2f (%.2f), eta %.3f (%.3f)\n", s->options, near_unit,
                  s->near_unit, rho, s->rho, eta, s->eta);
    assert_near(near_unit, s->near_unit, 0.03);
    assert_near(rho, s->rho, (is_recall ? 0.1 : 0.05) * s->rho);
    assert_near(eta, s->eta, 0.03);
    for (size_t r = 0; r < REPLICAS; r++) record_clear(&records[r]);
    sweep_end(&sweep);
}

static int tries_all;

static void families_start_with_the_spectra_of_the_reference(void **state) {
    (void)state;
    for (int i = 0; i < SPECTRA; i++)
        if (tries_all || spectra[i].is_quick) check(&spectra[i]);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(families_start_with_the_spectra_of_the_reference)};
    tries_all = argc > 1 && strcmp(argv[1], "all") == 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
