/* op_there.h: runs one kernel where it belongs: in place on the host; on a device with copies of
 * all memory the call can reach, which come back afterwards. */
#ifndef TESTS_KERNEL_OP_THERE_H
#define TESTS_KERNEL_OP_THERE_H

#include <math.h>
#include <stdlib.h>

#include "kernel/backend.h"

enum { GUARD = 64 }; /* elements on either side: a multiple of every alignment */

/* A stretch of memory between guards. */
typedef struct strip {
    flt *v; /* owned, from v - GUARD on */
    long count;
} strip_t;

/* The backend under test. */
static const backend_t *backend = &backend_host;

typedef struct there {
    arena_t arena; /* of the device */
    const strip_t *strips;
    int count;
    flt **copies; /* owned [count]: of the strips, guards included */
} there_t;

static size_t strip_bytes(strip_t s) {
    return s.v ? ((size_t)s.count + 2 * GUARD) * sizeof(flt) : 0;
}

static flt *pointer_there(const there_t *t, flt *here) {
    for (int i = 0; here && i < t->count; i++) {
        strip_t s = t->strips[i];
        if (s.v && here >= s.v - GUARD && here < s.v + s.count + GUARD)
            return t->copies[i] + GUARD + (here - s.v);
    }
    return NULL;
}

static span_t span_there(const there_t *t, span_t s) {
    return (span_t){pointer_there(t, s.v), pointer_there(t, s.t)};
}

static call_t call_there(const there_t *t, const call_t *here) {
    call_t c = *here;
    for (int k = 0; k < OP_INPUTS; k++) {
        c.x[k].at = span_there(t, c.x[k].at);
        c.dx[k].at = span_there(t, c.dx[k].at);
        c.add[k] = span_there(t, c.add[k]);
    }
    for (int k = 0; k < OP_OUTPUTS; k++) c.y[k].at = span_there(t, c.y[k].at);
    c.dy.at = span_there(t, c.dy.at);
    c.scratch = span_there(t, c.scratch);
    return c;
}

static void *take(there_t *t, size_t bytes) { return arena_take(&t->arena, bytes); }

/* Shares start as NaN: they are to be cleared before anything is added to them. */
static void *poisoned_shares(there_t *t, size_t bytes) {
    double *nan = malloc(bytes + sizeof *nan);
    for (size_t i = 0; i < bytes / sizeof *nan + 1; i++) nan[i] = NAN;
    void *shares = take(t, bytes + sizeof *nan);
    backend->copy_in(shares, nan, bytes);
    free(nan);
    return shares;
}

static void run_on_device(kernel_t *kernel, const op_t *op, const call_t *here,
                          const strip_t *strips, int count, long indices) {
    there_t t = {.strips = strips, .count = count};
    size_t shares = backend_shares(backend, op, here), total = 1 << 16;
    size_t index_bytes = (size_t)indices * sizeof(int32_t);
    for (int i = 0; i < count; i++) total += arena_round(strip_bytes(strips[i]));
    if (backend->reserve(total + shares + index_bytes, &t.arena)) abort();
    t.copies = calloc((size_t)count, sizeof *t.copies);
    for (int i = 0; i < count; i++) {
        t.copies[i] = take(&t, strip_bytes(strips[i]));
        if (strips[i].v) backend->copy_in(t.copies[i], strips[i].v - GUARD, strip_bytes(strips[i]));
    }
    call_t call = call_there(&t, here);
    int32_t *index = take(&t, index_bytes);
    backend->copy_in(index, here->index, index_bytes);
    call.index = index;
    call.result = take(&t, RESULTS * sizeof(double));
    backend->copy_in(call.result, here->result, RESULTS * sizeof(double));
    chance_t *drawn = take(&t, sizeof *drawn);
    backend->copy_in(drawn, here->chance, sizeof *drawn);
    call.chance = drawn;
    call.shares = poisoned_shares(&t, shares);
    kernel(&call);
    backend->copy_out(here->result, call.result, RESULTS * sizeof(double));
    for (int i = 0; i < count; i++)
        if (strips[i].v)
            backend->copy_out(strips[i].v - GUARD, t.copies[i], strip_bytes(strips[i]));
    backend->release(&t.arena);
    free(t.copies);
}

/* `strips`: all memory that the call's matrices lie in. */
static void run_there(const op_t *op, int build, int is_backward, const call_t *call,
                      const strip_t *strips, int count, long indices) {
    kernel_t *kernel =
        is_backward ? backend_backward(backend, op, build) : backend_forward(backend, op, build);
    if (backend == &backend_host)
        kernel(call);
    else
        run_on_device(kernel, op, call, strips, count, indices);
}

#endif
