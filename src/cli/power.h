/* power.h: what a paired comparison can find, before it runs. */
#ifndef CLI_POWER_H
#define CLI_POWER_H

#include "plan/plan.h"
#include "stats/paired.h"

/* The fall of the divergence rate that the pairs find with 80 % power by McNemar's exact test,
 * two-sided at 5 % (stats/paired.h), at the base rate of two thirds the RKSP paper has. */
typedef struct power {
    size_t pairs;            /* that each arm shares with the base arm at least; 0: no arms, or a
                                search  */
    size_t counted;          /* of these; beyond 1000 the answer is small and takes long         */
    double base_rate, power; /* asked for                                                        */
    detectable_t fall;       /* NaN: not even a fall to 0                                        */
    double margin; /* of accuracy, loss: what an arm without effect is shown to be no worse by,
                      in standard deviations of the pairs' differences (paired_margin), were no
                      pair lost to divergence; NaN: a single pair                            */
} power_t;

power_t power_of(const plan_t *plan);

/* One sentence each: on divergence, on what the arm may cost. */
void power_describe(const power_t *power, char *text, size_t size);
void power_describe_margin(const power_t *power, char *text, size_t size);

/* Is there an arm with a gate (train/gate.h) but without a control? Then one sentence on the first
 * of them: what its policy is worth will not be known. */
int power_is_uncontrolled(const plan_t *plan, char *text, size_t size);

#endif
