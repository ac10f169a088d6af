#include "profile/record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "profile/convention.h"
#include "profile/quantity.h"

typedef struct writing {
    const profile_t *profiles;
    size_t count, rows;
    record_t *record;
    void *work; /* a number for each row of each profile */
} writing_t;

static void put_rows(const writing_t *w, const char *path, record_type_t type) {
    record_put(w->record, path, type, 2, (const size_t[]){w->count, w->rows}, w->work);
}

static const profile_row_t *row_of(const writing_t *w, size_t i) {
    return &w->profiles[i / w->rows].rows[i % w->rows];
}

static void put_quantities(const writing_t *w) {
    double *numbers = w->work;
    int64_t *integers = w->work;
    size_t all = w->count * w->rows;
    for (const quantity_t *q = quantities; q->key; q++) {
        for (size_t i = 0; i < all; i++) numbers[i] = quantity_of(&row_of(w, i)->result, q);
        put_rows(w, q->key, RECORD_F64);
    }
    for (size_t i = 0; i < all; i++) numbers[i] = row_of(w, i)->seconds;
    put_rows(w, "seconds", RECORD_F64);
    for (size_t i = 0; i < all; i++) integers[i] = row_of(w, i)->result.rank;
    put_rows(w, "rank", RECORD_I64);
    for (size_t i = 0; i < all; i++) integers[i] = row_of(w, i)->result.degenerate;
    put_rows(w, "degenerate", RECORD_I64);
}

/* `per` numbers a mode; the profiles may have different numbers of modes. */
static void put_modes(const writing_t *w, const char *path, size_t per, size_t modes) {
    const size_t shape[] = {w->count, w->rows, modes, per};
    size_t all = w->count * w->rows * modes * per;
    double *to = memory_take(all, sizeof *to, "modes");
    for (size_t i = 0; i < all; i++) {
        size_t part = i % per, mode = i / per % modes, row = i / per / modes;
        const profile_t *p = &w->profiles[row / w->rows];
        size_t from = row % w->rows * (size_t)p->modes + mode;
        int is_there = mode < (size_t)p->modes;
        to[i] = !is_there ? NAN : per == 2 ? p->lambda[2 * from + part] : p->residual[from];
    }
    record_put(w->record, path, RECORD_F64, per == 2 ? 4 : 3, shape, to);
    free(to);
}

static void put_facts(const writing_t *w) {
    char names[256] = "";
    const profile_t *p = w->profiles;
    double *numbers = w->work;
    int64_t *integers = w->work;
    for (size_t i = 0; i < w->count; i++)
        text_append(names, sizeof names, "%s%s", i ? "," : "", p[i].name);
    record_put_text(w->record, "conventions", names);
    record_put_i64(w->record, "layers", p->layers);
    record_put_i64(w->record, "width", p->width);
    for (size_t i = 0; i < w->count; i++) integers[i] = p[i].samples;
    record_put(w->record, "samples", RECORD_I64, 1, &w->count, integers);
    for (size_t i = 0; i < w->count; i++) integers[i] = p[i].distinct;
    record_put(w->record, "distinct", RECORD_I64, 1, &w->count, integers);
    for (size_t i = 0; i < w->count; i++) integers[i] = p[i].modes;
    record_put(w->record, "modes", RECORD_I64, 1, &w->count, integers);
    for (size_t i = 0; i < w->count; i++) numbers[i] = p[i].loss;
    record_put(w->record, "loss", RECORD_F64, 1, &w->count, numbers);
}

void profile_record(const char *source, const profile_t *profiles, size_t count, record_t *record) {
    writing_t w = {profiles, count, (size_t)profiles[0].count, record, NULL};
    size_t modes = 0;
    w.work = memory_take(count * w.rows, sizeof(double), "rows of a profile");
    record_put_text(record, "source", source);
    put_facts(&w);
    put_quantities(&w);
    for (size_t i = 0; i < count; i++)
        if ((size_t)profiles[i].modes > modes) modes = (size_t)profiles[i].modes;
    put_modes(&w, "lambda", 2, modes);
    put_modes(&w, "residual", 1, modes);
    free(w.work);
}

/* --- and back --- */

static const convention_t *convention_at(const char *names, size_t k) {
    for (; k && *names; k--) names += strcspn(names, ",") + (names[strcspn(names, ",")] == ',');
    size_t length = strcspn(names, ",");
    for (const convention_t *row = conventions; row->name; row++)
        if (strlen(row->name) == length && memcmp(row->name, names, length) == 0) return row;
    return NULL;
}

/* Number i of an item that has `count` of them. */
static status_t number_at(const record_t *record, const char *path, size_t count, size_t i,
                          double *to) {
    const record_item_t *item = record_find(record, path);
    int is_whole = item && item->type == RECORD_I64;
    CHECK(item && (is_whole || item->type == RECORD_F64) && record_item_count(item) == count,
          STATUS_CORRUPT, "%s: not %zu numbers", path, count);
    *to = is_whole ? (double)((const int64_t *)item->data)[i] : ((const double *)item->data)[i];
    return STATUS_OK;
}

static status_t read_row(const record_t *record, size_t count, size_t i, profile_row_t *row) {
    double number = 0;
    for (const quantity_t *q = quantities; q->key; q++)
        TRY(number_at(record, q->key, count, i, (double *)((char *)&row->result + q->offset)));
    TRY(number_at(record, "rank", count, i, &number));
    row->result.rank = (int)number;
    TRY(number_at(record, "degenerate", count, i, &number));
    row->result.degenerate = (int)number;
    return number_at(record, "seconds", count, i, &row->seconds);
}

static status_t read_facts(const record_t *record, size_t profiles, size_t k, profile_t *p) {
    double layers = 0, width = 0, samples = 0, distinct = 0, modes = 0;
    TRY(number_at(record, "layers", 1, 0, &layers));
    TRY(number_at(record, "width", 1, 0, &width));
    TRY(number_at(record, "samples", profiles, k, &samples));
    TRY(number_at(record, "distinct", profiles, k, &distinct));
    TRY(number_at(record, "modes", profiles, k, &modes));
    TRY(number_at(record, "loss", profiles, k, &p->loss));
    p->layers = (int)layers, p->width = (int)width, p->modes = (int)modes;
    p->samples = (int64_t)samples, p->distinct = (int64_t)distinct;
    return STATUS_OK;
}

static status_t read_one(const record_t *record, const record_item_t *shape, size_t k,
                         profile_t *p) {
    const record_item_t *names = record_find(record, "conventions");
    size_t profiles = shape->shape[0], rows = shape->shape[1];
    const convention_t *convention =
        names && names->type == RECORD_TEXT ? convention_at(names->data, k) : NULL;
    CHECK(convention, STATUS_CORRUPT, "conventions: number %zu is none we know", k);
    p->name = convention->name;
    p->rank = convention->rank;
    TRY(read_facts(record, profiles, k, p));
    CHECK(p->layers >= 1 && ((size_t)p->layers == rows || (size_t)p->layers + 1 == rows),
          STATUS_CORRUPT, "layers: %d of %zu rows", p->layers, rows);
    p->count = (int)rows;
    p->rows = memory_take(rows, sizeof *p->rows, "rows of a profile");
    for (size_t i = 0; i < rows; i++)
        TRY(read_row(record, profiles * rows, k * rows + i, &p->rows[i]));
    return STATUS_OK;
}

status_t profile_from_record(const record_t *record, profile_t *profiles, size_t most,
                             size_t *count) {
    const record_item_t *shape = record_find(record, "rho");
    *count = 0;
    CHECK(shape && shape->rank == 2 && shape->shape[0] <= most, STATUS_CORRUPT,
          "rho: no matrix of at most %zu profiles", most);
    while (*count < shape->shape[0]) {
        profile_t *p = &profiles[(*count)++];
        *p = (profile_t){0};
        TRY(read_one(record, shape, *count - 1, p));
    }
    return STATUS_OK;
}
