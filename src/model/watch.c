/* What models show of their layers, and what shares of a batch tell each other of their counts. */
#include <math.h>
#include <string.h>

#include "model/build.h"

/* --- watching --- */

static const matrix_t *look_at(const build_t *b, const watched_t *w, matrix_t *seen) {
    for (int k = 0; k < WATCH_TENSORS; k++)
        seen[k] = w->seen[k] == NO_TENSOR ? (matrix_t){0} : graph_values(b->graph, w->seen[k]);
    return seen;
}

static long size_of(const build_t *b, const watched_t *w) {
    matrix_t seen[WATCH_TENSORS];
    return w->row->size(look_at(b, w, seen));
}

/* Layers of one kind show alike. */
const char *const *model_watched(model_t *m) {
    static const char *const none[] = {NULL};
    const build_t *b = model_build(m);
    return b->watched_count ? b->watched[0].row->names : none;
}

long model_watch_size(model_t *m) {
    const build_t *b = model_build(m);
    long size = 0;
    for (int i = 0; i < b->watched_count; i++) size += size_of(b, &b->watched[i]);
    return size;
}

void model_watch(model_t *m, flt *kept) {
    const build_t *b = model_build(m);
    matrix_t seen[WATCH_TENSORS];
    for (const watched_t *w = b->watched; w < b->watched + b->watched_count; w++) {
        w->row->look(look_at(b, w, seen), kept);
        kept += size_of(b, w);
    }
}

void model_watch_add(model_t *m, flt *kept, const flt *more) {
    const build_t *b = model_build(m);
    for (const watched_t *w = b->watched; w < b->watched + b->watched_count; w++) {
        long size = size_of(b, w);
        w->row->add(kept, more, size);
        kept += size, more += size;
    }
}

void model_watch_numbers(model_t *m, const flt *kept, double *numbers) {
    const build_t *b = model_build(m);
    long layers = (long)b->options->layers, count = 0;
    double of_one[WATCH_NUMBERS];
    while (model_watched(m)[count]) count++;
    for (long i = 0; i < count * layers; i++) numbers[i] = NAN;
    for (const watched_t *w = b->watched; w < b->watched + b->watched_count; w++) {
        long size = size_of(b, w);
        w->row->number(kept, size, of_one);
        for (long k = 0; k < count && w->block < model_active(m); k++)
            numbers[k * layers + w->block] = of_one[k];
        kept += size;
    }
}

/* --- exchanging --- */

static matrix_t elsewhere_of(const build_t *b, int i) {
    return graph_values(b->graph, b->exchanged[i].elsewhere);
}

long model_exchange_size(model_t *m) {
    const build_t *b = model_build(m);
    long size = 0;
    for (int i = 0; i < b->exchanged_count; i++) size += elsewhere_of(b, i).cols;
    return size;
}

void model_exchange_out(model_t *m, flt *counts) {
    const build_t *b = model_build(m);
    for (int i = 0; i < b->exchanged_count; i++) {
        matrix_t own = graph_values(b->graph, b->exchanged[i].counts);
        for (long e = 0; e < own.rows; e++) *counts++ = (flt)integers_of(own)[e];
    }
}

void model_exchange_in(model_t *m, const flt *elsewhere) {
    const build_t *b = model_build(m);
    for (int i = 0; i < b->exchanged_count; i++) {
        matrix_t to = elsewhere_of(b, i);
        memcpy(to.at.v, elsewhere, (size_t)to.cols * sizeof(flt));
        elsewhere += to.cols;
    }
}
