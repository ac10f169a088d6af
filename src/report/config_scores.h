/* config_scores.h: scores that need no measurement, only the configuration: what every measured
 * predictor has to beat. */
#ifndef REPORT_CONFIG_SCORES_H
#define REPORT_CONFIG_SCORES_H

#include "report/cohort.h"

#define CONFIG_PARAMETER "config/params."

/* Adds these columns.
 *
 * config/no_norm: 1 where model.norm is "none", else 0; NaN where the norm is not known.
 *
 * config/params.NAME: a parameter of a program outside that varies, if it is a number; if it is
 * text, config/params.NAME is VALUE: a flag for each value, or for one of two.
 *
 * config/logistic: log odds of divergence, relative to the average run's, from every option that
 * varies among the runs, to rank runs. Numbers by their logarithm where all are above 0, names as
 * one indicator each. 0 where nothing varies, NaN where that makes more than LOGISTIC_FEATURES_MAX
 * features.
 *
 * config/logistic_risk: the same from these options and summary/m_near_unit.
 *
 * config/calibrated: probability of divergence from summary/m_near_unit alone, for calibration.
 *
 * The last three are held out (stats/held_out.h): ridge 1, at most 10 folds over configurations;
 * replicas and runs of equal features are never split; NaN where the other folds are of one class.
 */
void config_scores_add(cohort_t *cohort);

#endif
