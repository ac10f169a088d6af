/* What bounds the attention logits: QK-clip (Kimi K2, arXiv 2507.20534), QK-norm (Henry et al.,
 * arXiv 2010.04245), soft caps (Gemma 2, arXiv 2408.00118), each in GPT and LLaMA blocks. */
#include "kernel/attention.h"
#include "model/arch.h"
#include "stabilizer/qk_clip.h"
#include "stabilizer/rig.h"

enum { LENGTH = 16, HEADS = 4 };

/* One block with large weights; `options` are set beside these. */
static rig_t block(const char *arch, const char *options) {
    char text[1024];
    snprintf(text, sizeof text,
             "name: test\nseed: 42\ntask.seq_len: %d\ntask.vocab: 32\nmodel.width: 32\n"
             "model.layers: 1\nmodel.heads: %d\nmodel.init_std: 0.5\nmodel.arch: %s\n%s\n",
             LENGTH, HEADS, arch, options);
    rig_t rig = rig_of(&stabilizer_qk_clip, sweep_of_text(text));
    for (long p = 0; p < graph_parameter_count(rig.graph); p++) { /* biases are no zeros */
        const parameter_t *at = &graph_parameters(rig.graph)[p];
        for (long i = 0; strstr(at->name, ".bias") && i < at->cols; i++)
            rig.theta[at->offset + i] = (flt)sin((double)i);
    }
    return rig;
}

static const call_t *attention_of(const rig_t *rig) {
    int i = 0;
    while (graph_op(rig->graph, i) != &op_attention) i++;
    return graph_call(rig->graph, i);
}

/* The largest q.k / sqrt(s) of head h over the batch, from the queries and keys themselves. */
static double largest_by_hand(const call_t *call, long h) {
    const struct attention_options *o = OPTIONS_OF(call, attention_options);
    long s = o->head_size, stride = call->x[0].cols, group = o->heads / o->kv_heads;
    double largest = -INFINITY;
    for (long i = 0; i < call->x[0].rows; i++)
        for (long j = i / LENGTH * LENGTH; j <= i; j++) {
            const flt *q = call->x[0].at.v + i * stride + h * s;
            const flt *k = call->x[0].at.v + j * stride + (o->heads + h / group) * s;
            largest = fmax(largest, vector_dot(q, k, s) / sqrt((double)s));
        }
    return largest;
}

static double largest_reported(const call_t *call, long h) {
    double largest = -INFINITY;
    for (long b = 0; b < call->x[0].rows / LENGTH; b++)
        for (long t = 0; t < LENGTH; t++)
            largest = fmax(largest, (double)call->y[2].at.v[(b * HEADS + h) * LENGTH + t]);
    return largest;
}

static void attention_reports_its_largest_logits(void **state) {
    (void)state;
    static const char *const options[] = {"", "model.attention_softcap: 0.1",
                                          "model.kv_heads: 2\nmodel.attention_softcap: 5"};
    for (int i = 0; i < 3; i++) {
        rig_t rig = block("llama", options[i]);
        model_gradient(rig.model);
        for (long h = 0; h < HEADS; h++)
            assert_near(largest_reported(attention_of(&rig), h),
                        largest_by_hand(attention_of(&rig), h), 1e-9);
        rig_destroy(&rig);
    }
}

/* --- QK-clip --- */

static void sort(double *x, int n) {
    for (int i = 1; i < n; i++)
        for (int j = i; j > 0 && x[j] < x[j - 1]; j--) {
            double kept = x[j];
            x[j] = x[j - 1], x[j - 1] = kept;
        }
}

/* A limit that two of the four heads exceed: they come down to it, the others stay, all bits. */
static void clip_heads(const char *arch, const char *options) {
    double before[HEADS], sorted[HEADS];
    rig_t probe = block(arch, options);
    model_gradient(probe.model);
    for (long h = 0; h < HEADS; h++)
        sorted[h] = before[h] = largest_by_hand(attention_of(&probe), h);
    rig_destroy(&probe);
    sort(sorted, HEADS);
    double limit = (sorted[1] + sorted[2]) / 2;
    char text[256];
    snprintf(text, sizeof text, "%s\nqk_clip.limit: %.17g", options, limit);
    rig_t rig = block(arch, text);
    step_t step = {.model = rig.model};
    model_gradient(rig.model);
    rig.row->after_gradient(rig.state, &step);
    rig.row->after_update(rig.state, &step);
    model_gradient(rig.model);
    for (long h = 0; h < HEADS; h++) {
        double now = largest_by_hand(attention_of(&rig), h);
        if (before[h] > limit)
            assert_near(now, limit, 1e-9);
        else
            assert_true(now == before[h]);
    }
    record_t record = {0};
    rig.row->record(rig.state, &record);
    assert_int_equal(integer_of(&record, "qk_clip/heads_scaled"), 2);
    assert_near(number_of(&record, "qk_clip/largest_logit"), sorted[HEADS - 1], 1e-9);
    record_clear(&record);
    rig_destroy(&rig);
}

static void clipped_heads_reach_the_limit_and_no_others_move(void **state) {
    (void)state;
    clip_heads("gpt", "");
    clip_heads("llama", "");
    clip_heads("llama", "model.kv_heads: 2");
    clip_heads("llama", "model.kv_heads: 1");
}

static void values_and_everything_else_stay(void **state) {
    (void)state;
    rig_t rig = block("gpt", "qk_clip.limit: 1e-6");
    flt *before = rig_copy(&rig, rig.theta);
    step_t step = {.model = rig.model};
    model_gradient(rig.model);
    rig.row->after_gradient(rig.state, &step);
    rig.row->after_update(rig.state, &step);
    for (long p = 0; p < graph_parameter_count(rig.graph); p++) {
        const parameter_t *at = &graph_parameters(rig.graph)[p];
        int is_qkv = strstr(at->name, "attn.qkv") != NULL;
        long first = is_qkv ? at->rows * at->cols / 3 * 2 : 0; /* the values */
        for (long i = first; i < at->rows * at->cols; i++)
            assert_true(rig.theta[at->offset + i] == before[at->offset + i]);
        if (is_qkv) assert_true(rig.theta[at->offset + 1] != before[at->offset + 1]);
    }
    free(before);
    rig_destroy(&rig);
}

static void switched_off_there_is_no_state(void **state) {
    (void)state;
    rig_t rig = block("gpt", "");
    assert_null(rig.state);
    rig_destroy(&rig);
}

/* --- QK-norm --- */

static void scale_qkv(rig_t *rig, double factor) {
    for (long p = 0; p < graph_parameter_count(rig->graph); p++) {
        const parameter_t *at = &graph_parameters(rig->graph)[p];
        if (!strstr(at->name, "attn.qkv")) continue;
        long count = at->rows * at->cols / 3 * 2;
        vector_scale(rig->theta + at->offset, factor, rig->theta + at->offset, count);
    }
}

/* |q| = |k| = sqrt(s) where the gains are 1, so no logit is above sqrt(s), however large W is; and
 * the size of W_q, W_k does not matter (but for the epsilon under the root). */
static void qk_norm_bounds_logits_whatever_the_weights(void **state) {
    (void)state;
    static const char *const archs[] = {"gpt", "llama"};
    for (int a = 0; a < 2; a++) {
        rig_t rig = block(archs[a], "model.qk_norm: true");
        double loss = model_gradient(rig.model).mean, bound = sqrt(32 / HEADS);
        for (long h = 0; h < HEADS; h++)
            assert_true(largest_by_hand(attention_of(&rig), h) <= bound * (1 + 1e-12));
        scale_qkv(&rig, 1000);
        assert_near(model_gradient(rig.model).mean, loss, 1e-4 * loss);
        for (long h = 0; h < HEADS; h++)
            assert_true(largest_by_hand(attention_of(&rig), h) <= bound * (1 + 1e-12));
        rig_destroy(&rig);
        rig_t plain = block(archs[a], "");
        scale_qkv(&plain, 1000);
        model_gradient(plain.model);
        assert_true(largest_by_hand(attention_of(&plain), 0) > 1000 * bound);
        rig_destroy(&plain);
    }
}

static void qk_norm_has_one_gain_for_queries_and_one_for_keys(void **state) {
    (void)state;
    rig_t rig = block("llama", "model.qk_norm: true\nmodel.kv_heads: 2");
    int gains = 0;
    for (long p = 0; p < graph_parameter_count(rig.graph); p++) {
        const parameter_t *at = &graph_parameters(rig.graph)[p];
        if (!strstr(at->name, "q_norm.gain") && !strstr(at->name, "k_norm.gain")) continue;
        assert_int_equal(at->cols, 32 / HEADS);
        for (long i = 0; i < at->cols; i++) assert_true(rig.theta[at->offset + i] == 1);
        gains++;
    }
    assert_int_equal(gains, 2);
    rig_destroy(&rig);
}

/* --- soft caps --- */

static double loss_of(const char *arch, const char *options) {
    rig_t rig = block(arch, options);
    double loss = model_gradient(rig.model).mean;
    rig_destroy(&rig);
    return loss;
}

static void a_cap_far_away_changes_nothing_and_a_near_one_does(void **state) {
    (void)state;
    static const char *const archs[] = {"gpt", "llama"};
    for (int a = 0; a < 2; a++) {
        double loss = loss_of(archs[a], "");
        assert_near(loss_of(archs[a], "model.attention_softcap: 1e6"), loss, 1e-6);
        assert_near(loss_of(archs[a], "model.logit_softcap: 1e6"), loss, 1e-6);
        assert_true(fabs(loss_of(archs[a], "model.attention_softcap: 1") - loss) > 1e-3);
        assert_true(fabs(loss_of(archs[a], "model.logit_softcap: 1") - loss) > 1e-3);
    }
}

static void no_final_logit_exceeds_its_cap(void **state) {
    (void)state;
    rig_t rig = block("llama", "model.logit_softcap: 0.5"), plain = block("llama", "");
    model_hidden_states(rig.model);
    model_hidden_states(plain.model);
    matrix_t z = model_logits(rig.model), raw = model_logits(plain.model);
    for (long i = 0; i < z.rows * z.cols; i++)
        assert_near((double)z.at.v[i], 0.5 * tanh((double)raw.at.v[i] / 0.5), 1e-12);
    rig_destroy(&rig);
    rig_destroy(&plain);
}

/* exp(2 cap) is the largest ratio of two weights of one row. */
static void capped_attention_stays_spread_out(void **state) {
    (void)state;
    rig_t rig = block("gpt", "model.attention_softcap: 0.5");
    scale_qkv(&rig, 100);
    model_gradient(rig.model);
    const call_t *call = attention_of(&rig);
    for (long i = 0; i < call->y[1].rows; i++) {
        double low = 1, high = 0;
        for (long j = 0; j <= i % LENGTH; j++) {
            double p = (double)call->y[1].at.v[i * call->y[1].cols + j];
            low = fmin(low, p), high = fmax(high, p);
        }
        assert_true(high / low <= exp(1) * (1 + 1e-12));
    }
    rig_destroy(&rig);
}

/* --- derivatives --- */

static double loss_here(rig_t *rig) { return model_loss(rig->model).mean; }

static double slope_of_slope(rig_t *rig, const flt *v) {
    const double h = 1e-5;
    double sum = 0;
    flt *kept = rig_copy(rig, rig->theta);
    for (int side = -1; side <= 1; side += 2) {
        vector_add(side * h, v, rig->theta, rig->size);
        model_gradient(rig->model);
        sum += side * vector_dot(rig->gradient, v, rig->size) / (2 * h);
        memcpy(rig->theta, kept, (size_t)rig->size * sizeof *kept);
    }
    free(kept);
    return sum;
}

/* Gradient and v.Hv of whole models that have everything switched on. */
static void curvature_goes_through_all_of_them(void **state) {
    (void)state;
    static const char *const archs[] = {"gpt", "llama"};
    for (int a = 0; a < 2; a++) {
        rig_t rig = block(archs[a], "model.qk_norm: true\nmodel.attention_softcap: 1\n"
                                    "model.logit_softcap: 2");
        flt *v = rig_direction(&rig), *hv = rig_copy(&rig, v), *here = rig_copy(&rig, rig.theta);
        double slope = rig_slope(&rig, loss_here, here, v), second = slope_of_slope(&rig, v);
        model_gradient(rig.model);
        assert_near(vector_dot(rig.gradient, v, rig.size), slope, 1e-7 * (1 + fabs(slope)));
        assert_near(model_product(rig.model, v, hv), slope, 1e-7 * (1 + fabs(slope)));
        assert_near(vector_dot(v, hv, rig.size), second, 1e-5 * (1 + fabs(second)));
        free(v);
        free(hv);
        free(here);
        rig_destroy(&rig);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attention_reports_its_largest_logits),
        cmocka_unit_test(clipped_heads_reach_the_limit_and_no_others_move),
        cmocka_unit_test(values_and_everything_else_stay),
        cmocka_unit_test(switched_off_there_is_no_state),
        cmocka_unit_test(qk_norm_bounds_logits_whatever_the_weights),
        cmocka_unit_test(qk_norm_has_one_gain_for_queries_and_one_for_keys),
        cmocka_unit_test(a_cap_far_away_changes_nothing_and_a_near_one_does),
        cmocka_unit_test(no_final_logit_exceeds_its_cap),
        cmocka_unit_test(capped_attention_stays_spread_out),
        cmocka_unit_test(curvature_goes_through_all_of_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
