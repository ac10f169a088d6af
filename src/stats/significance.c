#include "stats/significance.h"

#include <math.h>
#include <stdlib.h>

#include "stats/moments.h"
#include "stats/scratch.h"

/* lgamma_r, since lgamma writes a global that threads would share. */
static double log_factorial(size_t n) {
    int sign;
    return lgamma_r((double)n + 1, &sign);
}

static double log_choose(size_t n, size_t k) {
    return log_factorial(n) - log_factorial(k) - log_factorial(n - k);
}

/* P(k) = C(row, k) C(n - row, column - k) / C(n, column), k from what the margins leave to what
 * they allow. */
double significance_fisher(size_t a, size_t b, size_t c, size_t d) {
    size_t row = a + b, column = a + c, n = a + b + c + d;
    size_t least = row + column > n ? row + column - n : 0;
    size_t most = row < column ? row : column;
    double all = log_choose(n, column);
    double observed = log_choose(row, a) + log_choose(n - row, column - a) - all;
    double sum = 0;
    for (size_t k = least; k <= most; k++) {
        double p = log_choose(row, k) + log_choose(n - row, column - k) - all;
        if (p <= observed + 1e-7) sum += exp(p); /* 1e-7: equal up to rounding */
    }
    return fmin(1, sum);
}

double significance_mcnemar(size_t only_first, size_t only_second) {
    size_t n = only_first + only_second;
    size_t fewer = only_first < only_second ? only_first : only_second;
    double tail = 0; /* P(X <= fewer), X ~ binomial(n, 1/2) */
    for (size_t k = 0; k <= fewer; k++) tail += exp(log_choose(n, k) - (double)n * M_LN2);
    return fmin(1, 2 * tail);
}

void significance_holm(size_t n, double *p) {
    double *known = scratch(n, sizeof *known);
    size_t *from = scratch(n, sizeof *from), *order = scratch(n, sizeof *order);
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(p[i])) continue;
        known[count] = p[i];
        from[count++] = i;
    }
    rank_order(count, known, order);
    /* p_(k) times the number of hypotheses not rejected before it, and never less than the one
     * before: a smaller p must not end with the larger adjusted one. */
    double largest = 0;
    for (size_t k = 0; k < count; k++) {
        largest = fmax(largest, fmin(1, (double)(count - k) * known[order[k]]));
        p[from[order[k]]] = largest;
    }
    free(order);
    free(from);
    free(known);
}
