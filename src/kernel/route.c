/* Chooses k of E experts for every token, and sorts the (token, place) pairs by expert (mixture of
 * experts: Shazeer et al. 2017; Switch, Fedus et al. 2021; Mixtral, Jiang et al. 2024).
 *
 * x0 = probabilities p [n,E]; x1 = the router's logits [n,E], which decide: the k largest, in
 * falling order, of equal ones the lower expert first. Outputs: route.h. Gates: p of the expert,
 * divided by the sum over the token's experts where `renormalises`.
 *
 * With a capacity an expert takes so many pairs, in the order of tokens, and drops the others
 * (Switch): they stand behind those of all experts, and their gates are 0.
 *
 * The choice is piecewise constant, so its derivative is 0: only values choose and sort; tangents
 * follow the gates along the routes that are there. A second choice on the real parts of complex
 * numbers would decide ties by their rounding. The sort is stable, so that nothing depends on who
 * works which rows. */
#include "kernel/route.h"

#include "kernel/kernel.h"

INLINE long experts_of(const call_t *c) { return c->x[0].cols; }
INLINE long pairs_of(const call_t *c) { return c->y[ROUTE_ORDER].rows; }

/* Was the pair in this slot dropped? */
INLINE int is_dropped(const call_t *c, int32_t slot) {
    return slot >= integers_of(c->y[ROUTE_OFFSETS])[experts_of(c)];
}

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

/* In scratch memory: how many pairs each lane has found for each expert. */
INLINE int32_t *found_of(const call_t *c, long expert) {
    return (int32_t *)c->scratch.v + expert * LANES_MAX;
}

/* The most pairs an expert takes. */
INLINE long room_of(const call_t *c) {
    flt capacity = OPTIONS_OF(c, route_options)->capacity;
    if (!(capacity > 0)) return pairs_of(c);
    return (long)ceil((double)capacity * (double)pairs_of(c) / (double)experts_of(c));
}

ROWS(count, c, e, experts_of(c)) {
    const int32_t *chosen = integers_of(c->y[ROUTE_CHOSEN]);
    int sum = 0;
    LANES(pair, pairs_of(c)) sum += chosen[pair] == e;
    sum = team_sum(sum);
    if (team_leads()) integers_of(c->y[ROUTE_COUNTS])[e] = sum;
}

/* Where the pairs of expert e begin, those it takes and those it drops; e = E: where they end. */
INLINE void begin_of(const call_t *c, long e, int32_t *taken, int32_t *dropped) {
    const int32_t *counts = integers_of(c->y[ROUTE_COUNTS]);
    long room = room_of(c);
    *taken = *dropped = 0;
    for (long k = 0; k < experts_of(c); k++) {
        int32_t takes = (int32_t)(counts[k] < room ? counts[k] : room);
        if (k < e) *taken += takes;
        *dropped += k < e ? counts[k] : takes; /* behind all that are taken */
    }
}

/* An expert's pairs, in their order: each lane puts those of a stretch behind those of the lanes
 * before it. */
ROWS(sort, c, e, experts_of(c)) {
    const int32_t *chosen = integers_of(c->y[ROUTE_CHOSEN]);
    int32_t *offsets = integers_of(c->y[ROUTE_OFFSETS]), *found = found_of(c, e), taken, dropped;
    long stretch = (pairs_of(c) + team_lanes() - 1) / team_lanes(), first = team_lane() * stretch;
    long end = first + stretch < pairs_of(c) ? first + stretch : pairs_of(c), room = room_of(c);
    begin_of(c, experts_of(c), &taken, &dropped);
    if (team_leads() && e + 1 == experts_of(c)) offsets[e + 1] = taken;
    begin_of(c, e, &taken, &dropped);
    if (team_leads()) offsets[e] = taken;
    int32_t mine = 0;
    for (long pair = first; pair < end; pair++) mine += chosen[pair] == e;
    found[team_lane()] = mine;
    (void)team_sum(mine); /* all have stored theirs */
    int32_t number = 0;   /* among the expert's pairs */
    for (long lane = 0; lane < team_lane(); lane++) number += found[lane];
    for (long pair = first; pair < end; pair++) {
        if (chosen[pair] != e) continue;
        int32_t slot = number < room ? taken + number : dropped + number - (int32_t)room;
        integers_of(c->y[ROUTE_SLOTS])[pair] = slot;
        integers_of(c->y[ROUTE_ORDER])[slot] = (int32_t)pair;
        number++;
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

/* g = p / s over the token's experts, s their sum or 1; 0 for those that drop it */
ROWS(weigh, c, i, c->x[0].rows) {
    long k = c->y[0].cols;
    const int32_t *chosen = integers_of(c->y[ROUTE_CHOSEN]) + i * k;
    const int32_t *slots = integers_of(c->y[ROUTE_SLOTS]) + i * k;
    span_t p = row(c->x[0], i), gates = row(c->y[0], i);
    real sum = divisor(c, p, chosen);
    LANES(place, k) {
        real gate = load(p, chosen[place]) / sum;
        if (is_dropped(c, slots[place])) gate = 0;
        store(gates, place, gate);
    }
}

static void forward(const call_t *c) {
    IN_VALUES(choose(c); count(c); sort(c);)
    weigh(c);
}

/* dg, times 0 where the gate is 0 whatever p is: a NaN is not to be lost. */
INLINE real gate_gradient(const call_t *c, long i, long place) {
    int32_t slot = integers_of(c->y[ROUTE_SLOTS])[i * c->y[0].cols + place];
    flt follows = is_dropped(c, slot) ? 0 : 1;
    return follows * load(row(c->dy, i), place);
}

/* dp = add + (dg - sum of g dg, where they are renormalised) / s for the experts chosen; add alone
 * for the others. */
ROWS(backward, c, i, c->x[0].rows) {
    long k = c->y[0].cols, experts = experts_of(c);
    const int32_t *chosen = integers_of(c->y[ROUTE_CHOSEN]) + i * k;
    span_t p = row(c->x[0], i), dp = row(c->dx[0], i);
    span_t add = span_at_if(c->add[0], i * experts);
    real sum = divisor(c, p, chosen), mean = 0;
    for (long place = 0; OPTIONS_OF(c, route_options)->renormalises && place < k; place++)
        mean += load(p, chosen[place]) / sum * gate_gradient(c, i, place);
    LANES(e, experts) {
        real share = 0;
        for (long place = 0; place < k; place++)
            if (chosen[place] == e) share += (gate_gradient(c, i, place) - mean) / sum;
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
    c->y[ROUTE_COUNTS].rows = experts;
    c->y[ROUTE_ORDER].cols = c->y[ROUTE_OFFSETS].cols = c->y[ROUTE_COUNTS].cols = 1;
    return NULL;
}

DESCRIPTION long scratch(const call_t *c) { return c->x[0].cols; }
DESCRIPTION long device_scratch(const call_t *c) { return c->x[0].cols * DEVICE_LANES_MAX; }

OPERATOR(route, forward, backward, .options = OPTIONS_SIZE(route_options),
         .doc = "the experts of every token, and the tokens of every expert", .inputs = 2,
         .outputs = ROUTE_OUTPUTS, .shape = shape, .scratch = scratch,
         .device_scratch = device_scratch, .constants = 2,
         .makes_integers = 1u << ROUTE_CHOSEN | 1u << ROUTE_ORDER | 1u << ROUTE_SLOTS |
                           1u << ROUTE_OFFSETS | 1u << ROUTE_COUNTS,
         .backward_x = 1,
         .backward_y = 1u << ROUTE_CHOSEN | 1u << ROUTE_SLOTS | 1u << ROUTE_OFFSETS,
         .reports = 1u << ROUTE_OFFSETS | 1u << ROUTE_COUNTS)
