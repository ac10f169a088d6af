/* arch.h: network architectures: one file plus one row in archs.def. */
#ifndef MODEL_ARCH_H
#define MODEL_ARCH_H

#include "model/build.h"
#include "model/layout.h"

/* A set of options and the size of its struct. */
typedef struct arch_options {
    const field_set_t *set;
    size_t size;
} arch_options_t;
enum { ARCH_SETS = 4 };

typedef struct arch_row {
    const char *name, *doc;
    task_kind_t kind; /* what it reads */

    /* Options of its own, as optimizers and tasks have them: up to ARCH_SETS - 1 sets, then NULL;
     * rows may share them. Its functions find their structs by arch_own. */
    arch_options_t options[ARCH_SETS];

    /* Rows of one sample in the residual stream. */
    int (*length)(const task_shape_t *shape);
    /* Hidden width of the MLP where model.ffn leaves it open; NULL = it has none. */
    int64_t (*default_ffn)(const model_options_t *options);
    int is_watched; /* 1: its layers show numbers of their own (build_watch) */
    /* STATUS_SPEC: options it cannot be built with; those of its sub-layers do go together. NULL =
     * all will do. */
    status_t (*check)(const model_options_t *options);

    /* What block `layer` (0 ..) consists of: its sub-layers in order, NULL-terminated, at least
     * one, static. */
    const sublayer_t *const *(*block)(const model_options_t *options, int layer);

    /* Checkpoints of other programs it can be read from, NULL-terminated; NULL = none is known. */
    const layout_t *const *layouts;

    /* Embeds the input, builds the blocks (build_blocks) and a head. */
    void (*build)(build_t *b);
} arch_row_t;

extern const arch_row_t *const arch_rows[]; /* NULL-terminated */
#define ARCH(name) extern const arch_row_t arch_##name;
#include "model/archs.def"
#undef ARCH

const arch_row_t *arch_find(const char *name);
const char *const *arch_names(void);

/* model_options_t.own holds the structs of a row's sets one after the other: arch_own_size bytes.
 * arch_part: the one of that set in there, NULL = the row does not have it. arch_own: the same for
 * the model that is being built, whose row must have it. */
size_t arch_own_size(const arch_row_t *row);
void *arch_part(const arch_row_t *row, void *own, const field_set_t *set);
const void *arch_own(const model_options_t *options, const field_set_t *set);

/* For `needs` (field.h) of options that rows share: "model.arch=gpt|vit", the rows with that set,
 * into text[0..size). */
void arch_users(const field_set_t *set, char *text, size_t size);

/* The same of rows that are watched: "model.arch=moe|mamba|kan". */
void arch_watched(char *text, size_t size);

#endif
