#include "stats/lead_time.h"

#include <math.h>
#include <stdlib.h>

#include "stats/scratch.h"

static double largest(const watched_t *run) {
    double most = -INFINITY;
    for (size_t i = 0; i < run->count; i++) most = fmax(most, run->signal[i]); /* NaN loses */
    return most;
}

static int lower_first(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of n runs at most floor(share n) may lie above: the threshold is the largest of the rest. */
double lead_time_threshold(size_t runs, const watched_t *run, double share) {
    double *most = scratch(runs, sizeof *most), threshold = NAN;
    size_t count = 0;
    for (size_t i = 0; i < runs; i++)
        if (!run[i].diverged) most[count++] = largest(&run[i]);
    qsort(most, count, sizeof *most, lower_first);
    if (count) threshold = most[count - 1 - (size_t)floor(share * (double)count)];
    free(most);
    return threshold;
}

double lead_time(const watched_t *run, double threshold) {
    for (size_t i = 0; i < run->count; i++)
        if (run->signal[i] > threshold) return run->last_step - run->step[i];
    return NAN;
}
