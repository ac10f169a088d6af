#include "task/synthetic_lm.h"

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "task/epochs.h"

enum { TRAINING = 20000, HELD_OUT = 2000, TOKEN_MIN = 10, SEGMENT_MAX = 20, RUN_MAX = 15 };

typedef struct synthetic {
    const task_row_t *row;
    uint64_t seed;
    task_shape_t shape;
    epochs_t epochs;
    int32_t *sequence; /* owned [T+1] */
} synthetic_t;

static status_t synthetic_shape(const config_t *config, task_shape_t *shape) {
    struct task_options common;
    config_read(config, &task_fields, &common);
    *shape =
        (task_shape_t){.kind = TASK_TOKENS,
                       .seq_len = common.seq_len ? (int)common.seq_len : task_synthetic_lm.seq_len,
                       .vocab = common.vocab ? (int)common.vocab : task_synthetic_lm.vocab};
    CHECK(
        shape->vocab >= TOKEN_MIN + RUN_MAX, STATUS_SPEC,
        "task.vocab: synthetic_lm counts through %d consecutive ids from %d on and needs at least "
        "%d; it is %d",
        RUN_MAX, TOKEN_MIN, TOKEN_MIN + RUN_MAX, shape->vocab);
    return STATUS_OK;
}

static void synthetic_destroy(task_t *task) {
    synthetic_t *synthetic = (synthetic_t *)task;
    epochs_destroy(&synthetic->epochs);
    free(synthetic->sequence);
    free(synthetic);
}

static status_t synthetic_create(const trial_t *trial, const char *data_dir, task_t **task) {
    (void)data_dir;
    status_t status = STATUS_OK;
    task_shape_t shape;
    TRY(synthetic_shape(trial->config, &shape));
    synthetic_t *synthetic = calloc(1, sizeof *synthetic);
    CHECK(synthetic, STATUS_ENVIRONMENT, "no memory for synthetic_lm");
    *synthetic = (synthetic_t){.row = &task_synthetic_lm, .seed = trial->seed, .shape = shape};
    synthetic->sequence = malloc(((size_t)shape.seq_len + 1) * sizeof *synthetic->sequence);
    CHECK_OR_DONE(synthetic->sequence, STATUS_ENVIRONMENT, "no memory for a sequence of %d tokens",
                  shape.seq_len);
    TRY_OR_DONE(epochs_create(trial->seed, trial->replica, TRAINING, &synthetic->epochs));
    *task = (task_t *)synthetic;
done:
    if (status != STATUS_OK) synthetic_destroy((task_t *)synthetic);
    return status;
}

static int between(rng_t *rng, int least, int most) {
    return least + (int)rng_below(rng, (uint32_t)(most - least + 1));
}

/* The three kinds of segments: write tokens below `vocab`, return how many, at most SEGMENT_MAX. */
static int repetition(rng_t *rng, int vocab, int32_t *x) {
    int period = between(rng, 2, 5), length = period * between(rng, 2, 4);
    for (int i = 0; i < length; i++)
        x[i] = i < period ? between(rng, TOKEN_MIN, vocab - 1) : x[i - period];
    return length;
}

static int sequential(rng_t *rng, int vocab, int32_t *x) {
    int length = between(rng, 5, RUN_MAX), first = between(rng, TOKEN_MIN, vocab - length);
    for (int i = 0; i < length; i++) x[i] = first + i;
    return length;
}

static int independent(rng_t *rng, int vocab, int32_t *x) {
    int length = between(rng, 5, RUN_MAX);
    for (int i = 0; i < length; i++) x[i] = between(rng, TOKEN_MIN, vocab - 1);
    return length;
}

static int (*const kinds[])(rng_t *rng, int vocab, int32_t *x) = {repetition, sequential,
                                                                  independent};

/* Sequence `index` of the data set; the held-out ones follow the training ones. */
static void make_sequence(synthetic_t *synthetic, int64_t index) {
    int length = synthetic->shape.seq_len + 1;
    rng_t rng = rng_open(synthetic->seed, 0, "synthetic_lm", (uint32_t)index);
    for (int at = 0; at < length;) {
        int32_t segment[SEGMENT_MAX];
        int count = kinds[rng_below(&rng, 3)](&rng, synthetic->shape.vocab, segment);
        if (count > length - at) count = length - at;
        memcpy(synthetic->sequence + at, segment, (size_t)count * sizeof *segment);
        at += count;
    }
}

static void fill_sample(synthetic_t *synthetic, int64_t index, batch_t *batch, int b) {
    size_t length = (size_t)synthetic->shape.seq_len, size = length * sizeof(int32_t);
    make_sequence(synthetic, index);
    memcpy(batch->tokens + (size_t)b * length, synthetic->sequence, size);
    memcpy(batch->targets + (size_t)b * length, synthetic->sequence + 1, size);
}

static void synthetic_train(task_t *task, int64_t step, batch_t *batch) {
    synthetic_t *synthetic = (synthetic_t *)task;
    for (int b = 0; b < batch->size; b++)
        fill_sample(synthetic, epochs_sample(&synthetic->epochs, step * batch->size + b), batch, b);
}

static int64_t synthetic_valid_count(task_t *task) {
    (void)task;
    return HELD_OUT;
}

static void synthetic_valid(task_t *task, int64_t first, batch_t *batch) {
    for (int b = 0; b < batch->size; b++)
        fill_sample((synthetic_t *)task, TRAINING + first + b, batch, b);
}

const task_row_t task_synthetic_lm = {
    .name = "synthetic_lm",
    .doc = "next token of random chains of repetitions, runs and noise",
    .seq_len = 256,
    .vocab = 10000,
    .shape = synthetic_shape,
    .create = synthetic_create,
    .destroy = synthetic_destroy,
    .train = synthetic_train,
    .valid_count = synthetic_valid_count,
    .valid = synthetic_valid,
};
