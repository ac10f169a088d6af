/* pace.h: how long trials will take: expected FLOPs times seconds per FLOP, learnt from those that
 * have run all their steps.
 *
 * Small matrices, attention, eigenvalues of probes and stabilizers run at other speeds than large
 * products. So the pace is the geometric mean of seconds per FLOP over the trials of a kind
 * (train/costs.h: same work), which counts as one more trial of the mean of its family (same
 * architecture, same things switched on), and that as one more of the mean of all:
 *
 *   log p_kind = (sum over its trials of log(seconds / FLOPs) + log p_family) / (trials + 1)
 *
 * so few observations lean on what is known of similar trials. */
#ifndef DISPATCH_PACE_H
#define DISPATCH_PACE_H

#include "base/frame.h"
#include "train/costs.h"

/* Sum and number of log(seconds / FLOPs). */
typedef struct pace_sum {
    double sum;
    size_t count;
} pace_sum_t;

typedef struct pace {
    const costs_t *costs; /* borrowed                                   */
    pace_sum_t all;
    pace_sum_t *families, *kinds; /* owned [family_count], [kind_count] of costs */
} pace_t;

status_t pace_create(const costs_t *costs, pace_t *pace);
void pace_destroy(pace_t *pace); /* {0} is fine; leaves {0} */

/* The trial ran all its steps in so many seconds. */
void pace_learn(pace_t *pace, size_t trial, double seconds);

/* Learns from the COMPLETED rows of a table of all trials (store_load). */
void pace_learn_table(pace_t *pace, const frame_t *trials);

/* Seconds per FLOP of the trial; 1 as long as nothing is known. */
double pace_of(const pace_t *pace, size_t trial);

/* What the trial is expected to take: seconds, or FLOPs as long as nothing is known. */
double pace_expected(const pace_t *pace, size_t trial);

#endif
