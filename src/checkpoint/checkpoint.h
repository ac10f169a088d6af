/* checkpoint.h: a trained network as other programs keep it: what network it is, and where its
 * parameters lie. Only what is asked for is read, so a checkpoint may be larger than memory. A kind
 * of checkpoint is one file plus one row of kinds.def; a family of networks that kind safetensors
 * knows, one file plus one row of families.def. */
#ifndef CHECKPOINT_CHECKPOINT_H
#define CHECKPOINT_CHECKPOINT_H

#include "model/layout.h"
#include "tensors/safetensors.h"

typedef struct checkpoint {  /* stays where it is: its store refers to it */
    char path[4096];         /* as it was asked for                                   */
    model_options_t options; /* .own is owned                                         */
    int vocab;               /* token ids                                             */
    int positions;           /* longest sequence; 0: the network knows no limit       */
    const layout_t *layout;  /* how its tensors are called                            */
    safetensors_t *tensors;  /* owned                                                 */
    tensor_store_t store;    /* reads them                                            */
} checkpoint_t;

/* A kind of checkpoint: how it is known, and how `path`, `options` and so on are found out. */
typedef struct checkpoint_kind {
    const char *name, *doc;
    const char *layout; /* the one it has unless the caller says */
    int (*is_one)(const char *path);
    status_t (*open)(checkpoint_t *c); /* fills in everything but the layout */
} checkpoint_kind_t;

extern const checkpoint_kind_t *const checkpoint_kinds[]; /* NULL-terminated */
#define KIND(name) extern const checkpoint_kind_t kind_##name;
#include "checkpoint/kinds.def"
#undef KIND

/* Opens what lies at `path`: a file, or a folder with one. `layout`: names and order of its tensors
 * ("hf", "meta"); NULL = those of its kind. STATUS_CORRUPT with file and reason: no checkpoint we
 * know, a network we do not have, a tensor missing or of another shape, tied matrices that are not
 * equal; STATUS_SPEC: no such layout. */
status_t checkpoint_open(const char *path, const char *layout, checkpoint_t *c);
void checkpoint_close(checkpoint_t *c); /* {0} is fine */

/* The parameters of a model that has the checkpoint's options: of a whole network or of its final
 * norm or head (block = 0), or of block `block`. */
status_t checkpoint_load(const checkpoint_t *c, int block, model_t *model);

/* Reads a table of ours, [rows, width], into to; the first rows of it where theirs has more. */
status_t checkpoint_read_table(const checkpoint_t *c, const char *name, long rows, flt *to);

#endif
