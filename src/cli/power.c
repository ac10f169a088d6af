#include "cli/power.h"

#include <math.h>
#include <stdio.h>

#include "stats/paired.h"

enum { PAIRS_MAX = 1000 }; /* beyond, the sum over outcomes takes long and the answer is small */
static const double base_rate = 2.0 / 3, power = 0.8;

size_t power_pairs(const plan_t *plan) {
    size_t arms = spec_arm_count(plan_spec(plan));
    return arms > 1 ? plan_count(plan) / arms : 0;
}

/* "31 points", "nothing". */
static const char *points(double fall, char text[32]) {
    snprintf(text, 32, isnan(fall) ? "nothing" : "%.0f points", 100 * fall);
    return text;
}

void power_describe(size_t pairs, char *text, size_t size) {
    char nested[32], independent[32];
    size_t counted = pairs < PAIRS_MAX ? pairs : PAIRS_MAX;
    detectable_t fall = paired_detectable(counted, base_rate, power);
    snprintf(text, size,
             "%s%zu pairs an arm find a fall of divergence from 67 %% by %s if the arm only saves "
             "runs, by %s if pairs are independent (McNemar, 5 %% two-sided, 80 %% power, one arm)",
             pairs > counted ? "more than " : "", counted, points(fall.nested, nested),
             points(fall.independent, independent));
}
