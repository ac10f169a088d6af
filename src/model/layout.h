/* layout.h: how checkpoints of other programs name the parameters of an architecture, and how they
 * lay them out: facts of the architecture's row (arch.h). Reading and writing go by them.
 *
 * Ours: weights [out, in], row-major; matrices that read one input packed, rows after rows; rotary
 * pairs (i, i + s/2) of a head of s columns. */
#ifndef MODEL_LAYOUT_H
#define MODEL_LAYOUT_H

#include "base/record.h"
#include "model/model.h"

/* One tensor of theirs. "%d" in a name is the number of the block, in both names or in none. */
typedef struct tensor_row {
    const char *theirs, *ours; /* "h.%d.attn.c_attn.weight", "block.%d.attn.qkv.weight" */
    role_t part;       /* it is that part of ours; ROLE_NONE: all of it                    */
    int is_transposed; /* theirs is [in, out]                                              */
    int is_longer;     /* theirs may have more rows: ours are the first                    */
    /* Which row (of a bias: column) of theirs is `unit` of ours, counted in the part. NULL = the
     * same. */
    long (*unit)(const model_options_t *options, long unit);
} tensor_row_t;

/* Where one of our parameters has several rows, the first whose tensor is there is read; the first
 * is written. */
typedef struct layout {
    const char *name, *doc; /* "hf"                                                           */
    const char *const *prefixes; /* of their names, NULL-terminated; the first is written */
    const tensor_row_t *rows; /* ended by theirs = NULL                                         */
} layout_t;

/* A tensor asked for or handed over: row-major [rows, cols] of a matrix, [1, n] of a vector. */
typedef struct tensor_shape {
    const char *name;
    long rows, cols;
    int is_longer; /* more rows may follow */
} tensor_shape_t;

/* Where tensors lie. `read` fails with a sentence where the tensor is of another shape. */
typedef struct tensor_store {
    int (*has)(void *context, const char *name);
    status_t (*read)(void *context, const tensor_shape_t *shape, flt *to);
    status_t (*write)(void *context, const tensor_shape_t *shape, const flt *from);
    void *context;
} tensor_store_t;

/* A record's items (record.h), of type flt. Borrowed. */
tensor_store_t layout_record(record_t *record);

/* The layout of that name that the model's architecture knows; NULL = none. */
const layout_t *layout_find(const model_t *model, const char *name);

/* Reads all parameters of the model into flat[model_size], padding left alone; writes them.
 * STATUS_SPEC: the layout has no row for a parameter (a norm or a bias that theirs does not have).
 * STATUS_CORRUPT: a tensor is missing; what the store says. */
status_t layout_read(const model_t *model, const layout_t *layout, const tensor_store_t *store,
                     flt *flat);
/* The parameters of block `block` of theirs for a model that is one block (MODEL_BLOCK). */
status_t layout_read_block(const model_t *model, const layout_t *layout,
                           const tensor_store_t *store, int block, flt *flat);

/* One parameter of ours that belongs to no block, and is a table or a matrix [rows, cols], alone;
 * and whether the layout knows it at all. */
status_t layout_read_table(const layout_t *layout, const tensor_store_t *store,
                           const tensor_shape_t *ours, flt *to);
int layout_has(const layout_t *layout, const char *ours);

status_t layout_write(const model_t *model, const layout_t *layout, const tensor_store_t *store,
                      const flt *flat);

#endif
