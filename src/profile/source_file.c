#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "profile/source.h"

typedef struct dump {
    safetensors_t *tensors;
    flt *before, *after; /* owned [samples, width] */
    int64_t numbers;     /* of one state           */
    int layer;           /* of `before`; -1: none  */
} dump_t;

static const tensor_entry_t *find(const dump_t *d, int layer) {
    char name[32];
    snprintf(name, sizeof name, "h.%d", layer);
    return tensor_list_find(safetensors_list(d->tensors), name);
}

static status_t read_state(const dump_t *d, int layer, flt *to) {
#ifdef REAL64
    return safetensors_read_f64(d->tensors, find(d, layer), 0, d->numbers, to);
#else
    return safetensors_read_f32(d->tensors, find(d, layer), 0, d->numbers, to);
#endif
}

static status_t next(void *context, int layer, const flt **x, const flt **y) {
    dump_t *d = context;
    if (layer == d->layer + 1 && layer > 0) {
        flt *swap = d->before;
        d->before = d->after, d->after = swap;
    } else {
        TRY(read_state(d, layer, d->before));
    }
    d->layer = layer;
    TRY(read_state(d, layer + 1, d->after));
    *x = d->before;
    *y = d->after;
    return STATUS_OK;
}

static void close(void *context) {
    dump_t *d = context;
    safetensors_close(&d->tensors);
    free(d->before);
    free(d->after);
    free(d);
}

static int ascending(const void *a, const void *b) {
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Rows that differ, told by their hashes. */
static int64_t count_distinct(const flt *rows, int64_t count, int width) {
    int64_t distinct = 0;
    uint64_t *hashes = memory_take((size_t)count, sizeof *hashes, "hashes of rows");
    for (int64_t i = 0; i < count; i++)
        hashes[i] = text_hash(rows + i * width, (size_t)width * sizeof *rows);
    qsort(hashes, (size_t)count, sizeof *hashes, ascending);
    for (int64_t i = 0; i < count; i++) distinct += i == 0 || hashes[i] != hashes[i - 1];
    free(hashes);
    return distinct;
}

static status_t find_shape(const char *path, const dump_t *d, source_t *source) {
    const tensor_entry_t *first = find(d, 0), *more;
    CHECK(first && find(d, 1) && first->rank == 2 && first->shape[0] > 0 && first->shape[1] > 0 &&
              first->shape[0] <= INT32_MAX && first->shape[1] <= INT32_MAX,
          STATUS_CORRUPT, "%s: has no tensors h.0 and h.1 of shape [samples, width]", path);
    for (; (more = find(d, source->layers + 1)); source->layers++)
        CHECK(more->rank == 2 && more->shape[0] == first->shape[0] &&
                  more->shape[1] == first->shape[1],
              STATUS_CORRUPT, "%s: tensor %s is not of the shape of h.0, [%lld, %lld]", path,
              more->name, (long long)first->shape[0], (long long)first->shape[1]);
    source->samples = first->shape[0];
    source->width = (int)first->shape[1];
    return STATUS_OK;
}

/* Distinct rows are counted in the input of the last transition: h_0 of a network without positions
 * has as many as there are different tokens. */
static status_t open_dump(const char *path, dump_t *d, source_t *source) {
    TRY(safetensors_open(path, &d->tensors));
    TRY(find_shape(path, d, source));
    d->numbers = source->samples * source->width;
    d->before = malloc((size_t)d->numbers * sizeof *d->before);
    d->after = malloc((size_t)d->numbers * sizeof *d->after);
    CHECK(d->before && d->after, STATUS_ENVIRONMENT, "%s: out of memory for its states", path);
    TRY(read_state(d, source->layers - 1, d->before));
    source->distinct = count_distinct(d->before, source->samples, source->width);
    return STATUS_OK;
}

status_t source_of_file(const char *path, source_t *source) {
    dump_t *d = memory_take(1, sizeof *d, "states of a file");
    d->layer = -1;
    *source = (source_t){.next = next, .close = close, .context = d};
    status_t status = open_dump(path, d, source);
    if (status != STATUS_OK) source_close(source);
    return status;
}
