#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "profile/source.h"
#include "store/foreign.h"
#include "task/npy.h"
#include "tensors/npz.h"

/* A kind of file with matrices in it. */
typedef struct dump_kind {
    int (*is_one)(const char *path);
    status_t (*open)(const char *path, void **file);
    void (*close)(void *file);
    int (*shape)(const void *file, const char *name, int64_t shape[2]); /* 0: no such matrix */
    status_t (*read)(const void *file, const char *name, flt *to);
} dump_kind_t;

typedef struct dump {
    const dump_kind_t *kind;
    void *file;          /* owned                  */
    flt *before, *after; /* owned [samples, width] */
    int64_t numbers;     /* of one state           */
    int layer;           /* of `before`; -1: none  */
} dump_t;

/* --- HDF5 --- */

static status_t open_hdf5(const char *path, void **file) {
    foreign_t *f;
    status_t status = foreign_open(path, &f);
    *file = f;
    return status;
}

static void close_hdf5(void *file) {
    foreign_t *f = file;
    foreign_close(&f);
}

static int shape_hdf5(const void *file, const char *name, int64_t shape[2]) {
    return foreign_shape(file, name, shape);
}

static status_t read_hdf5(const void *file, const char *name, flt *to) {
    return foreign_read(file, name, to);
}

/* --- NumPy's archive of arrays --- */

enum { HEAD_MAX = 1024 }; /* of a .npy of plain numbers: what comes before them is 128 */

static status_t open_zip(const char *path, void **file) {
    npz_t *npz;
    status_t status = npz_open(path, &npz);
    *file = npz;
    return status;
}

static void close_zip(void *file) {
    npz_t *npz = file;
    npz_close(&npz);
}

/* Floating-point numbers, two axes; NULL: it is none of those. */
static const number_type_t *type_of(const npy_t *array) {
    static const char *const names[] = {[2] = "F16", [4] = "F32", [8] = "F64"};
    int is_known = array->width == 2 || array->width == 4 || array->width == 8;
    return array->kind == 'f' && is_known && array->rank == 2
               ? number_type_find(names[array->width])
               : NULL;
}

static int shape_zip(const void *file, const char *name, int64_t shape[2]) {
    bytes_t head = {0};
    npy_t array;
    char member[40];
    snprintf(member, sizeof member, "%s.npy", name);
    if (npz_size(file, member) < 0) return 0;
    status_t status = npz_read(file, member, HEAD_MAX, &head);
    if (status == STATUS_OK)
        status = npy_read_head(head.at, head.size, (uint64_t)npz_size(file, member), &array);
    if (status == STATUS_OK) memcpy(shape, array.shape, 2 * sizeof *shape);
    bytes_free(&head);
    return status == STATUS_OK && type_of(&array);
}

static status_t read_zip(const void *file, const char *name, flt *to) {
    bytes_t whole = {0};
    npy_t array;
    char member[40];
    snprintf(member, sizeof member, "%s.npy", name);
    TRY(npz_read(file, member, SIZE_MAX, &whole));
    status_t status = npy_read(whole.at, whole.size, &array);
    if (status == STATUS_OK) {
        const number_type_t *type = type_of(&array);
#ifdef REAL64
        type->to_f64(whole.at + array.offset, (size_t)array.count, to);
#else
        type->to_f32(whole.at + array.offset, (size_t)array.count, to);
#endif
    }
    bytes_free(&whole);
    return status == STATUS_OK ? status : status_context(status, "%s", member);
}

/* --- safetensors: any other file --- */

static int is_other(const char *path) {
    (void)path;
    return 1;
}

static status_t open_tensors(const char *path, void **file) {
    safetensors_t *t;
    status_t status = safetensors_open(path, &t);
    *file = t;
    return status;
}

static void close_tensors(void *file) {
    safetensors_t *t = file;
    safetensors_close(&t);
}

static int shape_tensors(const void *file, const char *name, int64_t shape[2]) {
    const tensor_entry_t *t = tensor_list_find(safetensors_list(file), name);
    if (!t || t->rank != 2) return 0;
    memcpy(shape, t->shape, 2 * sizeof *shape);
    return 1;
}

static status_t read_tensors(const void *file, const char *name, flt *to) {
    const tensor_entry_t *t = tensor_list_find(safetensors_list(file), name);
#ifdef REAL64
    return safetensors_read_f64(file, t, 0, t->count, to);
#else
    return safetensors_read_f32(file, t, 0, t->count, to);
#endif
}

static const dump_kind_t kinds[] = {
    {foreign_is_one, open_hdf5, close_hdf5, shape_hdf5, read_hdf5},
    {npz_is_one, open_zip, close_zip, shape_zip, read_zip},
    {is_other, open_tensors, close_tensors, shape_tensors, read_tensors},
};

/* --- both --- */

static const char *name_of(int layer, char name[32]) {
    snprintf(name, 32, "h.%d", layer);
    return name;
}

static int find_state(const dump_t *d, int layer, int64_t shape[2]) {
    char name[32];
    return d->kind->shape(d->file, name_of(layer, name), shape);
}

static status_t read_state(const dump_t *d, int layer, flt *to) {
    char name[32];
    return d->kind->read(d->file, name_of(layer, name), to);
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
    if (d->file) d->kind->close(d->file);
    free(d->before);
    free(d->after);
    free(d);
}

static status_t find_shape(const char *path, const dump_t *d, source_t *source) {
    int64_t first[2], more[2];
    int is_there = find_state(d, 0, first) && find_state(d, 1, more);
    CHECK(is_there && first[0] > 0 && first[1] > 0 && first[0] <= INT32_MAX &&
              first[1] <= INT32_MAX,
          STATUS_CORRUPT, "%s: has no matrices h.0 and h.1 of shape [samples, width]", path);
    for (; find_state(d, source->layers + 1, more); source->layers++)
        CHECK(more[0] == first[0] && more[1] == first[1], STATUS_CORRUPT,
              "%s: h.%d is [%lld, %lld], and h.0 [%lld, %lld]", path, source->layers + 1,
              (long long)more[0], (long long)more[1], (long long)first[0], (long long)first[1]);
    source->samples = first[0];
    source->width = (int)first[1];
    return STATUS_OK;
}

/* Distinct rows are counted in the input of the last transition: h_0 of a network without positions
 * has as many as there are different tokens. */
static status_t open_dump(const char *path, dump_t *d, source_t *source) {
    d->kind = kinds;
    while (!d->kind->is_one(path)) d->kind++;
    TRY(d->kind->open(path, &d->file));
    TRY(find_shape(path, d, source));
    d->numbers = source->samples * source->width;
    d->before = malloc((size_t)d->numbers * sizeof *d->before);
    d->after = malloc((size_t)d->numbers * sizeof *d->after);
    CHECK(d->before && d->after, STATUS_ENVIRONMENT, "%s: out of memory for its states", path);
    TRY(read_state(d, source->layers - 1, d->before));
    source->distinct = source_count_distinct(d->before, source->samples, source->width);
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
