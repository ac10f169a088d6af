/* Chooses k of E experts for every token, and sorts the (token, place) pairs by expert (mixture of
 * experts: Shazeer et al. 2017; Switch, Fedus et al. 2021; Mixtral, Jiang et al. 2024).
 *
 * x0 = probabilities p [n,E]; x1 = the router's logits [n,E], which decide: the k largest, in
 * falling order, of equal ones the lower expert first. Outputs: route.h. Gates: p of the expert,
 * divided by the sum over the token's experts where `renormalises`.
 *
 * The choice is piecewise constant, so its derivative is 0: only values choose and sort; tangents
 * follow the gates along the routes that are there. A second choice on the real parts of complex
 * numbers would decide ties by their rounding. The sort is stable, so that nothing depends on who
 * works which rows. */
#include "kernel/route.h"

#include "kernel/kernel.h"

INLINE long experts_of(const call_t *c) { return c->x[0].cols; }
INLINE long pairs_of(const call_t *c) { return c->y[ROUTE_ORDER].rows; }

#ifndef TANGENT

/* Where an expert stands in falling order: behind (logit, number)? */
INLINE int is_behind(flt x, int expert, flt logit, int number) {
    return x < logit || (x == logit && expert > number);
}

/* Of those behind (logit, number) the first; E when there is none, as among NaN. */
INLINE int next_expert(const flt *logits, int experts, flt logit, int number) {
    flt best = (flt)-INFINITY;
    int mine = experts;
    LANES(e, experts) {
        int is_better = mine == experts || logits[e] > best;
        if (!is_behind(logits[e], (int)e, logit, number) || !is_better) continue;
        best = logits[e];
        mine = (int)e;
    }
    flt top = team_max(best);
    return -team_max(-(best == top ? mine : experts));
}

ROWS(choose, c, i, c->x[0].rows) {
    const flt *logits = row(c->x[1], i).v;
    long k = OPTIONS_OF(c, route_options)->active;
    int32_t *chosen = integers_of(c->y[ROUTE_CHOSEN]) + i * k;
    flt logit = (flt)INFINITY;
    int number = -1;
    for (long place = 0; place < k; place++) {
        number = next_expert(logits, (int)experts_of(c), logit, number);
        int is_there = number < experts_of(c);
        if (is_there) logit = logits[number];
        if (team_leads()) chosen[place] = is_there ? number : 0;
    }
}

/* --- sorting --- */

/* In scratch memory: how many pairs each expert has, and each lane has found for each. */
INLINE int32_t *counts_of(const call_t *c) { return (int32_t *)c->scratch.v; }
INLINE int32_t *found_of(const call_t *c, long expert) {
    return counts_of(c) + experts_of(c) + expert * LANES_MAX;
}

ROWS(count, c, e, experts_of(c)) {
    const int32_t *chosen = integers_of(c->y[ROUTE_CHOSEN]);
    int sum = 0;
    LANES(pair, pairs_of(c)) sum += chosen[pair] == e;
    sum = team_sum(sum);
    if (team_leads()) counts_of(c)[e] = sum;
}

/* An expert's pairs, in their order: each lane puts those of a stretch behind those of the lanes
 * before it. */
ROWS(sort, c, e, experts_of(c)) {
    const int32_t *chosen = integers_of(c->y[ROUTE_CHOSEN]), *counts = counts_of(c);
    int32_t *offsets = integers_of(c->y[ROUTE_OFFSETS]), *found = found_of(c, e), start = 0;
    long stretch = (pairs_of(c) + team_lanes() - 1) / team_lanes(), first = team_lane() * stretch;
    long end = first + stretch < pairs_of(c) ? first + stretch : pairs_of(c);
    for (long before = 0; before < e; before++) start += counts[before];
    if (team_leads()) offsets[e] = start;
    if (team_leads() && e + 1 == experts_of(c)) offsets[e + 1] = (int32_t)pairs_of(c);
    int mine = 0;
    for (long pair = first; pair < end; pair++) mine += chosen[pair] == e;
    found[team_lane()] = mine;
    (void)team_sum(mine); /* all have stored theirs */
    for (long lane = 0; lane < team_lane(); lane++) start += found[lane];
    for (long pair = first; pair < end; pair++) {
        if (chosen[pair] != e) continue;
        integers_of(c->y[ROUTE_SLOTS])[pair] = start;
        integers_of(c->y[ROUTE_ORDER])[start++] = (int32_t)pair;
    }
}

#endif

/* --- gates --- */

/* What a token's gates are divided by. */
INLINE real divisor(const call_t *c, span_t p, const int32_t *chosen) {
    const struct route_options *o = OPTIONS_OF(c, route_options);
    real sum = 0;
    if (!o->renormalises) return 1;
    for (long place = 0; place < o->active; place++) sum += load(p, chosen[place]);
    return sum;
}

/* g = p / s over the token's experts, s their sum or 1 */
ROWS(weigh, c, i, c->x[0].rows) {
    long k = c->y[0].cols;
    const int32_t *chosen = integers_of(c->y[ROUTE_CHOSEN]) + i * k;
    span_t p = row(c->x[0], i), gates = row(c->y[0], i);
    real sum = divisor(c, p, chosen);
    LANES(place, k) store(gates, place, load(p, chosen[place]) / sum);
}

static void forward(const call_t *c) {
    IN_VALUES(choose(c); count(c); sort(c);)
    weigh(c);
}

/* dp = add + (dg - sum of g dg, where they are renormalised) / s for the experts chosen; add alone
 * for the others. */
ROWS(backward, c, i, c->x[0].rows) {
    long k = c->y[0].cols, experts = experts_of(c);
    const int32_t *chosen = integers_of(c->y[ROUTE_CHOSEN]) + i * k;
    span_t p = row(c->x[0], i), dg = row(c->dy, i), dp = row(c->dx[0], i);
    span_t add = span_at_if(c->add[0], i * experts);
    real sum = divisor(c, p, chosen), mean = 0;
    for (long place = 0; OPTIONS_OF(c, route_options)->renormalises && place < k; place++)
        mean += load(p, chosen[place]) / sum * load(dg, place);
    LANES(e, experts) {
        real share = 0;
        for (long place = 0; place < k; place++)
            if (chosen[place] == e) share += (load(dg, place) - mean) / sum;
        store(dp, e, load_add(add, e) + share);
    }
}

DESCRIPTION const char *shape(call_t *c) {
    long n = c->x[0].rows, experts = c->x[0].cols, k = OPTIONS_OF(c, route_options)->active;
    if (c->x[1].rows != n || c->x[1].cols != experts) return "route: logits and p differ in shape";
    if (k < 1 || k > experts) return "route: a token needs 1 to E experts";
    c->y[ROUTE_GATES].rows = c->y[ROUTE_CHOSEN].rows = c->y[ROUTE_SLOTS].rows = n;
    c->y[ROUTE_GATES].cols = c->y[ROUTE_CHOSEN].cols = c->y[ROUTE_SLOTS].cols = k;
    c->y[ROUTE_ORDER].rows = n * k;
    c->y[ROUTE_OFFSETS].rows = experts + 1;
    c->y[ROUTE_ORDER].cols = c->y[ROUTE_OFFSETS].cols = 1;
    return NULL;
}

DESCRIPTION long scratch(const call_t *c) { return 2 * c->x[0].cols; }
DESCRIPTION long device_scratch(const call_t *c) { return c->x[0].cols * (1 + DEVICE_LANES_MAX); }

OPERATOR(route, forward, backward, .options = OPTIONS_SIZE(route_options),
         .doc = "the experts of every token, and the tokens of every expert", .inputs = 2,
         .outputs = ROUTE_OUTPUTS, .shape = shape, .scratch = scratch,
         .device_scratch = device_scratch, .constants = 2,
         .makes_integers = 1u << ROUTE_CHOSEN | 1u << ROUTE_ORDER | 1u << ROUTE_SLOTS |
                           1u << ROUTE_OFFSETS,
         .backward_x = 1, .backward_y = 1u << ROUTE_CHOSEN, .reports = 1u << ROUTE_OFFSETS)
