/* Models in float32: what every mode must agree on, what a network may see, what its parts mean,
 * which options are refused. */
#include "model/setup.h"

/* --- memory modes --- */

static void claim_modes(const setup_t *s) {
    model_t *a = ready(s, GRAPH_TRAIN), *b = ready(s, GRAPH_CURVATURE);
    size_t bytes = (size_t)model_size(a) * sizeof(flt);
    for (int step = 0; step < 3; step++) {
        loss_t p = model_gradient(a), q = model_gradient(b);
        if (p.mean != q.mean || p.accuracy != q.accuracy) say(s, "modes differ in their loss");
        assert_true(p.mean == q.mean && p.accuracy == q.accuracy);
        flt *x = graph_gradient(model_graph(a)), *y = graph_gradient(model_graph(b));
        if (memcmp(x, y, bytes)) say(s, "modes differ in their gradient");
        assert_memory_equal(x, y, bytes);
        vector_add(-0.1, x, graph_theta(model_graph(a)), model_size(a));
        vector_add(-0.1, y, graph_theta(model_graph(b)), model_size(b));
    }
    assert_true(model_cost(a).bytes < model_cost(b).bytes);
    model_destroy(&a);
    model_destroy(&b);
}

static void training_and_curvature_modes_give_the_same_bits(void **state) {
    (void)state;
    for_every_model(claim_modes);
}

/* The loss alone, the loss with gradient, and the loss from the logits. */
static void claim_loss(const setup_t *s) {
    model_t *m = ready(s, GRAPH_TRAIN);
    batch_t b = batch_of(s);
    loss_t alone = model_loss(m), with_gradient = model_gradient(m);
    assert_true(alone.mean == with_gradient.mean && alone.accuracy == with_gradient.accuracy);
    model_hidden_states(m);
    matrix_t z = model_logits(m);
    assert_int_equal(z.rows, target_count(s));
    double mean = 0, right = 0;
    for (long i = 0; i < z.rows; i++) {
        const flt *row = z.at.v + i * z.cols;
        double sum = 0, largest = -INFINITY;
        for (long j = 0; j < z.cols; j++) sum += exp((double)row[j]);
        for (long j = 0; j < z.cols; j++) largest = fmax(largest, (double)row[j]);
        mean += (log(sum) - (double)row[b.targets[i]]) / (double)z.rows;
        right += ((double)row[b.targets[i]] == largest) / (double)z.rows;
    }
    if (fabs(mean - alone.mean) > 1e-5 * mean) say(s, "the loss is not that of the logits");
    assert_true(fabs(mean - alone.mean) <= 1e-5 * mean);
    assert_true(fabs(right - alone.accuracy) <= 1e-9);
    batch_free(&b);
    model_destroy(&m);
}

static void the_loss_is_that_of_the_logits(void **state) {
    (void)state;
    for_every_model(claim_loss);
}

/* --- what a network may see --- */

/* A row of a product may have other last bits when more or fewer rows are in it, and a token that
 * goes to another expert leaves fewer to the first: what two layers make of that. Elsewhere 0. */
static double rounding_of(const setup_t *s) {
    return strcmp(s->options.arch, arch_moe.name) == 0 ? 1e-5 : 0;
}

static double largest_difference(const flt *a, const flt *b, long count) {
    double largest = 0;
    for (long i = 0; i < count; i++) largest = fmax(largest, fabs((double)a[i] - (double)b[i]));
    return largest;
}

/* Rows of the last hidden state that change when the last token of the first sample does. */
static void claim_causal(const setup_t *s) {
    if (s->shape.kind != TASK_TOKENS) return;
    model_t *m = ready(s, GRAPH_TRAIN);
    batch_t b = batch_of(s);
    int last = (int)s->options.layers, T = s->shape.seq_len;
    long count = (long)s->batch * T * s->options.width;
    model_hidden_states(m);
    flt *before = copy(model_hidden(m, last).at.v, count);
    b.tokens[T - 1] = (b.tokens[T - 1] + 1) % s->shape.vocab;
    model_load(m, &b);
    model_hidden_states(m);
    const flt *after = model_hidden(m, last).at.v;
    for (long row = 0; row < (long)s->batch * T; row++) {
        long at = row * s->options.width;
        double difference = largest_difference(before + at, after + at, s->options.width);
        int is_same = difference <= rounding_of(s);
        if (is_same != (row != T - 1)) say(s, "a token is seen where it must not be, or not seen");
        assert_int_equal(is_same, row != T - 1);
    }
    free(before);
    batch_free(&b);
    model_destroy(&m);
}

static void text_models_do_not_see_the_future_nor_other_samples(void **state) {
    (void)state;
    for_every_model(claim_causal);
}

/* A pixel of one image reaches all positions of that image and no other image. */
static void image_models_see_the_whole_image(void **state) {
    (void)state;
    setup_t s = setup_of(arch_find("vit"), norm_find("pre_ln"));
    model_t *m = ready(&s, GRAPH_TRAIN);
    batch_t b = batch_of(&s);
    model_hidden_states(m);
    matrix_t h = model_hidden(m, 2);
    long positions = h.rows / s.batch;
    flt *before = copy(h.at.v, h.rows * h.cols);
    b.images[3L * s.shape.image * s.shape.image] += 1; /* first of the second image */
    model_load(m, &b);
    model_hidden_states(m);
    assert_int_equal(positions, 5);
    for (long row = 0; row < h.rows; row++) {
        int is_same =
            !memcmp(before + row * h.cols, h.at.v + row * h.cols, (size_t)h.cols * sizeof(flt));
        assert_int_equal(is_same, row < positions);
    }
    free(before);
    batch_free(&b);
    model_destroy(&m);
}

/* --- what parts mean --- */

static flt *parameter_of(model_t *m, const char *name) {
    const parameter_t *p = graph_parameters(model_graph(m));
    for (long i = 0; i < graph_parameter_count(model_graph(m)); i++)
        if (strcmp(p[i].name, name) == 0) return graph_theta(model_graph(m)) + p[i].offset;
    return NULL;
}

static void hidden_state_0_is_token_plus_position(void **state) {
    (void)state;
    setup_t s = setup_of(arch_find("gpt"), norm_find("sub_ln"));
    model_t *m = ready(&s, GRAPH_TRAIN);
    batch_t b = batch_of(&s);
    model_hidden_states(m);
    matrix_t h = model_hidden(m, 0);
    const flt *token = parameter_of(m, "tok_emb"), *position = parameter_of(m, "pos_emb");
    for (long row = 0; row < h.rows; row++)
        for (long j = 0; j < h.cols; j++)
            assert_true(h.at.v[row * h.cols + j] ==
                        token[b.tokens[row] * h.cols + j] +
                            position[row % s.shape.seq_len * h.cols + j]);
    batch_free(&b);
    model_destroy(&m);
}

/* With an identity for the patch embedding, h_0 shows the pixels: patches row by row, inside a
 * patch channel, row, column; the class token first. */
static void patches_are_cut_row_by_row(void **state) {
    (void)state;
    setup_t s = setup_of(arch_find("vit"), norm_find("pre_ln"));
    s.options.width = 12, s.shape.patch = 2, s.shape.image = 4;
    model_t *m = ready(&s, GRAPH_TRAIN);
    batch_t b = batch_of(&s);
    memset(graph_theta(model_graph(m)), 0, (size_t)model_size(m) * sizeof(flt));
    for (int i = 0; i < 12; i++) parameter_of(m, "patch_emb.weight")[12 * i + i] = 1;
    for (int i = 0; i < 12; i++) parameter_of(m, "cls")[i] = 9;
    model_hidden_states(m);
    const flt *h = model_hidden(m, 0).at.v;
    for (int image = 0; image < s.batch; image++) {
        for (int i = 0; i < 12; i++) assert_true(h[image * 5 * 12 + i] == 9);
        for (int y = 0; y < 4; y++)
            for (int x = 0; x < 4; x++)
                for (int channel = 0; channel < 3; channel++) {
                    int patch = y / 2 * 2 + x / 2, within = channel * 4 + y % 2 * 2 + x % 2;
                    assert_true(h[(image * 5 + 1 + patch) * 12 + within] ==
                                (flt)b.images[((image * 3 + channel) * 4 + y) * 4 + x]);
                }
    }
    batch_free(&b);
    model_destroy(&m);
}

/* All weights zero: the network is uniform, its loss is known, and it is right by chance alone. */
static void claim_uniform(const setup_t *s) {
    model_t *m = ready(s, GRAPH_TRAIN);
    memset(graph_theta(model_graph(m)), 0, (size_t)model_size(m) * sizeof(flt));
    double expected = log((double)s->shape.vocab);
    loss_t loss = model_loss(m);
    assert_true(fabs(loss.mean - expected) <= 1e-6 * expected);
    assert_true(fabs(loss.accuracy * (double)s->shape.vocab - 1) <= 1e-12);
    model_destroy(&m);
}

static void without_weights_all_answers_are_equal(void **state) {
    (void)state;
    for_every_model(claim_uniform);
}

/* --- divergence stays visible --- */

static void claim_nan(const setup_t *of) {
    setup_t own = *of, *s = &own;
    struct moe_options *moe = own_options(s, &moe_fields);
    if (moe) moe->experts = 2; /* both work: an idle one shows nothing */
    model_t *m = ready(s, GRAPH_TRAIN);
    const parameter_t *p = graph_parameters(model_graph(m));
    long count = graph_parameter_count(model_graph(m));
    for (long i = 0; i < count; i++) {
        flt *x = graph_theta(model_graph(m)) + p[i].offset, here = x[0];
        int is_unused = !strcmp(p[i].name, "tok_emb"); /* token 0 may not occur */
        x[0] = NAN;
        loss_t loss = model_gradient(m);
        double norm = vector_norm(graph_gradient(model_graph(m)), model_size(m));
        if (!is_unused && (isfinite(loss.mean) || isfinite(norm))) say(s, p[i].name);
        assert_true(is_unused || (!isfinite(loss.mean) && !isfinite(norm)));
        x[0] = here;
    }
    assert_true(isfinite(model_gradient(m).mean)); /* nothing of it stays */
    model_destroy(&m);
}

static void a_nan_in_any_parameter_shows_in_loss_and_gradient(void **state) {
    (void)state;
    for_every_model(claim_nan);
}

/* --- H v --- */

/* The direction's size must not matter: a power of two comes back exactly. */
static void claim_scale(const setup_t *s) {
    model_t *m = ready(s, GRAPH_CURVATURE);
    long size = model_size(m);
    flt *v = random_direction(m, 0), *hv = calloc((size_t)size, sizeof *hv);
    flt *scaled = calloc((size_t)size, sizeof *scaled);
    model_gradient(m);
    double slope = model_product(m, v, hv);
    static const int powers[] = {-60, -20, 20, 60};
    for (int i = 0; i < 4; i++) {
        double factor = ldexp(1, powers[i]);
        vector_scale(v, factor, scaled, size);
        assert_true(model_product(m, scaled, scaled) == factor * slope); /* hv may be v */
        vector_scale(scaled, 1 / factor, scaled, size);
        if (memcmp(scaled, hv, (size_t)size * sizeof *hv)) say(s, "H v depends on the size of v");
        assert_memory_equal(scaled, hv, (size_t)size * sizeof *hv);
    }
    memset(scaled, 0, (size_t)size * sizeof *scaled);
    assert_true(model_product(m, scaled, hv) == 0);
    assert_true(vector_largest(hv, size) == 0);
    free(v);
    free(hv);
    free(scaled);
    model_destroy(&m);
}

static void products_do_not_depend_on_the_size_of_the_direction(void **state) {
    (void)state;
    for_every_model(claim_scale);
}

static void claim_gradient_kept(const setup_t *s) {
    model_t *m = ready(s, GRAPH_CURVATURE);
    long size = model_size(m);
    flt *v = random_direction(m, 0);
    model_gradient(m);
    flt *gradient = copy(graph_gradient(model_graph(m)), size);
    model_product(m, v, v);
    assert_memory_equal(gradient, graph_gradient(model_graph(m)), (size_t)size * sizeof(flt));
    free(v);
    free(gradient);
    model_destroy(&m);
}

static void products_leave_the_gradient(void **state) {
    (void)state;
    for_every_model(claim_gradient_kept);
}

/* --- constants --- */

/* Also along a direction that would move them. */
static void constants_have_no_gradient_and_no_product(void **state) {
    (void)state;
    static const struct gpt_options fixed = {.mlp_ratio = 4, .positions = "sinusoidal"};
    setup_t s = setup_of(arch_find("gpt"), norm_find("pre_ln"));
    s.options.own = &fixed;
    model_t *m = ready(&s, GRAPH_CURVATURE);
    graph_t *g = model_graph(m);
    const parameter_t *p = graph_parameters(g) + 1;
    assert_string_equal(p->name, "pos_emb");
    long size = p->rows * p->cols;
    flt *v = random_direction(m, 0), *all = copy(v, model_size(m));
    for (long e = 0; e < size; e++) all[p->offset + e] = 1;
    model_gradient(m);
    assert_true(vector_largest(graph_gradient(g) + p->offset, size) == 0);
    assert_true(vector_largest(graph_gradient(g), model_size(m)) > 0);
    model_product(m, v, v);
    model_product(m, all, all);
    assert_memory_equal(v, all, (size_t)model_size(m) * sizeof *v);
    assert_true(vector_largest(v + p->offset, size) == 0);
    assert_true(fabs((double)graph_theta(g)[p->offset + 1] - sqrt(2) * 0.5) < 1e-6); /* cos 0 */
    free(v);
    free(all);
    model_destroy(&m);
}

/* --- cost --- */

/* Matrix products of a gpt: 2 (12 d^2 + 2 T d) per layer and position, and the head's 2 V d. */
static void the_cost_is_that_of_the_formula(void **state) {
    (void)state;
    setup_t s = setup_of(arch_find("gpt"), norm_find("pre_ln"));
    model_t *m = ready(&s, GRAPH_TRAIN);
    double d = 8, L = 2, T = 5, V = 7, n = 2 * T;
    model_cost_t cost = model_cost(m);
    double blocks = 12 * d * d + 13 * d; /* weights and biases, two norms of 2 d */
    assert_true(cost.parameters == L * blocks + 2 * d + 2 * V * d + T * d);
    assert_true(cost.forward_flops == n * (L * (24 * d * d + 4 * T * d) + 2 * V * d));
    model_destroy(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(training_and_curvature_modes_give_the_same_bits),
        cmocka_unit_test(the_loss_is_that_of_the_logits),
        cmocka_unit_test(text_models_do_not_see_the_future_nor_other_samples),
        cmocka_unit_test(image_models_see_the_whole_image),
        cmocka_unit_test(hidden_state_0_is_token_plus_position),
        cmocka_unit_test(patches_are_cut_row_by_row),
        cmocka_unit_test(without_weights_all_answers_are_equal),
        cmocka_unit_test(a_nan_in_any_parameter_shows_in_loss_and_gradient),
        cmocka_unit_test(products_do_not_depend_on_the_size_of_the_direction),
        cmocka_unit_test(products_leave_the_gradient),
        cmocka_unit_test(constants_have_no_gradient_and_no_product),
        cmocka_unit_test(the_cost_is_that_of_the_formula),
    };
    gemm_start(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
