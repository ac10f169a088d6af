/* findings.h: what Table 2 means, in sentences for people with the numbers for programs. Each needs
 * runs of both classes. */
#ifndef REPORT_FINDINGS_H
#define REPORT_FINDINGS_H

#include "report/predictors.h"
#include "report/table.h"

/* Is M~1 better than the constant "is no-norm"? DeLong's test on the same runs. */
void findings_comparison(report_table_t *table, predictors_t *predictors);

/* Does M~1 add to what the configuration tells? Both held-out fits, DeLong's test. */
void findings_addition(report_table_t *table, predictors_t *predictors);

/* Is M~1 a probability? ECE and Brier score, raw and after held-out calibration. */
void findings_calibration(report_table_t *table, predictors_t *predictors);

/* What the paper's rule "M~1 > 0.5 is high risk" would have saved and cost, had the runs it flags
 * not been started; and the same number of runs as diverged, chosen by M~1. */
void findings_decision(report_table_t *table, predictors_t *predictors);

/* Which strata hold both classes: only those count in the columns "same". */
void findings_strata(report_table_t *table, const predictors_t *predictors);

#endif
