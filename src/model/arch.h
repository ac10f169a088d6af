/* arch.h: network architectures: one file plus one row in archs.def. */
#ifndef MODEL_ARCH_H
#define MODEL_ARCH_H

#include "model/build.h"

typedef struct arch_row {
    const char *name, *doc;
    task_kind_t kind; /* what it reads */
    /* Rows of one sample in the residual stream. */
    int (*length)(const task_shape_t *shape);
    /* Hidden width of the MLP where model.ffn leaves it open. */
    int64_t (*default_ffn)(const model_options_t *options);
    /* NULL, or a sentence why the options do not fit this architecture. NULL function = all fit. */
    const char *(*check)(const model_options_t *options);
    /* Fills b->input, hidden, targets, logits. */
    void (*build)(build_t *b);
} arch_row_t;

extern const arch_row_t *const arch_rows[]; /* NULL-terminated */
#define ARCH(name) extern const arch_row_t arch_##name;
#include "model/archs.def"
#undef ARCH

const arch_row_t *arch_find(const char *name);
const char *const *arch_names(void);

#endif
