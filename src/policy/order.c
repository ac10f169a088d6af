#include "policy/order.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"

/* A trial to be ranked. */
typedef struct entry {
    double key; /* the lowest first */
    size_t trial;
} entry_t;

static int in_order(const void *a, const void *b) {
    const entry_t *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return (x->trial > y->trial) - (x->trial < y->trial);
}

static double key_of(double score, order_direction_t direction) {
    double known = isnan(score) ? INFINITY : score;
    return direction == ORDER_HIGHEST_FIRST ? -known : known;
}

static void rank(const double *score, order_direction_t direction, size_t count, entry_t *ranked) {
    for (size_t i = 0; i < count; i++)
        ranked[i] = (entry_t){score ? key_of(score[i], direction) : 0, i};
    qsort(ranked, count, sizeof *ranked, in_order);
}

static void shuffle(uint64_t seed, size_t count, size_t *shuffled) {
    rng_t rng = rng_open(seed, 0, "order/audit", 0);
    for (size_t i = 0; i < count; i++) {
        size_t at = rng_below(&rng, (uint32_t)(i + 1));
        shuffled[i] = shuffled[at];
        shuffled[at] = i;
    }
}

/* Turns t with floor((t + 1) audit) > floor(t audit) are audit turns. */
static void take_turns(const entry_t *ranked, const size_t *shuffled, double audit,
                       unsigned char *had_turn, order_t *order) {
    size_t next_ranked = 0, next_shuffled = 0;
    for (size_t turn = 0; turn < order->count; turn++) {
        int is_audit = floor((double)(turn + 1) * audit) > floor((double)turn * audit);
        while (had_turn[ranked[next_ranked].trial]) next_ranked++;
        while (had_turn[shuffled[next_shuffled]]) next_shuffled++;
        size_t trial = is_audit ? shuffled[next_shuffled] : ranked[next_ranked].trial;
        had_turn[trial] = 1;
        order->trial[turn] = trial;
        order->turn[trial] = turn;
        order->is_audit[turn] = (unsigned char)is_audit;
    }
}

status_t order_create(size_t count, const double *score, order_direction_t direction, double audit,
                      uint64_t seed, order_t *order) {
    status_t status = STATUS_OK;
    entry_t *ranked = calloc(count + 1, sizeof *ranked);
    size_t *shuffled = calloc(count + 1, sizeof *shuffled);
    unsigned char *had_turn = calloc(count + 1, 1);
    *order = (order_t){.count = count,
                       .trial = calloc(count + 1, sizeof *order->trial),
                       .turn = calloc(count + 1, sizeof *order->turn),
                       .rank = calloc(count + 1, sizeof *order->rank),
                       .is_audit = calloc(count + 1, 1)};
    CHECK_OR_DONE(ranked && shuffled && had_turn && order->trial && order->turn && order->rank &&
                      order->is_audit,
                  STATUS_ENVIRONMENT, "out of memory for the order of %zu trials", count);
    rank(score, direction, count, ranked);
    for (size_t i = 0; i < count; i++) order->rank[ranked[i].trial] = i;
    shuffle(seed, count, shuffled);
    take_turns(ranked, shuffled, score ? audit : 1, had_turn, order);
done:
    free(had_turn);
    free(shuffled);
    free(ranked);
    if (status != STATUS_OK) order_destroy(order);
    return status;
}

void order_destroy(order_t *order) {
    free(order->trial);
    free(order->turn);
    free(order->rank);
    free(order->is_audit);
    *order = (order_t){0};
}

size_t order_turns(const order_t *order, const unsigned char *has_ended) {
    size_t turns = 0;
    while (turns < order->count && has_ended[order->trial[turns]]) turns++;
    return turns;
}

/* How many ranks the ranked turns have come to. A trial behind them may have had an audit turn,
 * never one that its rank gave it. */
static size_t ranks_reached(const order_t *order, size_t turns) {
    while (turns > 0 && order->is_audit[turns - 1]) turns--;
    return turns ? order->rank[order->trial[turns - 1]] + 1 : 0;
}

void order_inclusion(const order_t *order, size_t turns, double *chance) {
    size_t reached = ranks_reached(order, turns), sampled = 0;
    for (size_t i = 0; i < order->count; i++) chance[i] = 0;
    for (size_t t = 0; t < turns; t++) sampled += order->rank[order->trial[t]] >= reached;
    for (size_t t = 0; t < turns; t++) {
        size_t trial = order->trial[t];
        chance[trial] =
            order->rank[trial] < reached ? 1 : (double)sampled / (double)(order->count - reached);
    }
}
