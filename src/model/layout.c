#include "model/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "kernel/flt_record.h"
#include "model/arch.h"

enum { TENSOR_NAME_MAX = 160 };

/* One reading or writing of a model. */
typedef struct transfer {
    const model_t *model;
    const layout_t *layout;
    const tensor_store_t *store;
    flt *read_to;          /* one of these two */
    const flt *write_from; /* is NULL          */
    int block;             /* of theirs that is block 0 of the model */
} transfer_t;

const layout_t *layout_find(const model_t *model, const char *name) {
    const layout_t *const *layout = arch_find(model_options(model)->arch)->layouts;
    for (; layout && *layout; layout++)
        if (strcmp((*layout)->name, name) == 0) return *layout;
    return NULL;
}

/* prefix + pattern with the block's number in place of "%d". */
static const char *fill(const char *prefix, const char *pattern, int block,
                        char text[TENSOR_NAME_MAX]) {
    const char *number = strstr(pattern, "%d");
    int length = number ? (int)(number - pattern) : (int)strlen(pattern);
    if (number)
        snprintf(text, TENSOR_NAME_MAX, "%s%.*s%d%s", prefix, length, pattern, block, number + 2);
    else
        snprintf(text, TENSOR_NAME_MAX, "%s%s", prefix, pattern);
    return text;
}

static int is_of(const tensor_row_t *row, const parameter_t *p, role_t part) {
    char ours[TENSOR_NAME_MAX];
    return row->part == part && strcmp(fill("", row->ours, p->facts.block, ours), p->name) == 0;
}

/* The row of that part and, in `theirs`, the name of its tensor; NULL: there is no such row. What
 * is to be read must be there, unless no tensor is: then the first one is missing. */
static const tensor_row_t *find(const transfer_t *t, const parameter_t *p, role_t part,
                                char theirs[TENSOR_NAME_MAX]) {
    const tensor_row_t *first = NULL;
    for (const tensor_row_t *row = t->layout->rows; row->theirs; row++) {
        if (!is_of(row, p, part)) continue;
        if (!first) first = row;
        for (const char *const *prefix = t->layout->prefixes; *prefix; prefix++) {
            fill(*prefix, row->theirs, t->block + p->facts.block, theirs);
            if (!t->read_to || t->store->has(t->store->context, theirs)) return row;
        }
    }
    if (first) fill(t->layout->prefixes[0], first->theirs, t->block + p->facts.block, theirs);
    return first;
}

/* Units first .. first + units of a parameter, in the layout's order, from or to `theirs`. */
static void permute(const transfer_t *t, const parameter_t *p, const tensor_row_t *row, long first,
                    long units, flt *theirs) {
    const model_options_t *options = t->model ? model_options(t->model) : NULL;
    long size = parameter_unit(p);
    for (long u = 0; u < units; u++) {
        long v = row->unit ? row->unit(options, u) : u, ours = p->offset + (first + u) * size;
        for (long i = 0; i < size; i++) {
            flt *at = &theirs[row->is_transposed ? i * units + v : v * size + i];
            if (t->read_to)
                t->read_to[ours + i] = *at;
            else
                *at = t->write_from[ours + i];
        }
    }
}

static status_t transfer_units(const transfer_t *t, const parameter_t *p, const tensor_row_t *row,
                               const char *name, long first, long units) {
    status_t status;
    const tensor_store_t *store = t->store;
    long size = parameter_unit(p);
    int is_vector = p->rows == 1 && size == 1;
    tensor_shape_t shape = {.name = name, .rows = units, .cols = size, .is_longer = row->is_longer};
    if (row->is_transposed || is_vector) shape.rows = size, shape.cols = units;
    flt *theirs = memory_take((size_t)(units * size), sizeof *theirs, "a tensor of a checkpoint");
    if (t->read_to) {
        TRY_OR_DONE(store->read(store->context, &shape, theirs));
        permute(t, p, row, first, units, theirs);
    } else {
        permute(t, p, row, first, units, theirs);
        TRY_OR_DONE(store->write(store->context, &shape, theirs));
    }
done:
    free(theirs);
    return status;
}

static status_t transfer_part(const transfer_t *t, const parameter_t *p, role_t part, long first,
                              long units) {
    char theirs[TENSOR_NAME_MAX];
    const tensor_row_t *row = find(t, p, part, theirs);
    CHECK(row, STATUS_SPEC, "checkpoints of layout %s have nothing for %s of this model",
          t->layout->name, p->name);
    CHECK(!t->read_to || t->store->has(t->store->context, theirs), STATUS_CORRUPT,
          "the checkpoint has no tensor %s, which is to become %s", theirs, p->name);
    return transfer_units(t, p, row, theirs, first, units);
}

/* In one piece where the layout has it so, else part by part. */
static status_t transfer_parameter(const transfer_t *t, const parameter_t *p) {
    char theirs[TENSOR_NAME_MAX];
    const parameter_part_t *part = p->facts.parts;
    long first = 0, units = p->rows * p->cols / parameter_unit(p);
    if (!part[0].units || find(t, p, ROLE_NONE, theirs))
        return transfer_part(t, p, ROLE_NONE, 0, units);
    for (int k = 0; k < PARAMETER_PARTS && part[k].units; first += part[k++].units)
        TRY(transfer_part(t, p, part[k].role, first, part[k].units));
    return STATUS_OK;
}

static status_t transfer_all(const transfer_t *t) {
    const graph_t *graph = model_graph((model_t *)t->model);
    const parameter_t *p = graph_parameters(graph), *end = p + graph_parameter_count(graph);
    for (; p < end; p++) TRY(transfer_parameter(t, p));
    return STATUS_OK;
}

status_t layout_read(const model_t *model, const layout_t *layout, const tensor_store_t *store,
                     flt *flat) {
    return transfer_all(&(const transfer_t){model, layout, store, .read_to = flat});
}

status_t layout_read_block(const model_t *model, const layout_t *layout,
                           const tensor_store_t *store, int block, flt *flat) {
    return transfer_all(&(const transfer_t){model, layout, store, .read_to = flat, .block = block});
}

status_t layout_read_table(const layout_t *layout, const tensor_store_t *store,
                           const tensor_shape_t *ours, flt *to) {
    const transfer_t t = {.layout = layout, .store = store, .read_to = to};
    const parameter_t p = {.name = ours->name,
                           .rows = ours->rows,
                           .cols = ours->cols,
                           .facts = {.kind = PARAMETER_TABLE, .block = NO_BLOCK}};
    return transfer_parameter(&t, &p);
}

int layout_has(const layout_t *layout, const char *ours) {
    const tensor_row_t *row = layout->rows;
    while (row->theirs && strcmp(row->ours, ours) != 0) row++;
    return row->theirs != NULL;
}

status_t layout_write(const model_t *model, const layout_t *layout, const tensor_store_t *store,
                      const flt *flat) {
    return transfer_all(&(const transfer_t){model, layout, store, .write_from = flat});
}

/* --- records --- */

static int record_has(void *context, const char *name) {
    return record_find(context, name) != NULL;
}

static status_t record_read(void *context, const tensor_shape_t *shape, flt *to) {
    const record_item_t *item = record_find(context, shape->name);
    size_t cols = (size_t)shape->cols, count = (size_t)shape->rows * cols;
    size_t found = record_item_count(item), width = item->rank ? item->shape[item->rank - 1] : 1;
    int fits = item->type == RECORD_FLT && width == cols &&
               (found == count || (shape->is_longer && found > count));
    CHECK(fits, STATUS_CORRUPT, "%s has %zu numbers in rows of %zu, where %ld rows of %ld belong",
          shape->name, found, width, shape->rows, shape->cols);
    memcpy(to, item->data, count * sizeof *to);
    return STATUS_OK;
}

static status_t record_write(void *context, const tensor_shape_t *shape, const flt *from) {
    const size_t both[] = {(size_t)shape->rows, (size_t)shape->cols};
    int is_vector = shape->rows == 1;
    record_put(context, shape->name, RECORD_FLT, is_vector ? 1 : 2, both + is_vector, from);
    return STATUS_OK;
}

tensor_store_t layout_record(record_t *record) {
    return (tensor_store_t){record_has, record_read, record_write, record};
}
