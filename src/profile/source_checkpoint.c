#include <stdlib.h>

#include "base/memory.h"
#include "profile/source.h"

typedef struct forward {
    walk_t walk;
    flt *normed; /* owned: the final norm of h_L, once asked for; else NULL */
} forward_t;

/* x = h_{L-1} stays where it is; h_L is `before` of another walk, which writes elsewhere. */
static status_t apply_norm(forward_t *f) {
    walk_t last = f->walk;
    size_t rows = (size_t)last.sequences * (size_t)last.length;
    f->normed = malloc(rows * (size_t)last.checkpoint->options.width * sizeof *f->normed);
    CHECK(f->normed, STATUS_ENVIRONMENT, "out of memory for the states behind the final norm");
    last.before = f->walk.after;
    last.after = f->normed;
    return walk_final_norm(&last);
}

static status_t next(void *context, int layer, const flt **x, const flt **y) {
    forward_t *f = context;
    int layers = (int)f->walk.checkpoint->options.layers;
    if (layer < layers) {
        if (layer > f->walk.layer) walk_advance(&f->walk);
        TRY(walk_step(&f->walk));
    } else {
        TRY(apply_norm(f));
    }
    *x = f->walk.before;
    *y = layer < layers ? f->walk.after : f->normed;
    return STATUS_OK;
}

static status_t loss(void *context, double *nats) {
    walk_t last = ((forward_t *)context)->walk;
    last.before = last.after;
    return walk_loss(&last, nats);
}

static void close(void *context) {
    forward_t *f = context;
    walk_end(&f->walk);
    free(f->normed);
    free(f);
}

status_t source_of_checkpoint(const checkpoint_t *c, const input_t *input, source_t *source) {
    forward_t *f = memory_take(1, sizeof *f, "a forward pass");
    status_t status = walk_begin(c, input->tokens, input->sequences, input->length, &f->walk);
    *source = (source_t){.layers = (int)c->options.layers,
                         .has_norm = 1,
                         .width = (int)c->options.width,
                         .vocab = c->vocab,
                         .samples = (int64_t)input->sequences * input->length,
                         .distinct = input->distinct,
                         .next = next,
                         .loss = loss,
                         .close = close,
                         .context = f};
    if (status != STATUS_OK) source_close(source);
    return status;
}
