#include "task/associative_recall.h"

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

enum { HELD_OUT = 1024, PAIRS_MAX = 512 };

struct options {
    int64_t n_pairs;
    char filler[FIELD_NAME_MAX];
};

static const char *const *fillers(void) {
    static const char *const names[] = {"random", "zero", NULL};
    return names;
}

#define OPTIONS struct options
static const field_t fields[] = {
    INT_FIELD("task.n_pairs", n_pairs, .min = 1, .max = PAIRS_MAX, .fallback = "4",
              .doc = "key-value pairs to remember", .needs = "task.name=associative_recall"),
    CHOICE_FIELD("task.filler", filler, .fallback = "random", .choices = fillers,
                 .doc = "tokens between the pairs and the query",
                 .needs = "task.name=associative_recall"),
};
static const field_set_t field_set = FIELD_SET("associative recall", fields, .is_shared = true);

typedef struct recall {
    const task_row_t *row;
    uint64_t seed;
    uint32_t replica;
    task_shape_t shape;
    int n_pairs, is_zero_filled;
} recall_t;

static status_t recall_shape(const config_t *config, task_shape_t *shape) {
    struct task_options common;
    struct options options;
    config_read(config, &task_fields, &common);
    config_read(config, &field_set, &options);
    *shape = (task_shape_t){
        .kind = TASK_TOKENS,
        .seq_len = common.seq_len ? (int)common.seq_len : task_associative_recall.seq_len,
        .vocab = common.vocab ? (int)common.vocab : task_associative_recall.vocab,
        .loss_last = 1};
    int n = (int)options.n_pairs;
    CHECK(2 * n + 1 <= shape->seq_len, STATUS_SPEC,
          "task.n_pairs: %d pairs and a query take %d positions, but task.seq_len is %d; at most "
          "%d pairs fit",
          n, 2 * n + 1, shape->seq_len, (shape->seq_len - 1) / 2);
    CHECK(n <= shape->vocab, STATUS_SPEC,
          "task.n_pairs: %d distinct keys need a task.vocab of at least that; it is %d", n,
          shape->vocab);
    return STATUS_OK;
}

static status_t recall_create(const trial_t *trial, const char *data_dir, task_t **task) {
    (void)data_dir;
    task_shape_t shape;
    struct options options;
    TRY(recall_shape(trial->config, &shape));
    config_read(trial->config, &field_set, &options);
    recall_t *recall = calloc(1, sizeof *recall);
    CHECK(recall, STATUS_ENVIRONMENT, "no memory for associative_recall");
    *recall = (recall_t){.row = &task_associative_recall,
                         .seed = trial->seed,
                         .replica = trial->replica,
                         .shape = shape,
                         .n_pairs = (int)options.n_pairs,
                         .is_zero_filled = strcmp(options.filler, "zero") == 0};
    *task = (task_t *)recall;
    return STATUS_OK;
}

static void recall_destroy(task_t *task) { free(task); }

/* Draws a key that none of x[0], x[2], ... x[2 * (pair - 1)] is. */
static int32_t fresh_key(const int32_t *x, int pair, int vocab, rng_t *rng) {
    for (;;) {
        int32_t key = (int32_t)rng_below(rng, (uint32_t)vocab);
        int other = 0;
        while (other < pair && x[2 * other] != key) other++;
        if (other == pair) return key;
    }
}

static void make_sample(const recall_t *recall, rng_t *rng, int32_t *x, int32_t *target) {
    int vocab = recall->shape.vocab, last = recall->shape.seq_len - 1, n = recall->n_pairs;
    for (int pair = 0; pair < n; pair++) {
        x[2 * pair] = fresh_key(x, pair, vocab, rng);
        x[2 * pair + 1] = (int32_t)rng_below(rng, (uint32_t)vocab);
    }
    for (int t = 2 * n; t < last; t++)
        x[t] = recall->is_zero_filled ? 0 : (int32_t)rng_below(rng, (uint32_t)vocab);
    int asked = (int)rng_below(rng, (uint32_t)n);
    x[last] = x[2 * asked];
    *target = x[2 * asked + 1];
}

static void recall_train(task_t *task, int64_t step, batch_t *batch) {
    const recall_t *recall = (const recall_t *)task;
    rng_t rng = rng_open(recall->seed, recall->replica, "data", (uint32_t)step);
    for (int b = 0; b < batch->size; b++)
        make_sample(recall, &rng, batch->tokens + b * recall->shape.seq_len, batch->targets + b);
}

static int64_t recall_valid_count(task_t *task) {
    (void)task;
    return HELD_OUT;
}

/* The same samples for every replica, so that their scores compare. */
static void recall_valid(task_t *task, int64_t first, batch_t *batch) {
    const recall_t *recall = (const recall_t *)task;
    for (int b = 0; b < batch->size; b++) {
        rng_t rng = rng_open(recall->seed, 0, "held out", (uint32_t)(first + b));
        make_sample(recall, &rng, batch->tokens + b * recall->shape.seq_len, batch->targets + b);
    }
}

const task_row_t task_associative_recall = {
    .name = "associative_recall",
    .doc = "recall the value of a key met earlier; loss at the last position",
    .options = &field_set,
    .seq_len = 64,
    .vocab = 256,
    .shape = recall_shape,
    .create = recall_create,
    .destroy = recall_destroy,
    .train = recall_train,
    .valid_count = recall_valid_count,
    .valid = recall_valid,
};
