/* A network run part by part is the network: bit for bit the same states, logits and loss. */
#include "model/setup.h"

#include "model/layout.h"

static const struct llama_options shared = {.kv_heads = 2, .rope_base = 100};

static setup_t setup_for(const arch_row_t *arch, int is_tied) {
    setup_t s = setup_of(arch, norm_find(arch == &arch_llama ? "rms_norm" : "pre_ln"));
    s.options.heads = 4, s.options.width = 16, s.options.layers = 3;
    s.options.tied_head = is_tied;
    if (arch == &arch_llama) s.options.own = &shared;
    return s;
}

static void copy_states(matrix_t from, matrix_t to) {
    memcpy(to.at.v, from.at.v, (size_t)(from.rows * from.cols) * sizeof *to.at.v);
}

static void assert_same(matrix_t a, matrix_t b) {
    assert_int_equal(a.rows * a.cols, b.rows * b.cols);
    assert_memory_equal(a.at.v, b.at.v, (size_t)(a.rows * a.cols) * sizeof *a.at.v);
}

/* Its parameters are read out of `whole`, a record of the whole model's. */
static void claim_blocks(const setup_t *s, const model_t *m, record_t *whole) {
    model_t *block;
    const tensor_store_t store = layout_record(whole);
    assert_int_equal(model_create_part(MODEL_BLOCK, &s->options, &s->shape, s->batch, &block),
                     STATUS_OK);
    for (int l = 0; l < s->options.layers; l++) {
        flt *theta = graph_theta(model_graph(block));
        if (layout_read_block(block, layout_find(m, "hf"), &store, l, theta))
            fail_msg("%s", status_message());
        copy_states(model_hidden(m, l), model_hidden(block, 0));
        model_hidden_states(block);
        assert_same(model_hidden(block, 1), model_hidden(m, l + 1));
    }
    model_destroy(&block);
}

static void claim_head(const setup_t *s, model_t *m, record_t *whole, const batch_t *batch) {
    model_t *head;
    const tensor_store_t store = layout_record(whole);
    assert_int_equal(model_create_part(MODEL_HEAD, &s->options, &s->shape, s->batch, &head),
                     STATUS_OK);
    if (layout_read(head, layout_find(m, "hf"), &store, graph_theta(model_graph(head))))
        fail_msg("%s", status_message());
    model_load(head, batch);
    copy_states(model_hidden(m, (int)s->options.layers), model_hidden(head, 0));
    model_hidden_states(head);
    assert_same(model_logits(head), model_logits(m));
    assert_true(model_loss(head).mean == model_loss(m).mean);
    model_destroy(&head);
}

/* Logits are those of the normalised states. */
static void claim_norm(const setup_t *s, const model_t *m, record_t *whole) {
    model_t *norm;
    const tensor_store_t store = layout_record(whole);
    assert_int_equal(model_create_part(MODEL_FINAL_NORM, &s->options, &s->shape, s->batch, &norm),
                     STATUS_OK);
    if (layout_read(norm, layout_find(m, "hf"), &store, graph_theta(model_graph(norm))))
        fail_msg("%s", status_message());
    copy_states(model_hidden(m, (int)s->options.layers), model_hidden(norm, 0));
    model_hidden_states(norm);
    const flt *h = model_hidden(norm, 1).at.v;
    const parameter_t *p = graph_parameters(model_graph((model_t *)m)), *head = p;
    while (strcmp(head->name, s->options.tied_head ? "tok_emb" : "head.weight") != 0) head++;
    const flt *row = graph_theta(model_graph((model_t *)m)) + head->offset;
    double logit = 0;
    for (int k = 0; k < s->options.width; k++) logit += (double)h[k] * (double)row[k];
    assert_true(fabs(logit - (double)model_logits(m).at.v[0]) < 1e-5);
    model_destroy(&norm);
}

static void claim_parts(const arch_row_t *arch, int is_tied) {
    setup_t s = setup_for(arch, is_tied);
    model_t *m = ready(&s, GRAPH_KEEP);
    record_t whole = {0};
    const tensor_store_t store = layout_record(&whole);
    batch_t batch = batch_of(&s);
    assert_int_equal(layout_write(m, layout_find(m, "hf"), &store, graph_theta(model_graph(m))),
                     STATUS_OK);
    model_load(m, &batch);
    model_hidden_states(m);
    claim_blocks(&s, m, &whole);
    claim_norm(&s, m, &whole);
    claim_head(&s, m, &whole, &batch);
    batch_free(&batch);
    record_clear(&whole);
    model_destroy(&m);
}

static void part_by_part_a_network_computes_the_same(void **state) {
    (void)state;
    for (int is_tied = 0; is_tied < 2; is_tied++) {
        claim_parts(&arch_gpt, is_tied);
        claim_parts(&arch_llama, is_tied);
    }
}

static void a_table_is_read_alone(void **state) {
    (void)state;
    setup_t s = setup_for(&arch_gpt, 1);
    model_t *m = ready(&s, GRAPH_TRAIN);
    record_t whole = {0};
    const tensor_store_t store = layout_record(&whole);
    const layout_t *hf = layout_find(m, "hf");
    const flt *theta = graph_theta(model_graph(m));
    const parameter_t *p = graph_parameters(model_graph(m));
    flt table[7 * 16];
    assert_string_equal(p->name, "tok_emb");
    assert_int_equal(layout_write(m, hf, &store, theta), STATUS_OK);
    const tensor_shape_t shape = {.name = p->name, .rows = p->rows, .cols = p->cols};
    assert_int_equal(layout_read_table(hf, &store, &shape, table), STATUS_OK);
    assert_memory_equal(table, theta + p->offset, sizeof table);
    assert_true(layout_has(hf, "pos_emb") && !layout_has(hf, "no such"));
    record_clear(&whole);
    model_destroy(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(part_by_part_a_network_computes_the_same),
        cmocka_unit_test(a_table_is_read_alone),
    };
    gemm_start(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
