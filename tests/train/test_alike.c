/* Trials that begin alike: which do, and that what is measured of them is the same, bit for bit.
 * Oracle: trial_screen, trial by trial. */
#include "train/sweep_text.h"

#include "spec/catalog.h"
#include "train/alike.h"

#define SMALL                                                                                      \
    "train.batch: 4\nprobe.rksp.samples: 64\nmodel.width: 32\nmodel.layers: 2\nmodel.heads: 2\n"   \
    "task.seq_len: 16\ntask.vocab: 32\n"

static void assert_rings(const char *text, size_t count, const size_t *first) {
    alike_t alike;
    sweep_text_t sweep = sweep_of_text(text);
    assert_int_equal(plan_count(sweep.plan), count);
    assert_int_equal(alike_create(sweep.plan, &alike), STATUS_OK);
    for (size_t i = 0; i < count; i++) {
        size_t next = i + 1;
        while (next < count && first[next] != first[i]) next++;
        assert_int_equal(alike.first[i], first[i]);
        assert_int_equal(alike.next[i], next < count ? next : ALIKE_END);
    }
    alike_destroy(&alike);
    sweep_end(&sweep);
}

static void rates_differ_later(void **state) {
    (void)state;
    assert_rings("name: a\naxes: {product: {model.norm: [pre_ln, none], train.lr: [1, 2, 3]}}\n", 6,
                 (const size_t[]){0, 0, 0, 3, 3, 3});
    assert_rings("name: a\naxes: {product: {train.lr: [1, 2], model.norm: [pre_ln, none]}}\n", 4,
                 (const size_t[]){0, 1, 0, 1});
}

static void replicas_weights_and_batches_differ_at_once(void **state) {
    (void)state;
    assert_rings("name: a\nreplicas: 2\naxes: {product: {train.lr: [1, 2]}}\n", 4,
                 (const size_t[]){0, 1, 0, 1});
    assert_rings("name: a\naxes: {product: {model.init_std: [0.01, 0.02]}}\n", 2,
                 (const size_t[]){0, 1});
    assert_rings("name: a\naxes: {product: {train.batch: [4, 8]}}\n", 2, (const size_t[]){0, 1});
}

/* By its pair's id a gate draws whether the trial runs, and is measured, as the base. */
static void gated_trials_are_like_no_other(void **state) {
    (void)state;
    assert_rings("name: a\naxes: {product: {train.lr: [1, 2]}}\narms: {base: {}, gated: "
                 "{model.init_std: 0.1, gate: {score: m_near_unit, control: 0.5}}}\n",
                 4, (const size_t[]){0, 1, 0, 3});
}

/* "key: [A, B]" as an axis: the default, and another value of the field. */
static void name_axis(const field_t *field, char *text, size_t size) {
    char other[32];
    int is_max = atof(field->fallback) == field->max;
    snprintf(other, sizeof other, "%.17g", is_max ? field->max / 2 : field->max);
    const char *const *names = field->choices ? field->choices() : NULL;
    if (field->type == FIELD_BOOL)
        strcpy(other, strcmp(field->fallback, "true") ? "true" : "false");
    for (; names && *names; names++)
        if (strcmp(*names, field->fallback) != 0) snprintf(other, sizeof other, "%s", *names);
    snprintf(text, size, "%s: [%s, %s]", field->key, field->fallback, other);
}

/* Some options need another one to mean anything. */
static const char *company(const char *key) {
    static const char *const pairs[][2] = {
        {"train.lion_beta1", "train.optimizer: lion\n"},
        {"train.lion_beta2", "train.optimizer: lion\n"},
        {"train.momentum", "train.optimizer: sgd\n"},
        {"train.lr_final", "train.schedule: cosine\n"},
        {"policy.audit", "policy.risk.above: 0.5\n"},
        {"policy.rungs.loss", "policy.rungs.every: 5\n"},
        {"probe.layers_every", "model.arch: moe\n"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (strcmp(pairs[i][0], key) == 0) return pairs[i][1];
    return "";
}

static double score_of(const sweep_text_t *sweep, size_t trial) {
    double score;
    if (trial_screen(plan_trial(sweep->plan, trial), &(trial_setting_t){0}, "kappa_v", &score) !=
        STATUS_OK)
        fail_msg("%s", status_message());
    return score;
}

static void assert_measured_alike(const char *base, const field_t *field) {
    char text[1024], axis[128];
    name_axis(field, axis, sizeof axis);
    snprintf(text, sizeof text, "name: a\n" SMALL "%s%saxes: {product: {%s}}\n", base,
             company(field->key), axis);
    sweep_text_t sweep = sweep_of_text(text);
    double score = score_of(&sweep, 0), other = score_of(&sweep, 1);
    if (score != other) fail_msg("%s: %.17g is not %.17g", text, score, other);
    sweep_end(&sweep);
    assert_rings(text, 2, (const size_t[]){0, 0});
}

static void what_comes_later_changes_no_score(void **state) {
    (void)state;
    static const char *const bases[] = {"", "train.weight_norm: true\nmodel.norm: none\n"};
    catalog_t catalog = {0};
    size_t marked = 0;
    assert_int_equal(catalog_create(train_field_sets, NULL, &catalog), STATUS_OK);
    for (size_t i = 0; i < catalog.count; i++) {
        const field_t *field = catalog.fields[i];
        if (!field->is_later || field->keeps_results) continue; /* no axis varies the latter */
        marked++;
        for (size_t k = 0; k < sizeof bases / sizeof *bases; k++)
            assert_measured_alike(bases[k], field);
    }
    assert_true(marked > 15);
    catalog_destroy(&catalog);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_differ_later),
        cmocka_unit_test(replicas_weights_and_batches_differ_at_once),
        cmocka_unit_test(gated_trials_are_like_no_other),
        cmocka_unit_test(what_comes_later_changes_no_score),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
