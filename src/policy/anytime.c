#include "policy/anytime.h"

#include <math.h>

#include "stats/delong.h"

#define GROWTH 1.25 /* from one look to the next */

size_t anytime_next(const anytime_t *anytime, size_t turns) {
    size_t first = 2 * anytime->least, next = (size_t)ceil(GROWTH * (double)turns);
    return next > first ? next : first;
}

anytime_look_t anytime_look(const anytime_t *anytime, size_t n, const double *score,
                            const int *diverged, const double *weight) {
    anytime_look_t look = {.found = delong(n, score, diverged, NULL, weight)};
    const delong_t *found = &look.found;
    look.half_width = (found->interval.high - found->interval.low) / 2;
    look.is_enough = found->positives >= anytime->least && found->negatives >= anytime->least &&
                     look.half_width <= anytime->half_width;
    return look;
}
