#include "checkpoint/walk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Positions of one pass: enough for matrix products at full speed, few beside the states. */
enum { CHUNK_ROWS = 1024 };

static size_t row_count(const walk_t *w) { return (size_t)w->sequences * (size_t)w->length; }

static size_t width(const walk_t *w) { return (size_t)w->checkpoint->options.width; }

static status_t check(const walk_t *w) {
    const checkpoint_t *c = w->checkpoint;
    CHECK(c->positions == 0 || w->length <= c->positions, STATUS_SPEC,
          "%s: sequences of %d tokens are longer than the %d positions it has", c->path, w->length,
          c->positions);
    for (size_t i = 0; i < row_count(w); i++)
        CHECK(w->tokens[i] >= 0 && w->tokens[i] < c->vocab, STATUS_SPEC,
              "%s: token %d (number %zu) is none of its %d; the tokens are of another vocabulary",
              c->path, w->tokens[i], i, c->vocab);
    return STATUS_OK;
}

/* h_0 = the table's row of the token, plus that of the position where there are learned ones. */
static status_t embed_tokens(walk_t *w) {
    const checkpoint_t *c = w->checkpoint;
    size_t d = width(w);
    flt *table = malloc((size_t)c->vocab * d * sizeof *table);
    CHECK(table, STATUS_ENVIRONMENT, "%s: out of memory for its table of tokens", c->path);
    status_t status = checkpoint_read_table(c, "tok_emb", c->vocab, table);
    for (size_t i = 0; status == STATUS_OK && i < row_count(w); i++)
        memcpy(w->before + i * d, table + (size_t)w->tokens[i] * d, d * sizeof *table);
    free(table);
    return status;
}

static status_t add_positions(walk_t *w) {
    const checkpoint_t *c = w->checkpoint;
    size_t d = width(w), period = (size_t)w->length * d;
    if (!layout_has(c->layout, "pos_emb")) return STATUS_OK;
    flt *table = memory_take(period, sizeof *table, "positions");
    status_t status = checkpoint_read_table(c, "pos_emb", w->length, table);
    for (size_t i = 0; status == STATUS_OK && i < row_count(w) * d; i++)
        w->before[i] += table[i % period];
    free(table);
    return status;
}

status_t walk_begin(const checkpoint_t *c, const int32_t *tokens, int sequences, int length,
                    walk_t *w) {
    status_t status;
    *w = (walk_t){.checkpoint = c, .tokens = tokens, .sequences = sequences, .length = length};
    w->chunk = CHUNK_ROWS / length < 1 ? 1 : CHUNK_ROWS / length;
    if (w->chunk > sequences) w->chunk = sequences;
    TRY_OR_DONE(check(w));
    w->before = malloc(row_count(w) * width(w) * sizeof *w->before);
    w->after = malloc(row_count(w) * width(w) * sizeof *w->after);
    CHECK_OR_DONE(w->before && w->after, STATUS_ENVIRONMENT,
                  "out of memory for the states of %zu tokens, %zu wide", row_count(w), width(w));
    TRY_OR_DONE(embed_tokens(w));
    TRY_OR_DONE(add_positions(w));
done:
    if (status != STATUS_OK) walk_end(w);
    return status;
}

void walk_end(walk_t *w) {
    free(w->before);
    free(w->after);
    *w = (walk_t){0};
}

/* A part of the network with its parameters. It lives for one layer only: what comes
 * between two layers, their spectra, has the memory. */
static status_t open_part(const walk_t *w, model_part_t part, const task_shape_t *shape, int batch,
                          model_t **model) {
    const checkpoint_t *c = w->checkpoint;
    TRY(model_create_part(part, &c->options, shape, batch, model));
    status_t status = checkpoint_load(c, part == MODEL_BLOCK ? w->layer : 0, *model);
    if (status != STATUS_OK) model_destroy(model);
    return status;
}

/* The last chunk may be smaller: the rest of the pass is what was there, and is not looked at. */
static int chunk_size(const walk_t *w, int first) {
    return w->sequences - first < w->chunk ? w->sequences - first : w->chunk;
}

static status_t apply(walk_t *w, model_part_t part) {
    model_t *model;
    size_t each = (size_t)w->length * width(w);
    const task_shape_t shape = {
        .kind = TASK_TOKENS, .seq_len = w->length, .vocab = w->checkpoint->vocab};
    TRY(open_part(w, part, &shape, w->chunk, &model));
    for (int first = 0; first < w->sequences; first += w->chunk) {
        size_t from = (size_t)first * each, count = (size_t)chunk_size(w, first) * each;
        memcpy(model_hidden(model, 0).at.v, w->before + from, count * sizeof *w->before);
        model_hidden_states(model);
        memcpy(w->after + from, model_hidden(model, 1).at.v, count * sizeof *w->after);
    }
    model_destroy(&model);
    return STATUS_OK;
}

status_t walk_step(walk_t *w) { return apply(w, MODEL_BLOCK); }

status_t walk_final_norm(walk_t *w) { return apply(w, MODEL_FINAL_NORM); }

void walk_advance(walk_t *w) {
    flt *swap = w->before;
    w->before = w->after, w->after = swap;
    w->layer++;
}

/* Sequence `s` without its last position, which has no next token. */
static void load_head(const walk_t *w, int s, model_t *head, batch_t *batch) {
    size_t kept = (size_t)w->length - 1, first = (size_t)s * (size_t)w->length;
    memcpy(model_hidden(head, 0).at.v, w->before + first * width(w),
           kept * width(w) * sizeof *w->before);
    memcpy(batch->targets, w->tokens + first + 1, kept * sizeof(int32_t));
    model_load(head, batch);
}

/* One sequence at a time: logits are as wide as the vocabulary. */
status_t walk_loss(const walk_t *w, double *loss) {
    model_t *head;
    batch_t batch = {0};
    const task_shape_t shape = {
        .kind = TASK_TOKENS, .seq_len = w->length - 1, .vocab = w->checkpoint->vocab};
    *loss = NAN;
    if (w->length < 2) return STATUS_OK;
    TRY(open_part(w, MODEL_HEAD, &shape, 1, &head));
    status_t status = batch_create(&shape, 1, &batch);
    if (status == STATUS_OK) *loss = 0;
    for (int s = 0; status == STATUS_OK && s < w->sequences; s++) {
        load_head(w, s, head, &batch);
        *loss += model_loss(head).mean / w->sequences;
    }
    batch_destroy(&batch);
    model_destroy(&head);
    return status;
}
