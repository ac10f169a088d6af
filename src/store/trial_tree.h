/* trial_tree.h: one trial as HDF5 objects (trial_file.h shows which), in a file of its own or below
 * a group of a larger one. */
#ifndef STORE_TRIAL_TREE_H
#define STORE_TRIAL_TREE_H

#include "store/plain.h"
#include "store/schema.h"

enum { TREE_GROUPS_MAX = 32 };

typedef struct trial_tree {
    const record_t *identity, *record; /* borrowed: items "@state" ...; data                      */
    const config_t *config;            /* borrowed                                                */
    size_t extent[DIMENSION_MAX];      /* of the record's dimensions                              */
    plain_chunk_t labels;              /* of a file of its own; size 0: not to be written         */
    uint64_t labels_at;                /* where they lie; PLAIN_NOWHERE: no link                  */
    char *defaults;                    /* owned: options at their defaults                        */
    uint64_t *item;                    /* owned [record->count]: addresses, likewise all below    */
    uint64_t counter[DIMENSION_MAX];   /* of dimensions that have no coordinates                  */
    uint64_t group[TREE_GROUPS_MAX], config_at;
    uint64_t end;                        /* where the trial's own messages end */
    const char *groups[TREE_GROUPS_MAX]; /* names, as far as the '/': borrowed */
    size_t group_count;
} trial_tree_t;

/* Checks the record against the schema; STATUS_BUG when an item is not as it says. Tables are not
 * to be written, until the caller sets them. */
status_t trial_tree_open(const record_t *identity, const config_t *config, const record_t *record,
                         trial_tree_t *tree);
void trial_tree_close(trial_tree_t *tree);

/* Writes the objects below the trial's group and its heap to p->out (plain_begin), at address
 * `origin`, and the group's messages in an object header (whose address it returns) or, with
 * `as_block`, in a block that continues one. */
uint64_t trial_tree_write(trial_tree_t *tree, plain_t *p, uint64_t origin, size_t before,
                          int as_block);

#endif
