/* lead_time.h: how long before it diverges does a run give the alarm, at a stated rate of false
 * alarms? An AUROC says that somebody could tell; this says whether there was time to act. */
#ifndef STATS_LEAD_TIME_H
#define STATS_LEAD_TIME_H

#include <stddef.h>

/* One run: what is watched, step by step, up to its divergence or its end. NaN = not known then. */
typedef struct watched {
    size_t count;
    const double *step, *signal; /* borrowed [count] */
    int diverged;
    double last_step; /* of divergence, where it diverged */
} watched_t;

/* The alarm sounds when the signal exceeds this: exceeded at any time by at most `share` of the
 * runs that did not diverge. NaN without such runs. */
double lead_time_threshold(size_t runs, const watched_t *run, double share);

/* Steps from the first alarm of a diverging run to its divergence; NaN: it gave none. */
double lead_time(const watched_t *run, double threshold);

#endif
