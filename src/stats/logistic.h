/* logistic.h: logistic regression with a ridge.
 *
 * Minimises sum_i log(1 + exp(-s_i (b + w.x_i))) + ridge/2 |w|^2, s_i = +-1, the intercept b free
 * (scikit-learn's LogisticRegression with C = 1/ridge), by Newton's method. */
#ifndef STATS_LOGISTIC_H
#define STATS_LOGISTIC_H

#include <stddef.h>

enum { LOGISTIC_FEATURES_MAX = 63 };

/* Fits x [n,d], row-major, without NaN, d <= LOGISTIC_FEATURES_MAX, ridge > 0, to labels 0 or not
 * 0. beta [d+1] = b, w. With one class only: w = 0 and b the logit of (positives + 1/2)/(n + 1). */
void logistic_fit(size_t n, size_t d, const double *x, const int *label, double ridge,
                  double *beta);

/* 1 / (1 + exp(-(b + w.x))) */
double logistic_predict(size_t d, const double *beta, const double *x);

#endif
