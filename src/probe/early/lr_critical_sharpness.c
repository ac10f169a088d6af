/* Learning rate times critical sharpness. The critical learning rate eta_c is the smallest that
 * raises the loss of the step's batch when the step's own update direction is followed; critical
 * sharpness is lambda_c = 2 / eta_c, the sharpness a quadratic would have along it (Kalra et al.
 * 2026, arXiv 2601.16979). Times the learning rate it is 2 over the factor by which the update
 * could be stretched: above 2 the step as taken raises the loss.
 *
 * The factor is bracketed by doubling or halving, then found to 2 % by bisection of its logarithm.
 */
#include <math.h>

#include "kernel/vector.h"
#include "probe/early.h"

enum { DOUBLINGS = 40, BISECTIONS = 4 };

/* Is the loss higher at before + factor (after - before)? A loss that is no number is. */
static int is_raised(const early_moment_t *m, double factor) {
    flt *theta = graph_theta(model_graph(m->model));
    long count = model_size(m->model);
    for (long i = 0; i < count; i++)
        theta[i] = m->before[i] + (flt)factor * (m->after[i] - m->before[i]);
    return !(model_loss(m->model).total <= m->loss);
}

static double critical_factor(const early_moment_t *m) {
    double factor = 1, stride = is_raised(m, 1) ? 0.5 : 2;
    for (int i = 0; i < DOUBLINGS; i++) {
        factor *= stride;
        if (is_raised(m, factor) == (stride > 1)) break;
    }
    double low = stride > 1 ? factor / 2 : factor, high = 2 * low;
    for (int i = 0; i < BISECTIONS; i++) {
        double middle = sqrt(low * high);
        if (is_raised(m, middle))
            high = middle;
        else
            low = middle;
    }
    return sqrt(low * high);
}

static int is_moved(const early_moment_t *m) {
    long i = 0, count = model_size(m->model);
    while (i < count && m->after[i] == m->before[i]) i++;
    return i < count;
}

static double after(const early_moment_t *m) {
    return isfinite(m->loss) && is_moved(m) ? 2 / critical_factor(m) : NAN;
}

const early_row_t early_lr_critical_sharpness = {
    .name = "lr_critical_sharpness",
    .doc = "learning rate times critical sharpness (Kalra et al. 2026); 2: the step as taken "
           "leaves the loss as it is",
    .after = after,
    .passes = 8};
