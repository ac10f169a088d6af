/* anytime.h: when enough is known of a score: the 95 % interval of its AUROC has come down to the
 * half-width that was asked for.
 *
 * An interval is made for one look at a number of trials fixed beforehand. Who looks again and
 * again until it is short enough stops where it happens to be short, and it covers the truth less
 * often than it says. Against that, three things: few looks, at numbers of turns (policy/order.h)
 * that grow by a quarter each; a least number of diverged and of completed trials; and an interval
 * on the safe side (stats/delong.h). With 20 of each the interval at the stop then covers
 * the truth in 95 % of sweeps or more (tests/policy/test_anytime.c; docs/scale.md has figures). */
#ifndef POLICY_ANYTIME_H
#define POLICY_ANYTIME_H

#include "stats/delong.h"

typedef struct anytime {
    double half_width; /* of the interval, to be reached; 0 = never enough                     */
    size_t least;      /* diverged and completed trials, of each, before it may be              */
} anytime_t;

/* The number of turns after which to look next when so many (0: none) were looked at before. */
size_t anytime_next(const anytime_t *anytime, size_t turns);

/* What a look sees. */
typedef struct anytime_look {
    delong_t found;
    double half_width; /* NaN: none of one class                                                */
    int is_enough;
} anytime_look_t;

/* Looks at n results: score, diverged or not, weight (1 / chance of inclusion). */
anytime_look_t anytime_look(const anytime_t *anytime, size_t n, const double *score,
                            const int *diverged, const double *weight);

#endif
