/* budget.h: what a whole sweep will cost, before anything runs. */
#ifndef CLI_BUDGET_H
#define CLI_BUDGET_H

#include "plan/plan.h"
#include "train/train.h"

/* Speed of one core, and where the number comes from. */
typedef struct rate {
    double flops;       /* per second */
    const char *origin; /* "given", "measured here: ..."; static */
} rate_t;

typedef struct budget {
    size_t configurations, trials;
    double parameters_min, parameters_max; /* of one model */
    double running;                        /* trials that run: fewer in a search */
    double flops, flops_max;               /* of all trials that run; of the largest */
    double screening_flops;                /* of measuring all before the first; 0 = not wanted */
    double bytes_max;                      /* memory of one rank while it runs the hungriest */
    double files, disk_bytes;              /* the run directory at the end */
} budget_t;

/* Adds up `estimate` over all trials. A configuration that cannot be built (heads that do not
 * divide the width, ...): STATUS_SPEC, naming the trial. */
status_t budget_create(const plan_t *plan, trial_estimator_t *estimate, budget_t *budget);

/* Times a matrix product on this core for about `seconds`, and takes the share of that speed which
 * training steps reach. */
rate_t budget_measure_rate(double seconds);

/* A worker's seconds for the beginning and end of a trial, whatever its size: model and data are
 * opened, its file is encoded, written, flushed and checked, its end is reported. 8.5 ms where 4800
 * trials of three steps took two workers 20.4 s on an otherwise idle machine with a local disk. */
#define BUDGET_TRIAL_SECONDS 0.01

/* Seconds the sweep takes when `workers` trials run at once, each at that rate: work, beginnings
 * and ends divided, but no less than its largest trial. */
double budget_seconds(const budget_t *budget, rate_t rate, int workers);

#endif
