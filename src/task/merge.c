#include "task/merge.h"

#include <stdlib.h>

#include "base/memory.h"

int merge_add(merge_t *merge, int32_t left, int32_t right, int32_t made) {
    const int32_t pair[2] = {left, right};
    size_t rank = (size_t)merge->pairs.count;
    if ((size_t)intern_add(&merge->pairs, pair, sizeof pair) != rank) return 0;
    if (rank == merge->capacity) {
        merge->capacity = 2 * merge->capacity + 1024;
        merge->made = memory_grow(merge->made, merge->capacity, sizeof *merge->made, "merges");
    }
    merge->made[rank] = made;
    return 1;
}

void merge_clear(merge_t *merge) {
    intern_clear(&merge->pairs);
    free(merge->made);
    free(merge->scratch.id);
    free(merge->scratch.next);
    free(merge->scratch.prior);
    free(merge->scratch.heap);
    *merge = (merge_t){0};
}

static void heap_push(merge_scratch_t *scratch, uint64_t key) {
    size_t at = scratch->heap_count++;
    for (; at > 0 && scratch->heap[(at - 1) / 2] > key; at = (at - 1) / 2)
        scratch->heap[at] = scratch->heap[(at - 1) / 2];
    scratch->heap[at] = key;
}

static uint64_t heap_pop(merge_scratch_t *scratch) {
    uint64_t *heap = scratch->heap, least = heap[0], last = heap[--scratch->heap_count];
    size_t count = scratch->heap_count, at = 0;
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && heap[child + 1] < heap[child]) child++;
        if (last <= heap[child]) break;
        heap[at] = heap[child];
    }
    heap[at] = last;
    return least;
}

static status_t scratch_reserve(merge_scratch_t *scratch, size_t length) {
    if (length <= scratch->capacity) return STATUS_OK;
    size_t capacity = 2 * length + 64;
    free(scratch->id);
    free(scratch->next);
    free(scratch->prior);
    free(scratch->heap);
    *scratch = (merge_scratch_t){.id = malloc(capacity * sizeof *scratch->id),
                                 .next = malloc(capacity * sizeof *scratch->next),
                                 .prior = malloc(capacity * sizeof *scratch->prior),
                                 .heap = malloc(3 * capacity * sizeof *scratch->heap)};
    CHECK(scratch->id && scratch->next && scratch->prior && scratch->heap, STATUS_ENVIRONMENT,
          "no memory to merge a piece of %zu tokens", length);
    scratch->capacity = capacity;
    return STATUS_OK;
}

/* Rank of the merge of the token at `at` with the one after it; -1 when there is none. */
static int32_t rank_at(const merge_t *merge, int32_t at, int32_t length) {
    const merge_scratch_t *scratch = &merge->scratch;
    if (at < 0 || scratch->id[at] < 0 || scratch->next[at] >= length) return -1;
    int32_t key[2] = {scratch->id[at], scratch->id[scratch->next[at]]};
    return intern_find(&merge->pairs, key, sizeof key);
}

static void offer(merge_t *merge, int32_t at, int32_t length) {
    int32_t rank = rank_at(merge, at, length);
    if (rank >= 0) heap_push(&merge->scratch, (uint64_t)rank << 32 | (uint32_t)at);
}

static void merge_at(merge_t *merge, int32_t at, int32_t rank, int32_t length) {
    merge_scratch_t *scratch = &merge->scratch;
    int32_t right = scratch->next[at], after = scratch->next[right];
    scratch->id[at] = merge->made[rank];
    scratch->id[right] = -1;
    scratch->next[at] = after;
    if (after < length) scratch->prior[after] = at;
    offer(merge, at, length);
    offer(merge, scratch->prior[at], length);
}

status_t merge_run(merge_t *merge, int32_t *ids, int *count) {
    TRY(scratch_reserve(&merge->scratch, (size_t)*count));
    merge_scratch_t *scratch = &merge->scratch;
    int32_t length = *count;
    scratch->heap_count = 0;
    for (int32_t i = 0; i < length; i++) {
        scratch->id[i] = ids[i];
        scratch->next[i] = i + 1;
        scratch->prior[i] = i - 1;
    }
    for (int32_t i = 0; i < length; i++) offer(merge, i, length);
    while (scratch->heap_count > 0) {
        uint64_t key = heap_pop(scratch);
        int32_t at = (int32_t)(uint32_t)key, rank = (int32_t)(key >> 32);
        if (rank_at(merge, at, length) == rank) merge_at(merge, at, rank, length); /* else stale */
    }
    *count = 0;
    for (int32_t at = 0; at < length; at = scratch->next[at]) ids[(*count)++] = scratch->id[at];
    return STATUS_OK;
}
