/* power.h: what a paired comparison can find, before it runs. */
#ifndef CLI_POWER_H
#define CLI_POWER_H

#include "plan/plan.h"

/* Pairs that each arm shares with the base arm; 0 for a sweep without arms. */
size_t power_pairs(const plan_t *plan);

/* One sentence: which fall of the divergence rate so many pairs find with 80 % power by McNemar's
 * exact test, two-sided at 5 % (stats/paired.h), at the base rate of two thirds the RKSP paper has.
 */
void power_describe(size_t pairs, char *text, size_t size);

#endif
