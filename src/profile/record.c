#include "profile/record.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
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
