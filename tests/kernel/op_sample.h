/* op_sample.h: random numbers for a case, and its derivatives from the definition alone, by
 * differences in double. */
#ifndef TESTS_KERNEL_OP_SAMPLE_H
#define TESTS_KERNEL_OP_SAMPLE_H

#include <stdlib.h>

#include "base/rng.h"
#include "kernel/op_definitions.h"

/* count numbers in +-range; float32 holds them, so both builds get the same; NULL for none. */
static double *draw(rng_t *rng, long count, double range) {
    if (count == 0) return NULL;
    double *x = malloc((size_t)count * sizeof *x);
    for (long e = 0; e < count; e++) x[e] = (float)(range * (2 * rng_uniform(rng) - 1));
    return x;
}

static double range_of(const op_case_t *c) { return c->range > 0 ? c->range : 1; }

/* Routes drawn at random, every other expert avoided, sorted by expert: the numbers of an input. */
static void route_at_random(rng_t rng, const op_case_t *c, integers_t kind, double *out) {
    long active = c->routing.active, pairs = c->routing.tokens * active, at = 0;
    for (long e = 0; kind == COUNTS && e < c->routing.experts; e++) out[e] = 0;
    long *expert = calloc((size_t)pairs, sizeof *expert);
    for (long pair = 0; pair < pairs; pair++) {
        expert[pair] = rng_below(&rng, (uint32_t)c->routing.experts);
        if (expert[pair] % 2) expert[pair] = rng_below(&rng, (uint32_t)c->routing.experts);
        if (expert[pair] == c->routing.experts / 2) expert[pair] = 0;
    }
    for (long e = 0; e < c->routing.experts; e++) {
        if (kind == OFFSETS) out[e] = (double)at;
        for (long pair = 0; pair < pairs - c->routing.dropped; pair++) {
            if (expert[pair] != e) continue;
            if (kind == COUNTS) out[e]++;
            if (kind == ORDER) out[at] = (double)pair;
            if (kind == SLOTS) out[pair] = (double)at;
            at++;
        }
    }
    if (kind == OFFSETS) out[c->routing.experts] = (double)at;
    free(expert);
}

static sample_t sample_create(const op_case_t *c) {
    rng_t rng = rng_open(7, 0, c->op->name, (uint32_t)(c - op_cases));
    sample_t s = {.c = c, .index = calloc((size_t)c->indices + 1, sizeof(int32_t))};
    for (int k = 0; k < OP_INPUTS; k++) {
        long count = count_of(c->x[k]);
        s.x[k] = draw(&rng, count, range_of(c));
        s.x_direction[k] = draw(&rng, count, range_of(c));
        for (long e = 0; !op_has_gradient(c->op, k) && e < count; e++) s.x_direction[k][e] = 0;
        for (long e = 0; (c->positive >> k & 1) && e < count; e++) s.x[k][e] = fabs(s.x[k][e]);
        if (c->integers[k])
            route_at_random(rng_open(8, 0, c->op->name, 0), c, c->integers[k], s.x[k]);
        s.start[k] = draw(&rng, count, 1);
        s.start_direction[k] = draw(&rng, count, 1);
    }
    s.u = draw(&rng, count_of(c->y), 1);
    s.u_direction = draw(&rng, count_of(c->y), 1);
    for (long i = 0; i < c->indices; i++) s.index[i] = (int32_t)rng_below(&rng, (uint32_t)c->below);
    /* A term of the loss has no d loss / d y: its rows are summed with fixed weights. */
    for (long e = 0; op_is_term(c->op) && e < c->y.rows; e++) {
        s.u[e] = c->weight;
        s.u_direction[e] = 0;
    }
    return s;
}

static void sample_destroy(sample_t *s) {
    for (int k = 0; k < OP_INPUTS; k++) {
        free(s->x[k]);
        free(s->x_direction[k]);
        free(s->start[k]);
        free(s->start_direction[k]);
    }
    free(s->u);
    free(s->u_direction);
    free(s->index);
    *s = (sample_t){0};
}

static double *moved(const double *x, const double *direction, long count, double step) {
    double *y = malloc((size_t)count * sizeof *y);
    for (long e = 0; e < count; e++) y[e] = x[e] + step * direction[e];
    return y;
}

/* A view of the sample with inputs and weights a step along the direction; end with sample_back. */
static sample_t sample_along(const sample_t *s, double step) {
    sample_t there = *s;
    for (int k = 0; k < OP_INPUTS; k++)
        if (s->x[k]) there.x[k] = moved(s->x[k], s->x_direction[k], count_of(s->c->x[k]), step);
    there.u = moved(s->u, s->u_direction, count_of(s->c->y), step);
    return there;
}

static void sample_back(sample_t *there) {
    for (int k = 0; k < OP_INPUTS; k++) free(there->x[k]);
    free(there->u);
}

/* y by definition, malloc'd. */
static double *defined(const sample_t *s) {
    double *y = malloc((size_t)count_of(s->c->y) * sizeof *y);
    definition_of(s->c->op)(s, y);
    return y;
}

/* sum of u y */
static double weighed(const sample_t *s) {
    double *y = defined(s), sum = 0;
    for (long e = 0; e < count_of(s->c->y); e++) sum += s->u[e] * y[e];
    free(y);
    return sum;
}

/* Central differences of fourth order: f'(0) = sum of weight[i] f(at[i] step) / (12 step), but for
 * an error of order step^4. */
enum { POINTS = 4 };
static const double stencil_at[POINTS] = {-2, -1, 1, 2}, stencil_weight[POINTS] = {1, -8, 8, -1};

/* d(sum of u y) / d x[k]; malloc'd. */
static double *slope(sample_t *s, int k) {
    const double step = 2e-4 * range_of(s->c);
    long count = count_of(s->c->x[k]);
    double *d = calloc((size_t)count, sizeof *d);
    for (long e = 0; e < count; e++) {
        double *x = &s->x[k][e], here = *x;
        for (int i = 0; i < POINTS; i++) {
            *x = here + stencil_at[i] * step;
            d[e] += stencil_weight[i] * weighed(s) / (12 * step);
        }
        *x = here;
    }
    return d;
}

/* d y along the direction; malloc'd. */
static double *defined_tangent(const sample_t *s) {
    const double step = 2e-4;
    double *d = calloc((size_t)count_of(s->c->y), sizeof *d);
    for (int i = 0; i < POINTS; i++) {
        sample_t there = sample_along(s, stencil_at[i] * step);
        double *y = defined(&there);
        for (long e = 0; e < count_of(s->c->y); e++) d[e] += stencil_weight[i] * y[e] / (12 * step);
        free(y);
        sample_back(&there);
    }
    return d;
}

/* The derivative of slope along the direction, by differences of it; malloc'd. */
static double *slope_tangent(const sample_t *s, int k) {
    const double step = 1e-4;
    long count = count_of(s->c->x[k]);
    double *d = calloc((size_t)count, sizeof *d);
    for (int side = -1; side <= 1; side += 2) {
        sample_t there = sample_along(s, side * step);
        double *at_side = slope(&there, k);
        for (long e = 0; e < count; e++) d[e] += side * at_side[e] / (2 * step);
        free(at_side);
        sample_back(&there);
    }
    return d;
}

#endif
