/* The load-balance term of one layer (Switch, Fedus et al. 2021), times a coefficient:
 *
 *   E sum over experts of f_e P_e,  f_e = share of the (token, place) pairs that chose e,
 *                                   P_e = mean over tokens of p_e
 *
 * which is 1 when all experts get alike. f is a constant: routes have no derivative. x0 = p [n,E];
 * x1 = counts [E,1], integers (route.h); x2 [1,E] = the same of the batch's other shares, or
 * absent; y0 [n,1] = E sum f_e p_e of every token. */
#include "kernel/balance.h"

#include "kernel/kernel.h"

/* Pairs that chose expert e, of the whole batch. */
INLINE flt count_of(const call_t *c, long e) {
    flt elsewhere = c->x[2].at.v ? c->x[2].at.v[e] : 0;
    return (flt)integers_of(c->x[1])[e] + elsewhere;
}

INLINE flt pairs_of(const call_t *c) {
    flt sum = 0;
    for (long e = 0; e < c->x[0].cols; e++) sum += count_of(c, e);
    return sum;
}

/* E f_e */
INLINE flt load_of(const call_t *c, long e, flt pairs) {
    return (flt)c->x[0].cols * count_of(c, e) / pairs;
}

ROWS(forward, c, i, c->x[0].rows) {
    span_t p = row(c->x[0], i), y = row(c->y[0], i);
    double n = (double)c->x[0].rows;
    double share = (double)OPTIONS_OF(c, balance_options)->coefficient / n;
    flt pairs = pairs_of(c);
    real sum = 0;
    LANES(e, c->x[0].cols) sum += load_of(c, e, pairs) * load(p, e);
    sum = team_sum(sum);
    if (!team_leads()) return;
    double *result = team_result(c);
    store(y, 0, sum);
    IN_VALUES(result[RESULT_TERM] += share * (double)sum; result[RESULT_DETAIL] += (double)sum / n;)
    IN_TANGENTS(result[RESULT_SLOPE] += share * (double)result_of(sum);)
}

/* dp = add + coefficient E f / n */
ROWS(backward, c, i, c->x[0].rows) {
    span_t dp = row(c->dx[0], i), add = span_at_if(c->add[0], i * c->x[0].cols);
    flt share = OPTIONS_OF(c, balance_options)->coefficient / (flt)c->x[0].rows;
    IN_VALUES(flt pairs = pairs_of(c);
              LANES(e, c->x[0].cols) store(dp, e, load_add(add, e) + share * load_of(c, e, pairs));)
    IN_TANGENTS((void)share; LANES(e, c->x[0].cols) store(dp, e, load_add(add, e));)
}

DESCRIPTION const char *shape(call_t *c) {
    if (c->x[1].rows != c->x[0].cols) return "balance: counts must be [E, 1]";
    if (c->x[2].rows && c->x[2].cols != c->x[0].cols)
        return "balance: those of other shares must be [1, E]";
    c->y[0].rows = c->x[0].rows;
    c->y[0].cols = 1;
    return NULL;
}

OPERATOR(balance, forward, backward, .options = OPTIONS_SIZE(balance_options),
         .doc = "load balance of experts, a term of the loss", .inputs = 3, .outputs = 1,
         .shape = shape, .adds = 1, .takes_integers = 2, .constants = 4)
