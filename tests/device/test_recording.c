/* What runs as one piece is recorded once and replayed: the same bits as run plainly, with new
 * inputs, new parameters, and after the pieces have changed. */
#include "device/each_backend.h"

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "kernel/vector.h"
#include "model/model.h"

static const task_shape_t shape = {.kind = TASK_TOKENS, .seq_len = 8, .vocab = 13};
enum { BATCH = 3, ROWS = BATCH * 8, PASSES = 4 };

static model_t *create(const backend_t *place) {
    const model_options_t options = {.arch = "gpt",
                                     .norm = "pre_ln",
                                     .width = 16,
                                     .layers = 3,
                                     .heads = 2,
                                     .norm_epsilon = 1e-5,
                                     .init_std = 0.2,
                                     .embed_std = 0.2};
    model_t *model = NULL;
    if (model_create_on(place, &options, &shape, BATCH, GRAPH_CURVATURE, &model))
        fail_msg("%s", status_message());
    model_init(model, 3, 0);
    return model;
}

static void load(model_t *model, uint32_t number) {
    int32_t ids[2 * ROWS];
    rng_t rng = rng_open(9, 0, "recording", number);
    for (int i = 0; i < 2 * ROWS; i++) ids[i] = (int32_t)rng_below(&rng, 13);
    model_load(model, &(batch_t){.size = BATCH, .tokens = ids, .targets = ids + ROWS});
}

/* Gradient and H v of batch `number`, after a step along the last gradient. */
static double pass(model_t *model, uint32_t number, flt *hv) {
    graph_t *graph = model_graph(model);
    load(model, number);
    double loss = model_gradient(model).mean;
    model_product(model, graph_gradient(graph), hv);
    vector_add(-0.1, graph_gradient(graph), graph_theta(graph), graph_size(graph));
    return loss + model_loss(model).mean;
}

/* The first pass of each kind runs plainly, later ones are replays: with `anew` all are plain,
 * since what runs seems to have changed. */
static void follow(model_t *model, int anew, double loss[PASSES], flt *hv) {
    for (int p = 0; p < PASSES; p++) {
        if (p == 2) model_set_active(model, 2);
        if (anew) model_set_active(model, model_active(model));
        loss[p] = pass(model, (uint32_t)p, hv);
    }
}

static void replays_have_the_bits_of_plain_runs(void **state) {
    (void)state;
    model_t *replayed = create(backend), *plain = create(backend);
    size_t bytes = (size_t)model_size(plain) * sizeof(flt);
    flt *one = malloc(bytes), *other = malloc(bytes);
    double losses[2][PASSES];
    follow(replayed, 0, losses[0], one);
    follow(plain, 1, losses[1], other);
    assert_memory_equal(losses[0], losses[1], sizeof losses[0]);
    assert_memory_equal(one, other, bytes);
    assert_memory_equal(graph_theta(model_graph(replayed)), graph_theta(model_graph(plain)), bytes);
    free(one);
    free(other);
    model_destroy(&replayed);
    model_destroy(&plain);
}

static void replays_follow_the_host(void **state) {
    (void)state;
    model_t *there = create(backend), *here = create(&backend_host);
    flt *hv = malloc((size_t)model_size(here) * sizeof *hv);
    double losses[2][PASSES];
    follow(there, 0, losses[0], hv);
    follow(here, 0, losses[1], hv);
    for (int p = 0; p < PASSES; p++)
        if (!(losses[0][p] - losses[1][p] < 1e-5 && losses[1][p] - losses[0][p] < 1e-5))
            fail_msg("pass %d: %.9g, on the host %.9g", p, losses[0][p], losses[1][p]);
    free(hv);
    model_destroy(&there);
    model_destroy(&here);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replays_have_the_bits_of_plain_runs),
        cmocka_unit_test(replays_follow_the_host),
    };
    RUN_ON_EACH(0, tests);
}
