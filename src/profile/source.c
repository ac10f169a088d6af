#include "profile/source.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"

void source_close(source_t *source) {
    if (source->close) source->close(source->context);
    *source = (source_t){0};
}

static int ascending(const void *a, const void *b) {
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

int64_t source_count_distinct(const flt *rows, int64_t count, int width) {
    int64_t distinct = 0;
    uint64_t *hashes = memory_take((size_t)count, sizeof *hashes, "hashes of rows");
    for (int64_t i = 0; i < count; i++)
        hashes[i] = text_hash(rows + i * width, (size_t)width * sizeof *rows);
    qsort(hashes, (size_t)count, sizeof *hashes, ascending);
    for (int64_t i = 0; i < count; i++) distinct += i == 0 || hashes[i] != hashes[i - 1];
    free(hashes);
    return distinct;
}
