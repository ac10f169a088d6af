#include "plot/axis.h"

#include <math.h>
#include <stdio.h>

axis_t axis_between(double from, double to, const char *label) {
    return (axis_t){.label = label, .from = from, .to = to};
}

axis_t axis_of_names(const char *const *names, size_t count, const char *label) {
    return (axis_t){.label = label,
                    .from = -0.5,
                    .to = count ? (double)count - 0.5 : 0.5,
                    .names = names,
                    .name_count = count};
}

axis_t axis_over(size_t count, const double *x, int is_log, const char *label) {
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(x[i]) || (is_log && x[i] <= 0)) continue;
        low = fmin(low, x[i]);
        high = fmax(high, x[i]);
    }
    if (low > high) return axis_between(is_log ? 0.1 : 0, 1, label);
    if (is_log) {
        double room = fmax(pow(high / low, 0.04), 1.05);
        return (axis_t){.label = label, .from = low / room, .to = high * room, .is_log = 1};
    }
    double room = high > low ? 0.04 * (high - low) : fmax(0.1 * fabs(high), 1e-12);
    return axis_between(low - room, high + room, label);
}

double axis_place(const axis_t *axis, double x) {
    if (!axis->is_log) return (x - axis->from) / (axis->to - axis->from);
    return x > 0 ? log(x / axis->from) / log(axis->to / axis->from) : NAN;
}

/* 1, 2 or 5 times a power of ten: at least `least`. */
static double round_step(double least) {
    double power = pow(10, floor(log10(least)));
    static const double times[] = {1, 2, 5, 10};
    for (int k = 0; k < 4; k++)
        if (times[k] * power >= least * (1 - 1e-9)) return times[k] * power;
    return 10 * power;
}

static size_t add_tick(tick_t *ticks, size_t count, double at) {
    if (count == AXIS_TICKS_MAX) return count;
    ticks[count].at = at;
    snprintf(ticks[count].text, sizeof ticks[count].text, "%.6g", at);
    return count + 1;
}

/* One tick alone tells no length: then a finer step. */
static size_t linear_ticks(const axis_t *axis, size_t wanted, tick_t *ticks) {
    size_t count = 0;
    for (double parts = (double)(wanted ? wanted : 1); count < 2; parts *= 2) {
        double step = round_step((axis->to - axis->from) / parts);
        if (axis->is_whole) step = fmax(step, 1);
        count = 0;
        for (double k = ceil(axis->from / step - 1e-9); k * step <= axis->to + 1e-9 * step; k++)
            count = add_tick(ticks, count, k == 0 ? 0 : k * step); /* no "-0" */
        if (axis->is_whole && step <= 1) break;
    }
    return count;
}

/* The powers of ten, thinned out where there are many; 2 and 5 times them, or round numbers, where
 * there are few. */
static size_t log_ticks(const axis_t *axis, size_t wanted, tick_t *ticks) {
    double first = ceil(log10(axis->from) - 1e-9), last = floor(log10(axis->to) + 1e-9);
    double decades = last - first + 1;
    size_t count = 0;
    if (decades < 1) return linear_ticks(axis, wanted, ticks);
    double stride = fmax(1, ceil(decades / (double)(wanted ? wanted : 1)));
    int is_fine = 3 * decades <= (double)wanted;
    for (double d = is_fine ? first - 1 : first; d <= last; d += stride)
        for (int k = 0; k < (is_fine ? 3 : 1); k++) {
            double at = pow(10, d) * (double[]){1, 2, 5}[k];
            if (at >= axis->from * (1 - 1e-9) && at <= axis->to * (1 + 1e-9))
                count = add_tick(ticks, count, at);
        }
    return count;
}

/* Every n-th name, where not all find room. */
static size_t name_ticks(const axis_t *axis, size_t wanted, tick_t *ticks) {
    size_t count = 0, most = wanted < AXIS_TICKS_MAX ? wanted : AXIS_TICKS_MAX;
    size_t stride = most ? (axis->name_count + most - 1) / most : 1;
    for (size_t n = 0; n < axis->name_count && count < AXIS_TICKS_MAX; n += stride) {
        ticks[count].at = (double)n;
        snprintf(ticks[count].text, sizeof ticks[count].text, "%s", axis->names[n]);
        count++;
    }
    return count;
}

size_t axis_ticks(const axis_t *axis, size_t wanted, tick_t ticks[AXIS_TICKS_MAX]) {
    if (axis->names) return name_ticks(axis, wanted, ticks);
    return axis->is_log ? log_ticks(axis, wanted, ticks) : linear_ticks(axis, wanted, ticks);
}
