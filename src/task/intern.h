/* intern.h: byte strings numbered 0, 1, 2, ... in the order they are first met.
 *
 * One open-addressing table (linear probing, at most half full) over one buffer that holds the
 * strings end to end. Keys are bytes, so a pair of ids works as well as a word. Aborts when memory
 * is out. */
#ifndef TASK_INTERN_H
#define TASK_INTERN_H

#include <stddef.h>
#include <stdint.h>

typedef struct intern {
    int32_t count;  /* strings known                                       */
    char *bytes;    /* owned; string i is bytes[start[i] .. start[i+1])    */
    size_t *start;  /* owned [count + 1]                                   */
    uint32_t *hash; /* owned [count]: most mismatches end here             */
    int32_t *slots; /* owned [slot_count]: string number, or -1 when empty */
    size_t slot_count;
    size_t byte_capacity;
    int32_t capacity;
} intern_t; /* {0} is an empty one */

/* The number of a string; intern_add gives a new one to a string not met before, intern_find
 * returns -1. */
int32_t intern_add(intern_t *intern, const void *bytes, size_t length);
int32_t intern_find(const intern_t *intern, const void *bytes, size_t length);

/* The bytes of string `number`, valid until the next intern_add. */
const char *intern_bytes(const intern_t *intern, int32_t number, size_t *length);

/* Frees all; leaves {0}. */
void intern_clear(intern_t *intern);

#endif
