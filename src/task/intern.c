#include "task/intern.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

const char *intern_bytes(const intern_t *intern, int32_t number, size_t *length) {
    *length = intern->start[number + 1] - intern->start[number];
    return intern->bytes + intern->start[number];
}

static int is_string(const intern_t *intern, int32_t number, const void *bytes, size_t length) {
    size_t known_length;
    const char *known = intern_bytes(intern, number, &known_length);
    return known_length == length && memcmp(known, bytes, length) == 0;
}

/* The slot that holds the string, or the empty one where it belongs. */
static size_t slot_of(const intern_t *intern, uint32_t hash, const void *bytes, size_t length) {
    size_t mask = intern->slot_count - 1, slot = hash & mask;
    for (;; slot = (slot + 1) & mask) {
        int32_t number = intern->slots[slot];
        if (number < 0) return slot;
        if (intern->hash[number] == hash && is_string(intern, number, bytes, length)) return slot;
    }
}

static void grow_slots(intern_t *intern) {
    size_t count = intern->slot_count ? 2 * intern->slot_count : 1024;
    intern->slots = memory_grow(intern->slots, count, sizeof *intern->slots, "words");
    intern->slot_count = count;
    for (size_t slot = 0; slot < count; slot++) intern->slots[slot] = -1;
    for (int32_t i = 0; i < intern->count; i++) {
        size_t slot = intern->hash[i] & (count - 1);
        while (intern->slots[slot] >= 0) slot = (slot + 1) & (count - 1);
        intern->slots[slot] = i;
    }
}

/* Room for one more string of `length` bytes. */
static void reserve(intern_t *intern, size_t length) {
    if (2 * ((size_t)intern->count + 1) > intern->slot_count) grow_slots(intern);
    if (intern->count == intern->capacity) {
        intern->capacity = intern->capacity ? 2 * intern->capacity : 512;
        size_t capacity = (size_t)intern->capacity;
        intern->start = memory_grow(intern->start, capacity + 1, sizeof *intern->start, "words");
        intern->hash = memory_grow(intern->hash, capacity, sizeof *intern->hash, "words");
        if (intern->count == 0) intern->start[0] = 0;
    }
    size_t used = intern->start[intern->count];
    if (used + length > intern->byte_capacity) {
        intern->byte_capacity = 2 * (used + length) + 4096;
        intern->bytes = memory_grow(intern->bytes, intern->byte_capacity, 1, "words");
    }
}

int32_t intern_add(intern_t *intern, const void *bytes, size_t length) {
    reserve(intern, length);
    uint32_t hash = (uint32_t)text_hash(bytes, length);
    size_t slot = slot_of(intern, hash, bytes, length);
    if (intern->slots[slot] >= 0) return intern->slots[slot];
    int32_t number = intern->count++;
    memcpy(intern->bytes + intern->start[number], bytes, length);
    intern->start[number + 1] = intern->start[number] + length;
    intern->hash[number] = hash;
    return intern->slots[slot] = number;
}

int32_t intern_find(const intern_t *intern, const void *bytes, size_t length) {
    if (intern->count == 0) return -1;
    return intern->slots[slot_of(intern, (uint32_t)text_hash(bytes, length), bytes, length)];
}

void intern_clear(intern_t *intern) {
    free(intern->bytes);
    free(intern->start);
    free(intern->hash);
    free(intern->slots);
    *intern = (intern_t){0};
}
