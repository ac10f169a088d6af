/* Products whose factors are rounded to bfloat16, on every device that has them: a gradient and an
 * H v of whole networks against the host's by the definition, and no recording that outlives a
 * change of precision. */
#include "device/each_backend.h"
#include "train/sweep_text.h"

#include <math.h>

#include "base/rng.h"
#include "kernel/attention.h"
#include "kernel/precision.h"
#include "model/model.h"

enum { SAMPLES = 3, LENGTH = 12, VOCABULARY = 13, ROWS = SAMPLES * LENGTH };

/* Loss, gradient and H v along the gradient. */
typedef struct numbers {
    double loss;
    long count;
    flt *gradient, *product; /* owned [count] */
} numbers_t;

static model_t *create(const char *options, const char *device, const char *precision) {
    char text[512];
    task_shape_t shape = {.kind = TASK_TOKENS, .seq_len = LENGTH, .vocab = VOCABULARY};
    model_t *model = NULL;
    int32_t ids[2 * ROWS];
    snprintf(text, sizeof text,
             "model.init_std: 0.2\n%s\nresources.device: %s\ntrain.precision: %s\n", options,
             device, precision);
    sweep_text_t sweep = sweep_of(text);
    if (model_create(plan_trial(sweep.plan, 0)->config, &shape, SAMPLES, GRAPH_CURVATURE, &model))
        fail_msg("%s", status_message());
    sweep_end(&sweep);
    model_init(model, 3, 0);
    rng_t rng = rng_open(9, 0, "rounding", 0);
    for (int i = 0; i < 2 * ROWS; i++) ids[i] = (int32_t)rng_below(&rng, VOCABULARY);
    model_load(model, &(batch_t){.size = SAMPLES, .tokens = ids, .targets = ids + ROWS});
    return model;
}

static numbers_t numbers_of(const char *options, const char *device, const char *precision) {
    model_t *model = create(options, device, precision);
    numbers_t n = {.count = model_size(model)};
    size_t bytes = (size_t)n.count * sizeof(flt);
    n.gradient = malloc(bytes), n.product = malloc(bytes);
    n.loss = model_gradient(model).mean;
    memcpy(n.gradient, graph_gradient(model_graph(model)), bytes);
    model_product(model, n.gradient, n.product);
    model_destroy(&model);
    return n;
}

static void numbers_free(numbers_t *n) {
    free(n->gradient);
    free(n->product);
}

static double distance(const flt *x, const flt *y, long n) {
    double square = 0;
    for (long i = 0; i < n; i++) square += pow((double)x[i] - (double)y[i], 2);
    return sqrt(square);
}

/* Sums end in another order, and now and then push a factor over a tie: less than what rounding
 * does to the float32 network. */
static void compare(const char *options, const char *precision) {
    numbers_t there = numbers_of(options, backend->name, precision);
    numbers_t here = numbers_of(options, "host", "bf16_emulated");
    numbers_t plain = numbers_of(options, "host", "f32");
    double of_gradient = distance(plain.gradient, here.gradient, here.count);
    double of_product = distance(plain.product, here.product, here.count);
    double gradient = distance(there.gradient, here.gradient, here.count);
    double product = distance(there.product, here.product, here.count);
    if (!(gradient < of_gradient / 2 && product < of_product / 2))
        fail_msg("%s, %s: gradient off by %g of %g, H v by %g of %g", options, precision, gradient,
                 of_gradient, product, of_product);
    assert_true(fabs(there.loss - here.loss) < fabs(plain.loss - here.loss) / 2 + 1e-5);
    numbers_free(&there);
    numbers_free(&here);
    numbers_free(&plain);
}

static void products_are_those_of_the_definition(void **state) {
    (void)state;
    static const char *const networks[] = {
        "model: {arch: gpt}", "model: {arch: llama, kv_heads: 1, norm: rms_norm}",
        "model: {arch: gpt, attention: recomputed, attention_softcap: 5}",
        "model: {arch: moe, experts: 3}"};
    for (const precision_t *const *row = precision_rows; *row; row++) {
        if ((*row)->factors == FACTORS_FLOAT32) continue;
        if (precision_check(*row, backend) != STATUS_OK) {
            print_message("skipped: %s on %s: %s\n", (*row)->name, backend->name, status_message());
            continue;
        }
        for (size_t i = 0; i < sizeof networks / sizeof *networks; i++)
            compare(networks[i], (*row)->name);
    }
}

/* float32, bf16 and back, three times: later ones are replays, with the bits of the first. */
static void a_change_of_precision_reaches_recordings(void **state) {
    (void)state;
    model_t *model = create("", backend->name, "bf16_emulated");
    const precision_t *const precisions[] = {precision_find("bf16_emulated"),
                                             precision_find("f32")};
    double first[2] = {0};
    for (int turn = 0; turn < 3; turn++)
        for (int p = 0; p < 2; p++) {
            model_set_precision(model, precisions[p]);
            for (int again = 0; again < 3; again++) {
                double loss = model_gradient(model).mean;
                if (turn == 0 && again == 0) first[p] = loss;
                assert_true(loss == first[p]);
            }
        }
    assert_true(first[0] != first[1]);
    model_destroy(&model);
}

/* Bytes that a network of attention and a head plans for one rounded factor. */
static size_t planned(const backend_t *place, const struct attention_options *o, long samples,
                      long vocabulary) {
    size_t scratch[2];
    const char *const names[] = {"f32", "bf16"};
    for (int p = 0; p < 2; p++) {
        graph_t *g = graph_create();
        long rows = samples * o->length, width = o->heads * o->head_size;
        graph_place(g, place);
        graph_set_precision(g, precision_find(names[p]));
        tensor_t qkv =
            graph_parameter(g, "qkv", rows, width + 2 * o->kv_heads * o->head_size, NULL);
        tensor_t y = graph_apply(g, &op_attention, &qkv, NO_TENSOR, o, sizeof *o);
        tensor_t weight = graph_parameter(g, "head", vocabulary, width, NULL);
        graph_apply(g, &op_linear, (tensor_t[]){y, weight, NO_TENSOR}, NO_TENSOR, NULL, 0);
        assert_int_equal(graph_plan(g, GRAPH_TRAIN), STATUS_OK);
        scratch[p] = graph_memory(g).scratch;
        graph_destroy(&g);
    }
    return (scratch[1] - scratch[0]) / 2;
}

static size_t steps_of_16_bytes(long elements) { return (size_t)((elements + 7) / 8 * 16); }

/* The largest of what the device rounds: logits, whose rows are padded; the weights P; keys, which
 * a batch repeats for every query head. Every matrix begins at a multiple of 16 bytes. */
static void room_is_planned_for_every_factor(void **state) {
    (void)state;
    backend_t rounding = *backend_rows()[1]; /* the emulated device */
    rounding.name = "rounding", rounding.has_gemm = 0, rounding.rounds = 1;
    static const struct attention_options options[] = {
        {.length = 3, .heads = 8, .kv_heads = 1, .head_size = 1},
        {.length = 1, .heads = 64, .kv_heads = 1, .head_size = 65},
        {.length = 130, .heads = 2, .kv_heads = 2, .head_size = 5, .causal = 1},
        {.length = 130, .heads = 4, .kv_heads = 1, .head_size = 64, .causal = 1, .recomputes = 1}};
    static const long vocabularies[] = {1, 7, 1001};
    enum { CASES = sizeof options / sizeof *options, SAMPLES_OF_CASE = 5 };
    for (int i = 0; i < CASES * 3; i++) {
        const struct attention_options *o = &options[i / 3];
        long T = o->length, heads = SAMPLES_OF_CASE * o->heads, V = vocabularies[i % 3];
        size_t room = planned(&rounding, o, SAMPLES_OF_CASE, V);
        assert_true(room >= (size_t)(SAMPLES_OF_CASE * T) * steps_of_16_bytes(V));
        assert_true(room >= (size_t)heads * steps_of_16_bytes(T * o->head_size));
        assert_true(room >= (size_t)heads * steps_of_16_bytes((o->recomputes ? 128 : T) * T));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_those_of_the_definition),
        cmocka_unit_test(a_change_of_precision_reaches_recordings),
    };
    const struct CMUnitTest plans[] = {cmocka_unit_test(room_is_planned_for_every_factor)};
    if (cmocka_run_group_tests_name("plans", plans, NULL, NULL)) return 1;
    RUN_ON_EACH(1, tests);
}
