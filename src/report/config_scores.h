/* config_scores.h: scores that need no measurement, only the configuration: what every measured
 * predictor has to beat. */
#ifndef REPORT_CONFIG_SCORES_H
#define REPORT_CONFIG_SCORES_H

#include "report/cohort.h"

/* Adds the columns
 *   config/no_norm     1 where model.norm is "none", else 0
 *   config/logistic    log odds of divergence, relative to the average run's, from log10 train.lr,
 *                      model.norm and model.layers: to rank runs
 *   config/calibrated  probability of divergence from summary/m_near_unit alone: for calibration
 * The last two are held out: ridge 1, 10 folds over configurations, replicas never split; NaN
 * where the other folds are of one class. */
void config_scores_add(cohort_t *cohort);

#endif
