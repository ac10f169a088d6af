/* held_out.h: what a logistic regression says of runs it has not seen. */
#ifndef STATS_HELD_OUT_H
#define STATS_HELD_OUT_H

#include <stddef.h>
#include <stdint.h>

/* Where the predictions go, [n] each or NULL; NaN where a feature is NaN or the rows it would be
 * predicted from are of one class.
 *
 * To judge calibration, take the probability: all the fit says, its intercept included. To rank
 * rows of different folds (AUROC), take the log odds ratio against the average row, which has no
 * intercept: leaving a positive out lowers the prevalence of what is left, so the intercepts alone
 * put every positive below the negatives and an AUROC of features that say nothing far below 1/2
 * (Parker, Guenter and Bedo 2007). */
typedef struct held_out {
    double *probability;    /* 1 / (1 + exp(-(b + w.x)))                                     */
    double *log_odds_ratio; /* w.(x - mean of x over all rows): the same average for all folds */
} held_out_t;

/* For each row what a fit on other rows says of it: the rows are dealt into at most `folds` parts,
 * each predicted from the rest, features standardised by the rest. Rows of one `group` (replicas of
 * a configuration) are never split, nor are rows of equal features, whatever their groups: what
 * really decides may be no feature, and then a row's twin of the other outcome, left among the
 * rest, turns its prediction upside down. There are no more parts than there are such blocks with a
 * positive, or with a negative one, but two. No randomness: blocks with a positive are dealt first,
 * in the order of `group`, then the others, so that every part gets its share and row order is
 * irrelevant. x [n,d], row-major. */
void held_out_logistic(size_t n, size_t d, const double *x, const int *label, const uint64_t *group,
                       int folds, double ridge, held_out_t out);

#endif
