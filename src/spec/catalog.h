/* catalog.h: the rows of all field sets in one sorted table. */
#ifndef SPEC_CATALOG_H
#define SPEC_CATALOG_H

#include "base/status.h"
#include "spec/free.h"
#include "spec/value.h"

typedef struct catalog {
    const field_t **fields; /* owned [count]; sorted by key; the rows are borrowed */
    const char **keys;      /* owned [count+1]; their keys, NULL-terminated */
    value_t *fallbacks;     /* owned [count]; the defaults                     */
    size_t count;
    const field_set_t *const *sets; /* borrowed; where they come from */
    field_t *free;                  /* owned [free_count], keys too: rows made of "params.*" */
    size_t free_count;
    const field_set_t *free_set; /* borrowed: the set with that row; NULL = there is none */
} catalog_t;

enum { CATALOG_NONE = -1 };

/* Gathers and checks the rows: a key that stands twice, a choice without choices, a default that is
 * no value: STATUS_BUG. `names`: what a file names freely; those that no row stands for are left
 * out. */
status_t catalog_create(const field_set_t *const *sets, const free_names_t *names,
                        catalog_t *catalog);
void catalog_destroy(catalog_t *catalog); /* {0} is fine; leaves {0} */

/* Position of the field of that key, or CATALOG_NONE. */
int catalog_find(const catalog_t *catalog, const char *key);

/* Sets marks[position] to 1 for the fields that are meant. marks: [catalog->count]. */
void catalog_mark(const catalog_t *catalog, int (*is_meant)(const field_t *field),
                  unsigned char *marks);

/* The set that the field at that position is of. Borrowed. */
const field_set_t *catalog_set(const catalog_t *catalog, int position);

/* Fails with STATUS_SPEC: names the known key nearest to `key` (`reserved`: further names that are
 * allowed there, NULL-terminated) and lists its neighbours. */
status_t catalog_unknown(const catalog_t *catalog, const char *key, const char *const *reserved);

#endif
