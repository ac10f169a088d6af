/* norm.h: where and how a block normalises: one file in norm/ plus one row in norms.def. */
#ifndef MODEL_NORM_H
#define MODEL_NORM_H

#include "model/build.h"

typedef struct norm_row {
    const char *name, *doc;
    /* One residual connection: x and the sub-layer f in, the new residual stream out. */
    tensor_t (*wrap)(build_t *b, tensor_t x, const sublayer_t *f);
    /* Normalises before the output matrix; NULL = nothing there. */
    inner_norm_t *final;
    /* Factor on the standard deviation of the value, output and MLP weights in a model of `layers`
     * blocks; NULL = 1. */
    double (*gain)(int layers);
    /* 1: a block whose sub-layers give 0 is the identity, and near 0 its sub-layers are as small as
     * their weights: what blocks that join later need. */
    int keeps_stream;
    int is_plain; /* 1: divides by nothing, so that model.norm_epsilon has no say */
} norm_row_t;

extern const norm_row_t *const norm_rows[]; /* NULL-terminated */
#define NORM(name) extern const norm_row_t norm_##name;
#include "model/norms.def"
#undef NORM

const norm_row_t *norm_find(const char *name);
const char *const *norm_names(void);

/* Writes the names of those that keep the stream, "pre_ln, rms_norm, none", into text[0..size);
 * returns it. */
const char *norm_keepers(char *text, size_t size);

/* Writes what model.norm_epsilon needs as of spec/needs.h, "model.norm=pre_ln|rms_norm", into
 * text[0..size). */
void norm_dividers(char *text, size_t size);

#endif
