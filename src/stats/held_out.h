/* held_out.h: what a logistic regression says of runs it has not seen. */
#ifndef STATS_HELD_OUT_H
#define STATS_HELD_OUT_H

#include <stddef.h>
#include <stdint.h>

/* For each row the probability a fit on other rows gives it: the groups (rows that share a
 * configuration, replicas of one another) are dealt into `folds` parts, each predicted from the
 * rest, features standardised by the rest. No randomness: groups with a positive are dealt first,
 * in the order of `group`, then the others, so that every part gets its share and row order is
 * irrelevant. A row with a NaN feature, or that nothing else was there to fit for, gets NaN. */
void held_out_logistic(size_t n, size_t d, const double *x, const int *label, const uint64_t *group,
                       int folds, double ridge, double *probability);

#endif
