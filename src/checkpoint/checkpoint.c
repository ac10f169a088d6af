#include "checkpoint/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "model/arch.h"

const checkpoint_kind_t *const checkpoint_kinds[] = {
#define KIND(name) &kind_##name,
#include "checkpoint/kinds.def"
#undef KIND
    NULL};

/* --- the tensors as a layout reads them --- */

static const tensor_entry_t *find(const checkpoint_t *c, const char *name) {
    return tensor_list_find(safetensors_list(c->tensors), name);
}

static int has_tensor(void *context, const char *name) { return find(context, name) != NULL; }

static status_t read_numbers(const checkpoint_t *c, const tensor_entry_t *tensor, int64_t first,
                             int64_t count, flt *to) {
#ifdef REAL64
    return safetensors_read_f64(c->tensors, tensor, first, count, to);
#else
    return safetensors_read_f32(c->tensors, tensor, first, count, to);
#endif
}

static void describe_shape(const tensor_entry_t *t, char *text, size_t size) {
    snprintf(text, size, "[");
    for (int i = 0; i < t->rank; i++)
        text_append(text, size, "%s%lld", i ? ", " : "", (long long)t->shape[i]);
    text_append(text, size, "]");
}

static status_t read_tensor(void *context, const tensor_shape_t *shape, flt *to) {
    const checkpoint_t *c = context;
    const tensor_entry_t *t = find(c, shape->name);
    char found[160];
    int is_vector = shape->rows == 1 && t->rank == 1;
    int64_t rows = is_vector ? 1 : t->shape[0], cols = t->shape[t->rank ? t->rank - 1 : 0];
    int fits = (t->rank == 2 || is_vector) && cols == shape->cols &&
               (rows == shape->rows || (shape->is_longer && rows > shape->rows));
    describe_shape(t, found, sizeof found);
    CHECK(fits, STATUS_CORRUPT, "tensor %s is %s where the network needs [%ld, %ld]", t->name,
          found, shape->rows, shape->cols);
    return read_numbers(c, t, 0, (int64_t)shape->rows * shape->cols, to);
}

/* --- tied matrices --- */

/* Whole, or the first place where they differ. */
static status_t compare(const checkpoint_t *c, const tensor_entry_t *a, const tensor_entry_t *b) {
    enum { PIECE = 1 << 16 };
    status_t status = STATUS_OK;
    flt *x = memory_take(2 * PIECE, sizeof *x, "a piece of a tensor"), *y = x + PIECE;
    CHECK_OR_DONE(a->count == b->count, STATUS_CORRUPT,
                  "%s: tensors %s and %s are tied, but differ", c->path, a->name, b->name);
    for (int64_t done = 0, more; done < a->count; done += more) {
        more = a->count - done < PIECE ? a->count - done : PIECE;
        TRY_OR_DONE(read_numbers(c, a, done, more, x));
        TRY_OR_DONE(read_numbers(c, b, done, more, y));
        CHECK_OR_DONE(memcmp(x, y, (size_t)more * sizeof *x) == 0, STATUS_CORRUPT,
                      "%s: tensors %s and %s are tied, but differ near number %lld; one of them is "
                      "not the network's",
                      c->path, a->name, b->name, (long long)done);
    }
done:
    free(x);
    return status;
}

/* Of a tied network whichever name was kept is the table's; where several were, they are equal. */
static status_t check_tied(const checkpoint_t *c) {
    const tensor_entry_t *first = NULL;
    for (const tensor_row_t *row = c->layout->rows; row->theirs; row++) {
        if (strcmp(row->ours, "tok_emb") != 0 && strcmp(row->ours, "head.weight") != 0) continue;
        for (const char *const *prefix = c->layout->prefixes; *prefix; prefix++) {
            char name[160];
            snprintf(name, sizeof name, "%s%s", *prefix, row->theirs);
            const tensor_entry_t *t = find(c, name);
            if (t && first && t != first) TRY(compare(c, first, t));
            if (!first) first = t;
        }
    }
    return STATUS_OK;
}

/* --- opening --- */

static status_t find_layout(const char *wanted, checkpoint_t *c) {
    char known[128] = "";
    const layout_t *const *row = arch_find(c->options.arch)->layouts;
    for (; *row; row++) {
        if (strcmp((*row)->name, wanted) == 0) c->layout = *row;
        text_append(known, sizeof known, "%s%s", *known ? ", " : "", (*row)->name);
    }
    CHECK(c->layout, STATUS_SPEC, "%s: no layout \"%s\" of a %s; known: %s", c->path, wanted,
          c->options.arch, known);
    return STATUS_OK;
}

static status_t open_checked(const char *layout, checkpoint_t *c) {
    const checkpoint_kind_t *const *kind = checkpoint_kinds;
    while (*kind && !(*kind)->is_one(c->path)) kind++;
    CHECK(*kind, STATUS_CORRUPT,
          "%s: is no checkpoint we know: a folder with config.json and model.safetensors, one of "
          "its files, or a .bin of llama2.c",
          c->path);
    TRY((*kind)->open(c));
    TRY(find_layout(layout ? layout : (*kind)->layout, c));
    return c->options.tied_head ? check_tied(c) : STATUS_OK;
}

status_t checkpoint_open(const char *path, const char *layout, checkpoint_t *c) {
    *c = (checkpoint_t){.store = {.has = has_tensor, .read = read_tensor, .context = c}};
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') length--;
    CHECK(length < sizeof c->path, STATUS_SPEC, "%.60s...: the path is too long", path);
    memcpy(c->path, path, length);
    status_t status = open_checked(layout, c);
    if (status != STATUS_OK) checkpoint_close(c);
    return status;
}

void checkpoint_close(checkpoint_t *c) {
    safetensors_close(&c->tensors);
    free((void *)c->options.own);
    *c = (checkpoint_t){0};
}

status_t checkpoint_load(const checkpoint_t *c, int block, model_t *model) {
    flt *theta = graph_theta(model_graph(model));
    status_t status = layout_read_block(model, c->layout, &c->store, block, theta);
    return status ? status_context(status, "%s", c->path) : STATUS_OK;
}

status_t checkpoint_read_table(const checkpoint_t *c, const char *name, long rows, flt *to) {
    const tensor_shape_t shape = {.name = name, .rows = rows, .cols = (long)c->options.width};
    status_t status = layout_read_table(c->layout, &c->store, &shape, to);
    return status ? status_context(status, "%s", c->path) : STATUS_OK;
}
