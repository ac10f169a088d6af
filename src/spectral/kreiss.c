#include "spectral/kreiss.h"

#include <float.h>
#include <math.h>

enum {
    PEAKS = 3,         /* refined                                                           */
    STENCIL = 9,       /* points per peak and round                                         */
    ROUNDS = 12,       /* of refinement, at most                                            */
    CIRCLES = 11,      /* |z|-1 = 4, 2, 1, ... , 4 / 2^10 = 0.004                           */
    EIGEN_ANGLES = 12, /* directions probed on each fine circle: there only an eigenvalue as
                          near to the unit circle can raise the value                       */
    GRID_MAX = 160
};
static const double COARSEST = 4, FINE = 0.05;
static const double SCREENING = 0.05, REFINING = 1e-7; /* tolerances of the norms           */
static const double FIRST_STEP = 0.3, LAST_STEP = 5e-3, LONGEST_STEP = 1.2;
static const double AT_LIMIT = 0.01; /* |z|-1 from which a peak below the limit is left to it */
static const double HOPELESS = 0.5;  /* of the highest value: a refined peak below it is left */
static const double ON_CIRCLE = 1e-10;

/* z = (1 + e^s) e^(i angle), in units of max(1, rho). */
typedef struct point {
    double s, angle, value;
} point_t;

size_t kreiss_bytes(int n_max) { return resolvent_bytes(n_max); }

kreiss_t kreiss_take(arena_t *arena, int n_max) {
    return (kreiss_t){.resolvent = resolvent_take(arena, n_max)};
}

/* value = (|z|-1) |(zI - A/unit)^-1| of each point. */
static void evaluate(kreiss_t *kreiss, const schur_t *schur, double unit, double tolerance,
                     int count, point_t *points) {
    double complex z[RESOLVENT_POINTS];
    double norm[RESOLVENT_POINTS];
    for (int first = 0; first < count; first += RESOLVENT_POINTS) {
        int some = count - first < RESOLVENT_POINTS ? count - first : RESOLVENT_POINTS;
        for (int p = 0; p < some; p++)
            z[p] = unit * (1 + exp(points[first + p].s)) * cexp(I * points[first + p].angle);
        resolvent_norms(&kreiss->resolvent, schur->t, some, z, tolerance, norm);
        for (int p = 0; p < some; p++)
            points[first + p].value = unit * exp(points[first + p].s) * norm[p];
    }
}

/* What eigenvalue j alone makes of the value at distance delta from the circle, next to it; a
 * defective one (overlap 0) stays finite, so that it has a place in the order. */
static double alone(const schur_t *schur, double unit, double delta, int j) {
    double modulus = hypot(schur->real[j], schur->imaginary[j]) / unit;
    return fmin(delta / ((delta + 1 - modulus) * schur->overlap[j]), DBL_MAX);
}

/* Adds the directions of the eigenvalues with the largest values, in descending order. */
static int add_eigenvalue_angles(const schur_t *schur, double unit, double delta, int count,
                                 point_t *points) {
    double below = INFINITY;
    for (int k = 0; k < EIGEN_ANGLES; k++) {
        int best = -1;
        double value = 0;
        for (int j = 0; j < schur->n; j++) {
            if (schur->imaginary[j] < 0) continue; /* the mirror image of its pair */
            double here = alone(schur, unit, delta, j);
            if (here > value && here < below) best = j, value = here;
        }
        if (best < 0) break;
        double angle = atan2(schur->imaginary[best], schur->real[best]);
        points[count++] = (point_t){log(delta), angle, 0};
        below = value;
    }
    return count;
}

static int make_grid(const schur_t *schur, double unit, point_t grid[GRID_MAX]) {
    int count = 0;
    for (int circle = 0; circle < CIRCLES; circle++) {
        double delta = ldexp(COARSEST, -circle);
        if (delta < FINE) {
            count = add_eigenvalue_angles(schur, unit, delta, count, grid);
            continue;
        }
        int angles = 3 + (int)(1.5 / delta);
        for (int k = 0; k < angles; k++)
            grid[count++] = (point_t){log(delta), M_PI * k / (angles - 1), 0};
    }
    return count;
}

/* The highest points of the grid, no two of them within one grid spacing. */
static int pick_peaks(int count, const point_t *grid, point_t peaks[PEAKS]) {
    int found = 0;
    for (; found < PEAKS; found++) {
        const point_t *best = NULL;
        for (int k = 0; k < count; k++) {
            int near = 0;
            for (int p = 0; p < found; p++)
                near |= fabs(grid[k].s - peaks[p].s) < 1.5 &&
                        fabs(grid[k].angle - peaks[p].angle) < 2 * exp(peaks[p].s) + 1e-3;
            if (!near && (!best || grid[k].value > best->value)) best = grid + k;
        }
        if (!best) break;
        peaks[found] = *best;
    }
    return found;
}

/* Angle step that changes the resolvent about as much as a step h in s does. */
static double angle_step(const point_t *centre, double h) { return h * fmin(exp(centre->s), 0.5); }

static void lay_stencil(const point_t *centre, double h, point_t stencil[STENCIL]) {
    for (int k = 0; k < STENCIL; k++)
        stencil[k] = (point_t){centre->s + h * (k / 3 - 1),
                               centre->angle + angle_step(centre, h) * (k % 3 - 1), 0};
}

/* Moves the centre to the maximum of the quadratic through the stencil of log values, or to the
 * stencil's highest point when it has no maximum near; returns 1 in the first case. */
static int newton_step(const point_t stencil[STENCIL], double h, point_t *centre) {
    double f[STENCIL];
    int highest = 0;
    for (int k = 0; k < STENCIL; k++) {
        f[k] = log(stencil[k].value);
        if (f[k] > f[highest]) highest = k;
    }
    double gs = 0.5 * (f[7] - f[1]), ga = 0.5 * (f[5] - f[3]);
    double ss = f[7] - 2 * f[4] + f[1], aa = f[5] - 2 * f[4] + f[3];
    double sa = 0.25 * (f[8] - f[6] - f[2] + f[0]), det = ss * aa - sa * sa;
    double to_s = -(aa * gs - sa * ga) / det, to_a = -(ss * ga - sa * gs) / det;
    if (ss < 0 && det > 0 && fabs(to_s) <= 1 && fabs(to_a) <= 1) {
        double width = angle_step(centre, h);
        centre->s += h * to_s;
        centre->angle += width * to_a;
        return 1;
    }
    *centre = stencil[highest];
    return 0;
}

/* As z approaches an eigenvalue on the unit circle the value tends to 1/|u^* v|. */
static double limit_on_circle(const schur_t *schur, double unit) {
    double limit = 1;
    for (int j = 0; j < schur->n; j++)
        if (hypot(schur->real[j], schur->imaginary[j]) >= unit * (1 - ON_CIRCLE))
            limit = fmax(limit, 1 / schur->overlap[j]);
    return limit;
}

/* A peak being climbed. */
typedef struct climber {
    point_t centre;
    double h;
} climber_t;

/* Is there anything left to find? `highest` is the highest value so far, `limit` that on the
 * circle: a climber beside the circle below the limit is on its way there. */
static int goes_on(const climber_t *climber, double value, double highest, double limit) {
    int on_its_way_to_limit = exp(climber->centre.s) < AT_LIMIT && value <= limit;
    return climber->h >= LAST_STEP && value >= HOPELESS * highest && !on_its_way_to_limit;
}

/* One round: evaluates the stencils of all climbers and moves them, those that a quadratic fits
 * with shorter steps from then on, the others with longer ones. Returns how many go on. */
static int climb_once(kreiss_t *kreiss, const schur_t *schur, double unit, double limit, int count,
                      climber_t *climbers, double *highest) {
    point_t stencils[PEAKS * STENCIL];
    int left = 0;
    for (int p = 0; p < count; p++)
        lay_stencil(&climbers[p].centre, climbers[p].h, stencils + p * STENCIL);
    evaluate(kreiss, schur, unit, REFINING, count * STENCIL, stencils);
    for (int k = 0; k < count * STENCIL; k++) *highest = fmax(*highest, stencils[k].value);
    for (int p = 0; p < count; p++) {
        climber_t next = climbers[p];
        double value = stencils[p * STENCIL + STENCIL / 2].value;
        int inside = newton_step(stencils + p * STENCIL, next.h, &next.centre);
        next.h = inside ? 0.2 * next.h : fmin(2 * next.h, LONGEST_STEP);
        if (goes_on(&next, value, *highest, limit)) climbers[left++] = next;
    }
    return left;
}

/* The highest value met while all peaks are climbed together; at least the limit. */
static double climb(kreiss_t *kreiss, const schur_t *schur, double unit, int count,
                    const point_t *peaks) {
    climber_t climbers[PEAKS];
    double limit = limit_on_circle(schur, unit), highest = limit;
    for (int p = 0; p < count; p++) climbers[p] = (climber_t){peaks[p], FIRST_STEP};
    for (int round = 0; round < ROUNDS && count > 0; round++)
        count = climb_once(kreiss, schur, unit, limit, count, climbers, &highest);
    return highest;
}

void kreiss_constants(kreiss_t *kreiss, const schur_t *schur, double *plain, double *scaled) {
    point_t grid[GRID_MAX], peaks[PEAKS];
    double radius = schur_radius(schur), unit = fmax(1, radius);
    int count = make_grid(schur, unit, grid);
    evaluate(kreiss, schur, unit, SCREENING, count, grid);
    int found = pick_peaks(count, grid, peaks);
    *scaled = climb(kreiss, schur, unit, found, peaks);
    *plain = radius > 1 + ON_CIRCLE ? INFINITY : *scaled;
}
