/* Whole models in double: every architecture with every norm, and every option that changes the
 * graph, against differences. */
#include "model/setup.h"

enum { DIRECTIONS = 3, POINTS = 4 };

/* Central differences of fourth order: f'(0) = sum of weight[i] f(at[i] step) / (12 step). Steps
 * are small enough that no token changes its experts on the way: there the loss jumps. */
static const double at[POINTS] = {-2, -1, 1, 2}, weight[POINTS] = {1, -8, 8, -1}, STEP = 1e-5;

static void move(model_t *m, const flt *here, const flt *v, double step) {
    flt *theta = graph_theta(model_graph(m));
    for (long e = 0; e < model_size(m); e++) theta[e] = here[e] + step * v[e];
}

static void claim_gradient(const setup_t *s) {
    model_t *m = ready(s, GRAPH_TRAIN);
    long size = model_size(m);
    flt *here = copy(graph_theta(model_graph(m)), size);
    double loss = model_gradient(m).total;
    assert_true(isfinite(loss));
    flt *gradient = copy(graph_gradient(model_graph(m)), size);
    double norm = vector_norm(gradient, size);
    assert_true(norm > 1e-3);
    for (uint32_t i = 0; i < DIRECTIONS; i++) {
        flt *v = random_direction(m, i);
        double slope = 0, expected = vector_dot(gradient, v, size);
        for (int k = 0; k < POINTS; k++) {
            move(m, here, v, at[k] * STEP);
            slope += weight[k] * model_loss(m).total / (12 * STEP);
        }
        if (fabs(slope - expected) > 1e-7 * norm) say(s, "the gradient is not the slope");
        assert_true(fabs(slope - expected) <= 1e-7 * norm);
        free(v);
    }
    free(here);
    free(gradient);
    model_destroy(&m);
}

/* The gradient's slope along v; malloc'd. Leaves the model where it was, its gradient ready. */
static flt *slope_of_gradient(model_t *m, const flt *v) {
    long size = model_size(m);
    flt *here = copy(graph_theta(model_graph(m)), size), *d = calloc((size_t)size, sizeof *d);
    for (int k = 0; k < POINTS; k++) {
        move(m, here, v, at[k] * STEP);
        model_gradient(m);
        vector_add(weight[k] / (12 * STEP), graph_gradient(model_graph(m)), d, size);
    }
    move(m, here, v, 0);
    model_gradient(m);
    free(here);
    return d;
}

static void claim_product(const setup_t *s) {
    model_t *m = ready(s, GRAPH_CURVATURE);
    long size = model_size(m);
    flt *v = random_direction(m, 0), *expected = slope_of_gradient(m, v);
    flt *hv = calloc((size_t)size, sizeof *hv);
    double slope = model_product(m, v, hv), norm = vector_norm(expected, size);
    double dot = vector_dot(graph_gradient(model_graph(m)), v, size);
    vector_add(-1, expected, hv, size);
    double off = vector_norm(hv, size);
    if (!(off <= 1e-6 * norm)) say(s, "H v is not the slope of the gradient");
    assert_true(off <= 1e-6 * norm);
    assert_true(norm > 1e-3);
    assert_true(fabs(slope - dot) <= 1e-10 * (1 + fabs(dot)));
    free(v);
    free(hv);
    free(expected);
    model_destroy(&m);
}

static void claim_symmetry(const setup_t *s) {
    model_t *m = ready(s, GRAPH_CURVATURE);
    long size = model_size(m);
    flt *u = random_direction(m, 1), *v = random_direction(m, 2);
    flt *hu = calloc((size_t)size, sizeof *hu), *hv = calloc((size_t)size, sizeof *hv);
    model_gradient(m);
    model_product(m, u, hu);
    model_product(m, v, hv);
    double scale = vector_norm(u, size) * vector_norm(hv, size);
    double off = vector_dot(u, hv, size) - vector_dot(v, hu, size);
    if (!(fabs(off) <= 1e-12 * scale)) say(s, "H is not symmetric");
    assert_true(fabs(off) <= 1e-12 * scale);
    free(u);
    free(v);
    free(hu);
    free(hv);
    model_destroy(&m);
}

static void gradients_are_slopes_of_the_loss(void **state) {
    (void)state;
    for_every_model(claim_gradient);
}

static void products_are_slopes_of_the_gradient(void **state) {
    (void)state;
    for_every_model(claim_product);
}

static void the_hessian_is_symmetric(void **state) {
    (void)state;
    for_every_model(claim_symmetry);
}

/* --- options that change the graph --- */

static void loss_last(setup_t *s) { s->shape.loss_last = 1; }
static void tied_head(setup_t *s) { s->options.tied_head = true; }
static void tied_head_and_loss_last(setup_t *s) { tied_head(s), loss_last(s); }
static void one_layer(setup_t *s) { s->options.layers = 1; }
static void three_layers(setup_t *s) { s->options.layers = 3; }
static void one_position(setup_t *s) { s->shape.seq_len = 1; }
static void one_sample(setup_t *s) { s->batch = 1; }
static void one_head(setup_t *s) { s->options.heads = 1; }
static void four_heads(setup_t *s) { s->options.heads = 4; }
static void wide_mlp(setup_t *s) {
    static const struct gpt_options five = {.mlp_ratio = 5};
    s->options.own = &five;
}
static void fixed_positions(setup_t *s) {
    static const struct gpt_options fixed = {.mlp_ratio = 2, .positions = "sinusoidal"};
    s->options.own = &fixed;
}
static void odd_ffn(setup_t *s) { s->options.ffn = 3; }
static void one_class(setup_t *s) { s->shape.vocab = 1; }
static void one_patch(setup_t *s) { s->shape.patch = s->shape.image; }
static void long_text(setup_t *s) { s->shape.seq_len = 40; }
static void attention_anew(setup_t *s) {
    s->shape.seq_len = 70; /* more than one block of rows */
    strcpy(s->options.attention, "recomputed");
}
static void shared_keys(setup_t *s) {
    static const struct llama_options two = {.kv_heads = 2, .rope_base = 100};
    s->options.heads = 4, s->options.own = &two;
}

static void z_loss(setup_t *s) { s->options.z_loss = 0.3, s->options.logit_softcap = 20; }
static void z_loss_and_loss_last(setup_t *s) { s->options.z_loss = 0.3, loss_last(s); }
static void dropout(setup_t *s) { s->options.dropout = 0.4; }
static void loose_norms(setup_t *s) { s->options.norm_epsilon = 0.1; }

static struct moe_options *moe_of(setup_t *s) { return own_options(s, &moe_fields); }
static void one_expert_each(setup_t *s) { moe_of(s)->active = 1; }
static void all_experts(setup_t *s) { moe_of(s)->active = moe_of(s)->experts = 4; }
static void a_single_expert(setup_t *s) { moe_of(s)->active = moe_of(s)->experts = 1; }
static void idle_experts(setup_t *s) { moe_of(s)->experts = 64; } /* of 10 tokens */
static void plain_gates(setup_t *s) { strcpy(moe_of(s)->gates, "plain"); }
static void every_second_layer(setup_t *s) { moe_of(s)->every = 2; }
static void router_z(setup_t *s) { moe_of(s)->router_z = 0.3, s->options.z_loss = 0.2; }
static void no_terms(setup_t *s) { moe_of(s)->balance = 0; }
static void full_experts(setup_t *s) { moe_of(s)->capacity = 0.5; }
static void llama_experts(setup_t *s) {
    struct llama_options *llama = own_options(s, &llama_fields);
    llama->kv_heads = 1;
    strcpy(moe_of(s)->block, "llama");
}

static struct mamba_options *mamba_of(setup_t *s) { return own_options(s, &mamba_fields); }
static void one_state(setup_t *s) { mamba_of(s)->states = 1, mamba_of(s)->expand = 1; }
static void long_taps(setup_t *s) { mamba_of(s)->taps = 9; } /* than the sequence */
static void one_tap(setup_t *s) { mamba_of(s)->taps = 1; }
static void wide_steps(setup_t *s) { mamba_of(s)->rank = 5; }
static void some_attention(setup_t *s) { mamba_of(s)->attention_every = 2; }
static void normal_start(setup_t *s) { strcpy(mamba_of(s)->init, "std"); }

static struct kan_options *kan_of(setup_t *s) { return own_options(s, &kan_fields); }
static void high_order(setup_t *s) { kan_of(s)->order = 15, kan_of(s)->grid = 4; }
static void one_interval(setup_t *s) {
    *kan_of(s) = (struct kan_options){.grid = 1, .order = 8, .hidden = 11};
}

typedef struct variant {
    void (*change)(setup_t *s);
    const char *arch; /* "" = all */
} variant_t;

static const variant_t variants[] = {{loss_last, "gpt"},
                                     {loss_last, "llama"},
                                     {tied_head, "gpt"},
                                     {tied_head, "llama"},
                                     {one_layer, ""},
                                     {three_layers, ""},
                                     {one_position, "gpt"},
                                     {one_position, "llama"},
                                     {one_sample, ""},
                                     {one_head, ""},
                                     {four_heads, ""},
                                     {wide_mlp, "gpt"},
                                     {odd_ffn, ""},
                                     {one_patch, "vit"},
                                     {long_text, "gpt"},
                                     {long_text, "llama"},
                                     {shared_keys, "llama"},
                                     {tied_head_and_loss_last, "gpt"},
                                     {attention_anew, ""},
                                     {z_loss, ""},
                                     {z_loss_and_loss_last, "gpt"},
                                     {dropout, ""},
                                     {loose_norms, ""},
                                     {fixed_positions, "gpt"},
                                     {fixed_positions, "vit"},
                                     {one_expert_each, "moe"},
                                     {all_experts, "moe"},
                                     {a_single_expert, "moe"},
                                     {idle_experts, "moe"},
                                     {plain_gates, "moe"},
                                     {every_second_layer, "moe"},
                                     {router_z, "moe"},
                                     {no_terms, "moe"},
                                     {llama_experts, "moe"},
                                     {full_experts, "moe"},
                                     {long_text, "mamba"},
                                     {loss_last, "mamba"},
                                     {one_position, "mamba"},
                                     {one_state, "mamba"},
                                     {long_taps, "mamba"},
                                     {one_tap, "mamba"},
                                     {wide_steps, "mamba"},
                                     {some_attention, "mamba"},
                                     {normal_start, "mamba"},
                                     {high_order, "kan"},
                                     {one_interval, "kan"}};
enum { VARIANTS = sizeof variants / sizeof variants[0] };

static void for_every_variant(claim_t *claim) {
    for (int i = 0; i < VARIANTS; i++)
        for (int a = 0; arch_rows[a]; a++) {
            const char *only = variants[i].arch;
            if (*only && strcmp(only, arch_rows[a]->name) != 0) continue;
            setup_t s = setup_of(arch_rows[a], norm_find("pre_ln"));
            variants[i].change(&s);
            claim(&s);
        }
}

static void gradients_are_right_for_every_option(void **state) {
    (void)state;
    for_every_variant(claim_gradient);
}

static void products_are_right_for_every_option(void **state) {
    (void)state;
    for_every_variant(claim_product);
}

/* One class: nothing to learn, and no division by zero on the way. */
static void one_class_has_no_loss(void **state) {
    (void)state;
    setup_t s = setup_of(arch_find("gpt"), norm_find("pre_ln"));
    one_class(&s);
    model_t *m = ready(&s, GRAPH_TRAIN);
    loss_t loss = model_gradient(m);
    assert_true(fabs(loss.mean) <= 1e-15 && loss.accuracy == 1);
    assert_true(vector_norm(graph_gradient(model_graph(m)), model_size(m)) <= 1e-14);
    model_destroy(&m);
}

/* --- batches --- */

/* Samples first .. first + part->batch - 1 of the whole's batch. */
static void load_part(model_t *m, const setup_t *part, const batch_t *whole, int first) {
    long targets = target_count(part) / part->batch, pixels = 3L * part->shape.image;
    pixels *= part->shape.image;
    batch_t b = {.size = part->batch, .targets = whole->targets + first * targets};
    if (whole->tokens) b.tokens = whole->tokens + (long)first * part->shape.seq_len;
    if (whole->images) b.images = whole->images + first * pixels;
    model_load(m, &b);
}

static void claim_batch(const setup_t *s) {
    setup_t whole = *s, half = *s;
    if (strcmp(s->options.arch, "moe") == 0) { /* balance is of the whole batch, and no sum */
        moe_of(&whole)->balance = 0;
        half.options.own = whole.options.own;
    }
    whole.batch = 6, half.batch = 3;
    model_t *a = ready(&whole, GRAPH_TRAIN), *b = ready(&half, GRAPH_TRAIN);
    long size = model_size(a);
    batch_t batch = batch_of(&whole);
    loss_t loss = model_gradient(a), mean = {0};
    flt *difference = copy(graph_gradient(model_graph(a)), size);
    double norm = vector_norm(difference, size);
    for (int part = 0; part < 2; part++) {
        load_part(b, &half, &batch, 3 * part);
        loss_t l = model_gradient(b);
        mean.mean += l.mean / 2, mean.accuracy += l.accuracy / 2;
        vector_add(-0.5, graph_gradient(model_graph(b)), difference, size);
    }
    if (vector_norm(difference, size) > 1e-12 * norm) say(s, "halves of a batch disagree with it");
    assert_true(vector_norm(difference, size) <= 1e-12 * norm);
    assert_true(fabs(loss.mean - mean.mean) <= 1e-13 * (1 + loss.mean));
    assert_true(fabs(loss.accuracy - mean.accuracy) <= 1e-13);
    free(difference);
    batch_free(&batch);
    model_destroy(&a);
    model_destroy(&b);
}

static void a_batch_is_the_mean_of_its_halves(void **state) {
    (void)state;
    for_every_model(claim_batch);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_are_slopes_of_the_loss),
        cmocka_unit_test(products_are_slopes_of_the_gradient),
        cmocka_unit_test(the_hessian_is_symmetric),
        cmocka_unit_test(gradients_are_right_for_every_option),
        cmocka_unit_test(products_are_right_for_every_option),
        cmocka_unit_test(one_class_has_no_loss),
        cmocka_unit_test(a_batch_is_the_mean_of_its_halves),
    };
    gemm_start(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
