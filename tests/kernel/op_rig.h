/* op_rig.h: runs one operator's kernels on a sample, in memory that catches what they must not do.
 *
 * Every array stands between guards; whatever a kernel has to write is filled with a NaN before it
 * runs, scratch memory before every run, so what it forgets to write or reads too early shows in
 * its results. What a run must leave alone is compared bit by bit afterwards. */
#ifndef TESTS_KERNEL_OP_RIG_H
#define TESTS_KERNEL_OP_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "kernel/gemm.h"
#include "kernel/op_sample.h"
#include "kernel/op_there.h"

static const double TINY = 0x1p-40; /* scale of directions, see kernel.h                */

static flt poison(void) { return (flt)NAN; }

static void strip_poison(strip_t s) {
    for (long e = 0; e < s.count; e++) s.v[e] = poison();
}

static void strip_set(strip_t s, const double *values, double scale) {
    for (long e = 0; e < s.count; e++) s.v[e] = (flt)(values[e] * scale);
}

static void strip_set_integers(strip_t s, const double *values) {
    for (long e = 0; e < s.count; e++) ((int32_t *)s.v)[e] = (int32_t)values[e];
}

/* Guards are huge numbers and NaN in turn: adding to the first and reading the second shows. */
static flt guard_at(long e) { return e % 2 ? (flt)NAN : (flt)1e30; }

static strip_t strip_create(long count) {
    size_t bytes = ((size_t)count + 2 * GUARD) * sizeof(flt);
    flt *block = aligned_alloc(128, (bytes + 127) / 128 * 128);
    strip_t s = {block + GUARD, count};
    strip_poison(s);
    for (long e = 0; e < GUARD; e++) s.v[-1 - e] = s.v[count + e] = guard_at(e);
    return s;
}

static void strip_destroy(strip_t s) {
    if (s.v) free(s.v - GUARD);
}

static int strip_is_guarded(strip_t s) {
    for (long e = 0; s.v && e < GUARD; e++) {
        flt expected = guard_at(e);
        if (memcmp(&s.v[-1 - e], &expected, sizeof(flt)) ||
            memcmp(&s.v[s.count + e], &expected, sizeof(flt)))
            return 0;
    }
    return 1;
}

static uint64_t strip_hash(strip_t s) {
    return s.v ? text_hash(s.v, (size_t)s.count * sizeof(flt)) : 0;
}

typedef struct pair {
    strip_t v, t;
} pair_t;

static pair_t pair_create(long count) { return (pair_t){strip_create(count), strip_create(count)}; }
static span_t pair_span(pair_t p, int with_tangents) {
    return (span_t){p.v.v, with_tangents ? p.t.v : NULL};
}

/* Where the gradient of an activation is added to something. Parameters: always in place. */
typedef enum { ADD_NOTHING, ADD_APART, ADD_IN_PLACE } adding_t;

typedef struct rig {
    const op_t *op;
    const op_case_t *c;
    const sample_t *s;
    adding_t adding;
    unsigned wanted; /* bit k: somebody wants d loss / d x[k] */
    pair_t x[OP_INPUTS], y[OP_OUTPUTS], dx[OP_INPUTS], add[OP_INPUTS], dy, scratch;
    call_t call;
    double result[RESULTS]; /* starts at 1, 2, 3 TINY: kernels add to it */
} rig_t;

enum { PAIRS = 3 * OP_INPUTS + OP_OUTPUTS + 2 };

static void rig_pairs(const rig_t *r, pair_t out[PAIRS]) {
    int n = 0;
    for (int k = 0; k < OP_INPUTS; k++)
        out[n++] = r->x[k], out[n++] = r->dx[k], out[n++] = r->add[k];
    for (int k = 0; k < OP_OUTPUTS; k++) out[n++] = r->y[k];
    out[n++] = r->dy;
    out[n++] = r->scratch;
}

static int is_parameter(const rig_t *r, int k) { return r->c->parameters >> k & 1; }
static int is_wanted(const rig_t *r, int k) { return r->s->x[k] && (r->wanted >> k & 1); }
static int adds_apart(const rig_t *r, int k) {
    return !is_parameter(r, k) && r->adding == ADD_APART;
}
static int adds_in_place(const rig_t *r, int k) {
    return is_parameter(r, k) || r->adding == ADD_IN_PLACE;
}

/* Says which operator and case, and fails. */
static void rig_fail(const rig_t *r, const char *what) {
    print_error("%s, case %ld (x0 %ld x %ld), adding %d, wanted %u: %s\n", r->op->name,
                (long)(r->c - op_cases), r->c->x[0].rows, r->c->x[0].cols, (int)r->adding,
                r->wanted, what);
    fail();
}

static matrix_t rig_matrix(pair_t p, extent_t e, int with_tangents) {
    return (matrix_t){pair_span(p, with_tangents), e.rows, e.cols};
}

/* Without tangents their pointers are NULL, as the graph has them when it only trains: a value
 * kernel that touches them ends here. */
static void rig_bind(rig_t *r, int with_tangents) {
    call_t *c = &r->call;
    for (int k = 0; k < OP_INPUTS; k++) {
        c->x[k] = rig_matrix(r->x[k], r->c->x[k], with_tangents);
        c->dx[k] = (matrix_t){.rows = r->c->x[k].rows, .cols = r->c->x[k].cols};
        c->add[k] = (span_t){0};
        if (!is_wanted(r, k)) continue;
        c->dx[k].at = pair_span(r->dx[k], with_tangents);
        if (adds_in_place(r, k)) c->add[k] = c->dx[k].at;
        if (adds_apart(r, k)) c->add[k] = pair_span(r->add[k], with_tangents);
    }
    for (int k = 0; k < r->op->outputs; k++) c->y[k].at = pair_span(r->y[k], with_tangents);
    c->dy = rig_matrix(r->dy, r->c->y, with_tangents);
    c->scratch = pair_span(r->scratch, 1);
}

static void rig_create(rig_t *r, const sample_t *s, adding_t adding, unsigned wanted) {
    const op_case_t *c = s->c;
    *r = (rig_t){.op = c->op, .c = c, .s = s, .adding = adding, .wanted = wanted};
    call_t shapes = {.options = options_from(c->options, c->op->options),
                     .index = s->index,
                     .result = r->result,
                     .chance = &chance,
                     .purpose = text_hash(chance_purpose, strlen(chance_purpose))};
    for (int k = 0; k < OP_INPUTS; k++)
        shapes.x[k] = (matrix_t){.rows = c->x[k].rows, .cols = c->x[k].cols};
    if (c->indices) shapes.y[0].rows = c->indices;
    const char *complaint = c->op->shape(&shapes);
    if (complaint) rig_fail(r, complaint);
    for (int k = 0; k < OP_INPUTS; k++)
        if ((c->op->takes_integers >> k & 1) != (c->integers[k] != NO_INTEGERS))
            rig_fail(r, "other inputs are integers");
    if (c->op->parameters != c->parameters) rig_fail(r, "other inputs are parameters");
    if (shapes.y[0].rows != c->y.rows || shapes.y[0].cols != c->y.cols)
        rig_fail(r, "the result has another shape than by definition");
    for (int k = 0; k < OP_INPUTS; k++) {
        if (!s->x[k]) continue;
        r->x[k] = pair_create(count_of(c->x[k]));
        r->dx[k] = pair_create(count_of(c->x[k]));
        r->add[k] = pair_create(count_of(c->x[k]));
    }
    for (int k = 0; k < c->op->outputs; k++)
        r->y[k] = pair_create(shapes.y[k].rows * shapes.y[k].cols);
    r->dy = pair_create(count_of(c->y));
    r->scratch = pair_create(backend_scratch(backend, c->op, &shapes));
    r->call = shapes;
}

static void rig_destroy(rig_t *r) {
    pair_t pairs[PAIRS];
    rig_pairs(r, pairs);
    for (int i = 0; i < PAIRS; i++) strip_destroy(pairs[i].v), strip_destroy(pairs[i].t);
}

static void rig_check_guards(const rig_t *r) {
    pair_t pairs[PAIRS];
    rig_pairs(r, pairs);
    for (int i = 0; i < PAIRS; i++)
        if (!strip_is_guarded(pairs[i].v) || !strip_is_guarded(pairs[i].t))
            rig_fail(r, "a kernel writes outside its arrays");
}

/* The bits that no kernel of the run about to start may change: inputs, d loss / d y, values kept
 * for the backward pass, and in tangent runs every value but scratch memory. */
static uint64_t rig_hash(const rig_t *r, int build, int is_backward) {
    uint64_t hash = strip_hash(r->dy.v) + strip_hash(r->dy.t);
    for (int k = 0; k < OP_INPUTS; k++) {
        int is_overwritten = r->op->ends && k == 0;
        if (!is_overwritten || build == TANGENTS) hash = 3 * hash + strip_hash(r->x[k].v);
        if (!is_overwritten) hash = 3 * hash + strip_hash(r->x[k].t);
        hash = 3 * hash + strip_hash(r->add[k].v) + 5 * strip_hash(r->add[k].t);
        if (build == TANGENTS || !is_backward) hash = 3 * hash + strip_hash(r->dx[k].v);
        if (build == VALUES || !is_backward) hash = 3 * hash + strip_hash(r->dx[k].t);
    }
    for (int k = 0; k < OP_OUTPUTS; k++) {
        if (build == TANGENTS || is_backward) hash = 3 * hash + strip_hash(r->y[k].v);
        if (build == VALUES || is_backward) hash = 3 * hash + strip_hash(r->y[k].t);
    }
    for (long i = 0; i < r->c->indices; i++) hash = 3 * hash + (uint64_t)r->s->index[i];
    return hash;
}

static void rig_run(rig_t *r, int build, int is_backward) {
    strip_t strips[2 * PAIRS];
    pair_t pairs[PAIRS];
    rig_pairs(r, pairs);
    for (int i = 0; i < PAIRS; i++) strips[2 * i] = pairs[i].v, strips[2 * i + 1] = pairs[i].t;
    strip_poison(r->scratch.v);
    strip_poison(r->scratch.t);
    uint64_t before = rig_hash(r, build, is_backward);
    run_there(r->op, build, is_backward, &r->call, strips, 2 * PAIRS, r->c->indices);
    rig_check_guards(r);
    if (rig_hash(r, build, is_backward) != before)
        rig_fail(r, "a kernel changes what it may only read");
}

/* Fills the arrays of one build: inputs and what is added to with numbers, the rest with NaN. */
static void rig_fill(rig_t *r, int build, double scale) {
    const sample_t *s = r->s;
    int is_value = build == VALUES;
    for (int k = 0; k < OP_INPUTS; k++) {
        if (!s->x[k]) continue;
        const double *start = is_value ? s->start[k] : s->start_direction[k];
        strip_t x = is_value ? r->x[k].v : r->x[k].t;
        if (is_value && r->c->integers[k])
            strip_set_integers(x, s->x[k]);
        else if (is_value || op_has_gradient(r->op, k))
            strip_set(x, is_value ? s->x[k] : s->x_direction[k], scale);
        else
            strip_poison(x);
        strip_set(is_value ? r->add[k].v : r->add[k].t, start, scale);
        strip_t dx = is_value ? r->dx[k].v : r->dx[k].t;
        if (adds_in_place(r, k) && is_wanted(r, k))
            strip_set(dx, start, scale);
        else
            strip_poison(dx);
    }
    for (int k = 0; k < r->op->outputs; k++) strip_poison(is_value ? r->y[k].v : r->y[k].t);
    strip_set(is_value ? r->dy.v : r->dy.t, is_value ? s->u : s->u_direction, scale);
}

/* Forward and backward, for values. */
static void rig_values(rig_t *r) {
    r->result[0] = 1, r->result[1] = 2, r->result[2] = 3 * TINY;
    rig_bind(r, 0);
    rig_fill(r, VALUES, 1);
    rig_run(r, VALUES, 0);
    rig_run(r, VALUES, 1);
}

/* Then for tangents, along the sample's direction times TINY. */
static void rig_tangents(rig_t *r) {
    rig_bind(r, 1);
    rig_fill(r, TANGENTS, TINY);
    rig_run(r, TANGENTS, 0);
    rig_run(r, TANGENTS, 1);
}

/* |ours / scale - theirs| <= tolerance max(largest |theirs|, 0.1) for all elements. */
static void rig_compare(const rig_t *r, const char *what, const flt *ours, double scale,
                        const double *theirs, long count, double tolerance) {
    double largest = 0.1;
    for (long e = 0; e < count; e++) largest = fmax(largest, fabs(theirs[e]));
    for (long e = 0; e < count; e++) {
        double x = (double)ours[e] / scale;
        if (fabs(x - theirs[e]) <= tolerance * largest) continue;
        print_error("%s[%ld] = %.17g, by definition %.17g, largest %g\n", what, e, x, theirs[e],
                    largest);
        rig_fail(r, "differs from the definition");
    }
}

#endif
