/* golden_logits.c: golden_logits CHECKPOINT ID...: the logits that a checkpoint has after each of
 * these tokens, a row of text each, for whoever computes them otherwise. */
#include <stdio.h>
#include <stdlib.h>

#include "checkpoint/checkpoint.h"
#include "kernel/gemm.h"

static status_t print_logits(const checkpoint_t *c, const batch_t *batch, int length) {
    model_t *model;
    const task_shape_t shape = {.kind = TASK_TOKENS, .seq_len = length, .vocab = c->vocab};
    TRY(model_create_from(&c->options, &shape, 1, GRAPH_TRAIN, &model));
    status_t status = checkpoint_load(c, 0, model);
    if (status == STATUS_OK) {
        model_load(model, batch);
        model_hidden_states(model);
        matrix_t logits = model_logits(model);
        for (long t = 0; t < logits.rows; t++)
            for (long v = 0; v < logits.cols; v++)
                printf("%.9g%c", (double)matrix_row(logits, t).v[v],
                       v + 1 < logits.cols ? ' ' : '\n');
    }
    model_destroy(&model);
    return status;
}

int main(int count, char **words) {
    checkpoint_t c;
    int length = count - 2;
    if (length < 1) return STATUS_SPEC;
    int32_t *tokens = calloc((size_t)length, 2 * sizeof *tokens);
    const batch_t batch = {.size = 1, .tokens = tokens, .targets = tokens + length};
    for (int t = 0; t < length; t++) tokens[t] = atoi(words[t + 2]);
    gemm_start(1);
    status_t status = checkpoint_open(words[1], NULL, &c);
    if (status == STATUS_OK) status = print_logits(&c, &batch, length);
    if (status != STATUS_OK) fprintf(stderr, "%s\n", status_message());
    checkpoint_close(&c);
    free(tokens);
    return status;
}
