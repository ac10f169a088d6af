/* Softmax cross-entropy against index[i], weighted sum over rows; x0 = logits [n,V].
 *
 * Ends the graph: forward overwrites the logits by their gradient, weight (softmax - onehot), so
 * that no second array of that size exists. y0 [n,1] = the loss of each row, unweighted. A target
 * that shares the largest logit with others is right with the chance of a draw among them: a
 * network that says the same of all words is right by chance alone. */
#include "kernel/cross_entropy.h"
#include "kernel/kernel.h"

#ifndef TANGENT

ROWS(forward, c, i, c->x[0].rows) {
    const struct cross_entropy_options *o = OPTIONS_OF(c, cross_entropy_options);
    span_t z = row(c->x[0], i);
    long vocabulary = c->x[0].cols, target = c->index[i];
    flt at_target = z.v[target], largest = team_max(largest_of(z.v, vocabulary)), sum = 0;
    flt largest_ones = 0;
    LANES(j, vocabulary) {
        largest_ones += (flt)(z.v[j] == largest);
        flt e = flt_exp(z.v[j] - largest);
        z.v[j] = e;
        sum += e;
    }
    sum = team_sum(sum);
    largest_ones = team_sum(largest_ones);
    flt scale = o->weight / sum;
    LANES(j, vocabulary) z.v[j] *= scale;
    if (team_owns(target)) z.v[target] -= o->weight;
    if (!team_leads()) return;
    flt loss = flt_log(sum) + largest - at_target;
    double *result = team_result(c);
    c->y[0].at.v[i] = loss;
    result[RESULT_TERM] += (double)o->weight * (double)loss;
    if (at_target >= largest) result[RESULT_DETAIL] += 1 / (double)largest_ones;
}

#else

/* The value left in the logits is weight (p - onehot): p from it. */
INLINE flt probability(span_t z, long j, flt scale, int is_target) {
    return z.v[j] * scale + (flt)is_target;
}

/* d loss = sum p z' - z'_target;  d gradient_j = weight p_j (z'_j - sum p z') */
ROWS(forward, c, i, c->x[0].rows) {
    const struct cross_entropy_options *o = OPTIONS_OF(c, cross_entropy_options);
    span_t z = row(c->x[0], i);
    long vocabulary = c->x[0].cols, target = c->index[i];
    flt weight = o->weight, scale = 1 / weight, mean = 0, at_target = z.t[target];
    LANES(j, vocabulary) mean += probability(z, j, scale, j == target) * z.t[j];
    mean = team_sum(mean);
    LANES(j, vocabulary)
    z.t[j] = weight * probability(z, j, scale, j == target) * (z.t[j] - mean);
    if (!team_leads()) return;
    c->y[0].at.t[i] = mean - at_target;
    team_result(c)[RESULT_SLOPE] += (double)weight * ((double)mean - (double)at_target);
}

#endif

static void backward(const call_t *c) { (void)c; /* forward has left the gradient already */ }

/* y0 comes with one row per target, set by the graph. */
DESCRIPTION const char *shape(call_t *c) {
    if (c->y[0].rows != c->x[0].rows) return "cross_entropy: there must be one target per row";
    c->y[0].cols = 1;
    return NULL;
}

OPERATOR(cross_entropy, forward, backward, .options = OPTIONS_SIZE(cross_entropy_options),
         .doc = "softmax cross-entropy; ends the graph", .inputs = 1, .outputs = 1, .shape = shape,
         .ends = 1)
