/* Whole trials on every device: the path they take on the host, with every architecture, optimizer,
 * stabilizer and probe.
 *
 * Losses agree to 2e-5 of themselves, gradient norms and eigenvalues to 1e-3, over eight steps in
 * float32: sums end in another order there, and Adam's first steps divide by what is hardly more
 * than rounding. */
#include "device/each_backend.h"
#include "train/sweep_text.h"

#include <math.h>

typedef struct claim {
    const char *path;
    double tolerance; /* of the largest element */
} claim_t;

static const claim_t always[] = {
    {"series/loss", 2e-5}, {"series/grad_norm", 1e-3}, {"valid/loss", 2e-5}, {NULL, 0}};

static void assert_agrees(const record_t *there, const record_t *here, const claim_t *claim,
                          const char *options) {
    const record_item_t *a = item_of(there, claim->path), *b = item_of(here, claim->path);
    size_t count = record_item_count(b);
    const double *x = a->data, *y = b->data;
    double largest = 0;
    assert_int_equal(record_item_count(a), count);
    for (size_t i = 0; i < count; i++) largest = fmax(largest, fabs(y[i]));
    for (size_t i = 0; i < count; i++) {
        if (isnan(y[i]) && isnan(x[i])) continue;
        if (!(fabs(x[i] - y[i]) <= claim->tolerance * largest))
            fail_msg("%s\n%s[%zu] is %.9g, on the host %.9g", options, claim->path, i, x[i], y[i]);
    }
}

/* Runs the trial here and there; `more` ends with a NULL path. */
static void compare(const char *options, const claim_t *more) {
    char text[2048];
    record_t there = {0}, here = {0};
    snprintf(text, sizeof text,
             "train: {steps: 8, batch: 4, lr: 3e-3, valid_every: 4, valid_batches: 1}\n"
             "%s%s\n",
             strstr(options, "probe.rksp") ? "" : "probe.rksp.steps: []\n", options);
    assert_int_equal(run_first(text, &here), TRIAL_COMPLETED);
    size_t length = strlen(text);
    snprintf(text + length, sizeof text - length, "resources.device: %s\n", backend->name);
    assert_int_equal(run_first(text, &there), TRIAL_COMPLETED);
    for (const claim_t *c = always; c->path; c++) assert_agrees(&there, &here, c, options);
    for (const claim_t *c = more; c && c->path; c++) assert_agrees(&there, &here, c, options);
    record_clear(&there);
    record_clear(&here);
}

static const claim_t expert_loads[] = {
    {"series/balance", 1e-5}, {"series/router_z", 1e-4}, {NULL, 0}};

static void architectures(void **state) {
    (void)state;
    compare("model.arch: gpt", NULL);
    compare("model: {arch: llama, kv_heads: 1, norm: rms_norm}", NULL);
    compare("model: {arch: moe, router_z: 1e-3}", expert_loads);
    compare("model: {arch: moe, block: llama, norm: rms_norm, experts_active: 1, moe_every: 2}",
            NULL);
    compare("model: {arch: mamba, norm: rms_norm, attention_every: 3}", NULL);
    compare("model: {arch: kan, kan_order: 4}", NULL);
    compare("model: {tied_head: true, residual_init: true, norm: deep_norm}", NULL);
    compare("model: {qk_norm: true, attention_softcap: 5, logit_softcap: 10}", NULL);
    compare("task.name: synthetic_lm\nmodel.norm: post_ln", NULL);
    compare("model: {attention: recomputed, attention_softcap: 5}", NULL);
}

static void vision(void **state) {
    (void)state;
    if (!getenv("KOOPSWEEP_DATA")) {
        print_message("skipped: KOOPSWEEP_DATA is not set: no CIFAR-10 to train on\n");
        skip();
    }
    record_t records[2] = {0};
    const char *places[] = {"host", backend->name};
    char text[512];
    for (int i = 0; i < 2; i++) {
        snprintf(text, sizeof text,
                 "name: test\nmodel: {arch: vit, width: 32, layers: 2, heads: 2}\n"
                 "task.name: cifar10\nprobe.rksp.steps: []\nresources.device: %s\n"
                 "train: {steps: 3, batch: 4, lr: 3e-3, valid_batches: 1}\n",
                 places[i]);
        sweep_text_t sweep = sweep_of_text(text);
        run_trial(plan_trial(sweep.plan, 0), &records[i]);
        sweep_end(&sweep);
    }
    for (const claim_t *c = always; c->path; c++) assert_agrees(&records[1], &records[0], c, text);
    record_clear(&records[0]);
    record_clear(&records[1]);
}

static void optimizers(void **state) {
    (void)state;
    compare("train.optimizer: sgd\ntrain.mup_base_width: 16", NULL);
    compare("train.optimizer: lion\ntrain.lr_factor: 0.1", NULL);
    compare("train.optimizer: lamb", NULL);
}

/* The shares of a batch are added up on the host. */
static void shares_of_a_batch(void **state) {
    (void)state;
    compare("resources.ranks_per_trial: 2", NULL);
}

/* What works on gradients and weights as the host sees them. */
static void stabilizers(void **state) {
    (void)state;
    compare("train.clip: 0.1", NULL);
    compare("train.sam_rho: 0.05\ntrain.clip: 0.5", NULL);
    compare("train.gradient_penalty: 0.01", NULL);
    compare("train.weight_norm: true", NULL);
    compare("train.spectral_norm: 0.1", NULL);
    compare("qk_clip.limit: 1e-4", (const claim_t[]){{"qk_clip/largest_logit", 1e-3}, {NULL, 0}});
    compare("arch_warmup: {groups: 1, blocks: 1, begin: 2, interval: 2}", NULL);
}

/* What works on hidden states and sends gradients back from them. */
static void penalties(void **state) {
    (void)state;
    compare("kss: {alpha: 0.1, every: 2, samples: 64, rank: 8}",
            (const claim_t[]){{"kss/loss", 1e-3}, {"kss/grad_norm", 1e-2}, {NULL, 0}});
    compare("penalty: {residual_l2: 0.1, jacobian: 0.1, activation_variance: 0.1, every: 2}", NULL);
}

static void probes(void **state) {
    (void)state;
    const claim_t spectrum[] = {
        {"rksp/rho", 1e-3}, {"rksp/m_near_unit", 0.1}, {"rksp/m_expansive", 0.1}, {NULL, 0}};
    compare("probe.rksp: {steps: [0, 8], samples: 128}", spectrum);
    const claim_t curvature[] = {{"curvature/hessian_lambda", 1e-3},
                                 {"curvature/hessian_block_lambda", 1e-3},
                                 {"curvature/preconditioned_lambda", 1e-2},
                                 {NULL, 0}};
    compare("curvature: {every: 4, blocks: true}", curvature);
    compare("curvature: {every: 4, blocks: true}\nmodel.attention: recomputed", curvature);
    compare("curvature: {every: 4, blocks: true, chunk: 2, batches: 2}", curvature);
    compare("curvature: {every: 8, method: lanczos, lanczos_steps: 6, blocks: true}", curvature);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(architectures), cmocka_unit_test(vision),
        cmocka_unit_test(optimizers),    cmocka_unit_test(shares_of_a_batch),
        cmocka_unit_test(stabilizers),   cmocka_unit_test(penalties),
        cmocka_unit_test(probes),
    };
    RUN_ON_EACH(1, tests);
}
