#include "stats/line.h"

#include <math.h>

#include "stats/student.h"

/* Sums about the means, over the points that count. */
typedef struct sums {
    size_t n;
    double x, y;       /* means */
    double xx, xy, yy; /* of products of deviations */
} sums_t;

static int counts(const double *x, const double *y, size_t i) {
    return isfinite(x[i]) && isfinite(y[i]);
}

static sums_t add_up(size_t n, const double *x, const double *y) {
    sums_t s = {0};
    for (size_t i = 0; i < n; i++) {
        if (!counts(x, y, i)) continue;
        s.n++, s.x += x[i], s.y += y[i];
    }
    s.x /= (double)s.n, s.y /= (double)s.n;
    for (size_t i = 0; i < n; i++) {
        if (!counts(x, y, i)) continue;
        s.xx += (x[i] - s.x) * (x[i] - s.x);
        s.xy += (x[i] - s.x) * (y[i] - s.y);
        s.yy += (y[i] - s.y) * (y[i] - s.y);
    }
    return s;
}

line_t line_through(size_t n, const double *x, const double *y) {
    sums_t s = add_up(n, x, y);
    line_t line = {.n = s.n, .slope = NAN, .slopes = INTERVAL_NONE};
    if (s.n < 2 || s.xx == 0) return line;
    line.slope = s.xy / s.xx;
    if (s.n < 3) return line;
    double freedom = (double)s.n - 2, rest = fmax(s.yy - line.slope * s.xy, 0);
    double half = student_95(freedom) * sqrt(rest / freedom / s.xx);
    line.slopes = (interval_t){line.slope - half, line.slope + half};
    return line;
}
