/* merge.h: byte-pair merging (Sennrich et al. 2016): again and again, the best known pair of
 * neighbours becomes one token, where it fits first. */
#ifndef TASK_MERGE_H
#define TASK_MERGE_H

#include "base/status.h"
#include "task/intern.h"

/* One piece while it is merged: a doubly linked list of tokens over the places they began at, and
 * a heap of the merges that may apply, rank in the upper half, left place in the lower. */
typedef struct merge_scratch {
    int32_t *id;   /* owned [capacity]: token that starts here, or -1: merged into an earlier one */
    int32_t *next; /* owned [capacity]: start of the following token                              */
    int32_t *prior; /* owned [capacity]: start of the token before, or -1 */
    uint64_t *heap; /* owned [3 * capacity] */
    size_t capacity, heap_count;
} merge_scratch_t;

typedef struct merge {
    intern_t pairs;  /* (left id, right id) as 8 bytes; the number is the rank */
    int32_t *made;   /* owned [pairs.count]: the token a pair makes            */
    size_t capacity; /* of made */
    merge_scratch_t scratch;
} merge_t; /* {0} knows no pair */

/* The next best pair. 0: it is there already. */
int merge_add(merge_t *merge, int32_t left, int32_t right, int32_t made);

/* Merges ids[0..*count) in place; O(n log n). One thread at a time. */
status_t merge_run(merge_t *merge, int32_t *ids, int *count);
void merge_clear(merge_t *merge);

#endif
