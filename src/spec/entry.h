/* entry.h: walks the keys of a mapping, dotted (train.lr: 1) or nested (train: {lr: 1}), and knows
 * for each the field that is meant. */
#ifndef SPEC_ENTRY_H
#define SPEC_ENTRY_H

#include "spec/catalog.h"
#include "spec/document.h"
#include "spec/value.h"

typedef struct entry {
    int field;                      /* position in the catalog */
    const char *name;               /* its key */
    const yaml_node_t *key, *value; /* the value is a word or a list, never a mapping */
} entry_t;

typedef status_t entry_taker_t(void *context, const document_t *document, const entry_t *entry);

/* What is walked and who takes it. One walk may cover several mappings; each field may come once.
 */
typedef struct entries {
    const document_t *document; /* borrowed, as all but `lines` */
    const catalog_t *catalog;
    const char *const *top; /* names that stand beside the options at the top of a file */
    int is_top;             /* 1: this is the top */
    int is_arm;             /* 1: this is an arm  */
    entry_taker_t *take;
    void *context;
    int *lines; /* owned [catalog->count]; where each field was given, 0 = not yet */
} entries_t;

status_t entries_open(entries_t *entries);
void entries_close(entries_t *entries);

/* Hands every entry of the mapping `node` to `take`. An unknown key, a field given twice, something
 * that is no mapping or an empty one: STATUS_SPEC. `name` is what messages call the mapping. */
status_t entries_walk(entries_t *entries, const char *name, const yaml_node_t *node);

/* Looks up the keys `names` (NULL-terminated) of the mapping `node`: found[i] is the value of
 * names[i] or stays as it is. Other keys go to `entries`, or are an error when that is NULL. */
status_t entry_sections(const document_t *document, const char *name, const yaml_node_t *node,
                        const char *const *names, const yaml_node_t **found, entries_t *entries);

/* A scalar node as a word; a list of scalars as words (malloc'd, the caller frees). */
word_t entry_word(const yaml_node_t *scalar);
status_t entry_words(const document_t *document, const char *key, const yaml_node_t *node,
                     word_t **words, size_t *count);

#endif
