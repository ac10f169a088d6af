#include "optim/muon.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "kernel/gemm.h"
#include "kernel/vector.h"
#include "optim/adamw.h"

enum { ITERATIONS = 5 };
static const double linear = 3.4445, cubic = -4.7750, quintic = 2.0315;

/* Room for the iteration on matrices up to a size. */
typedef struct room {
    flt *x, *next;       /* [n, m], n <= m */
    flt *gram, *squared; /* [n, n]         */
} room_t;

static room_t room_create(long n, long m) {
    flt *all = memory_take((size_t)(2 * n * (m + n)), sizeof *all, "Muon");
    return (room_t){all, all + n * m, all + 2 * n * m, all + 2 * n * m + n * n};
}

/* x <- a x + (b G + c G^2) x with G = x x^T, [n, m]. */
static void iterate(room_t *room, long n, long m) {
    flt *x = room->x;
    gemm(PLAIN, TRANSPOSED, n, n, m, x, m, x, m, 0, room->gram, n);
    gemm(PLAIN, PLAIN, n, n, n, room->gram, n, room->gram, n, 0, room->squared, n);
    vector_scale(room->squared, quintic, room->squared, n * n);
    vector_add(cubic, room->gram, room->squared, n * n);
    vector_scale(x, linear, room->next, n * m);
    gemm(PLAIN, PLAIN, n, m, n, room->squared, n, x, m, 1, room->next, m);
    room->x = room->next;
    room->next = x;
}

/* theta [rows, cols] <- theta - rate orthogonal(direction). What is zero has no direction. */
static void move(flt *theta, const flt *direction, long rows, long cols, double rate) {
    long n = rows < cols ? rows : cols, m = rows + cols - n;
    double norm = vector_norm(direction, rows * cols);
    if (norm == 0) return;
    room_t room = room_create(n, m);
    flt *first = room.x < room.next ? room.x : room.next;
    if (rows <= cols)
        vector_scale(direction, 1, room.x, n * m);
    else
        transpose(rows, cols, direction, cols, room.x, rows);
    vector_scale(room.x, 1 / norm, room.x, n * m);
    for (int i = 0; i < ITERATIONS; i++) iterate(&room, n, m);
    if (rows > cols) {
        transpose(cols, rows, room.x, rows, room.next, cols);
        room.x = room.next;
    }
    vector_add(-rate * 0.2 * sqrt((double)m), room.x, theta, n * m);
    free(first);
}

/* The next piece of a packed matrix that is orthogonal by itself: rows from `row` on, `end` at
 * most. */
static long piece_end(const parameter_t *p, long row, long end) {
    long last = 0;
    for (int k = 0; k < PARAMETER_PARTS && p->facts.parts[k].units; k++) {
        last += p->facts.parts[k].units;
        if (last > row) return last < end ? last : end;
    }
    return end;
}

static void update_matrix(const update_t *u, const struct adamw_options *options) {
    const parameter_t *p = u->parameter;
    long cols = p->cols, first = u->first / cols, end = first + u->count / cols;
    flt beta = (flt)options->beta1, *b = u->moments[0];
    flt *direction = memory_take((size_t)u->count, sizeof *direction, "Muon");
#pragma GCC ivdep
    for (long i = 0; i < u->count; i++) {
        b[i] = beta * b[i] + u->gradient[i];
        direction[i] = u->gradient[i] + beta * b[i];
    }
    vector_scale(u->theta, 1 - u->lr * u->weight_decay, u->theta, u->count);
    for (long row = first, next; row < end; row = next) {
        next = piece_end(p, row, end);
        long at = (row - first) * cols;
        move(u->theta + at, direction + at, next - row, cols, u->lr);
    }
    free(direction);
}

static int is_matrix_of_block(const parameter_t *p) {
    return p && p->facts.kind == PARAMETER_MATRIX && p->facts.block != NO_BLOCK;
}

/* Three products an iteration, as if all pieces were one. */
static double flops(const parameter_t *p) {
    double rows = (double)p->rows, cols = (double)p->cols, n = fmin(rows, cols);
    return is_matrix_of_block(p) ? ITERATIONS * (4 * n * rows * cols + 2 * n * n * n) : 0;
}

static void update(const update_t *u, const void *options) {
    if (is_matrix_of_block(u->parameter))
        update_matrix(u, options);
    else
        optim_adamw.update(u, options);
}

const optim_row_t optim_muon = {
    .name = "muon",
    .doc = "momentum with orthogonal matrices in the blocks, AdamW elsewhere",
    .moments = 2,
    .options = &adamw_fields,
    .options_size = sizeof(struct adamw_options),
    .mup = {.hidden = -1, .output = -1, .query = -0.5},
    .update = update,
    .flops = flops,
    .runs_on_host = 1,
};
