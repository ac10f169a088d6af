/* edge.h: does a crossing of the edge of stability come before a spike of the loss? Read off a
 * trial's record: its losses, and its estimates of curvature (AWU paper, arXiv 2606.16768: spikes
 * of lr lambda(G) go with spikes of the loss).
 *
 * Every estimate, at step t, stands for the interval of steps from t + 1 to the next estimate; it
 * is above the edge when lambda is larger than edge / lr, and its interval has spiked when one of
 * its losses is a spike (probe/gradients.h). The estimate comes before the losses, so this is
 * foresight. Estimates before step 20 do not count: there losses fall by nats, a spike's median is
 * of few steps, and Adam's preconditioner changes by factors. */
#ifndef PROBE_EDGE_H
#define PROBE_EDGE_H

#include <stddef.h>

#include "base/record.h"

typedef struct edge_counts {
    double above, above_spiked; /* intervals whose estimate is above the edge; of these spiked */
    double below, below_spiked; /* the same of the others                                      */
    double auroc;               /* of lambda / edge, for spiked intervals against others; NaN
                                   without one of each                                         */
} edge_counts_t;

/* loss[steps], entry s of step s; the estimates' steps at[count], ascending, and their lambda over
 * that of the edge, ratio[count], NaN = not known, does not count. Aborts when memory is out. */
edge_counts_t edge_count(const double *loss, size_t steps, const int64_t *at, const double *ratio,
                         size_t count);

/* Puts edge/... in, for each matrix whose curvature/... the record has, with series/loss. */
void edge_record(record_t *record);

#endif
