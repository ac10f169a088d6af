/* magic.h: formats that are known by the first bytes of a file, and taken for another. */
#ifndef TASK_MAGIC_H
#define TASK_MAGIC_H

#include <stddef.h>

typedef enum {
    MAGIC_NUMBERS,   /* arrays, perhaps of token ids  */
    MAGIC_PACKED,    /* by a packer                   */
    MAGIC_TABLE,     /* a document or table with text */
    MAGIC_WIDE_TEXT, /* text of 16 or 32 bits         */
} magic_kind_t;

typedef struct magic {
    const char *bytes;
    size_t length;
    const char *what; /* "a NumPy array" */
    magic_kind_t kind;
} magic_t;

/* NULL when the bytes begin like none. */
const magic_t *magic_find(const void *bytes, size_t size);

#endif
