/* The B-spline bases of every element (Kolmogorov-Arnold networks: Liu et al. 2024): G intervals of
 * length e on low .. high, k more knots at equal distances beyond each end, degree k.
 *
 *   x0 [n,d]; y0 [n, d (G + k)]: element i's bases B_0 .. B_{G+k-1} side by side; y1 [n,3] = how
 *   many of a row lie beyond low .. high, how many beyond the last knots, how many there are
 *
 * In a cell, t_c <= x < t_{c+1}, only the k + 1 bases from c - k on are not 0; with v = (x - t_c)/e
 * the recurrence of Cox and de Boor on uniform knots builds them without a division by a distance:
 *
 *   from degree q - 1 to q:  N_r <- (r + 1 - v)/q N_r + (v + q - r)/q N_{r-1}
 *
 * Beyond the last knots all are exactly 0. The cell is chosen by the value; the rest is a
 * polynomial, whose tangents are exact. */
#include "kernel/spline.h"

#include "kernel/kernel.h"

typedef struct cell {
    long number; /* c; outside 0 .. G + 2 k - 1: no basis reaches it */
    real v;
} cell_t;

INLINE cell_t cell_of(const struct spline_options *o, real x) {
    flt step = (o->high - o->low) / (flt)o->intervals;
    real at = (x - o->low) / step + (flt)o->order;
    flt value = value_of(at), most = (flt)(o->intervals + 2 * o->order);
    cell_t cell = {-1, 0};
    if (!(value >= 0 && value < most)) return cell;
    cell.number = (long)value;
    cell.v = at - (flt)cell.number;
    return cell;
}

/* N_0 .. N_degree at v. */
INLINE void make_bases(real v, long degree, real *bases) {
    bases[0] = 1;
    for (long q = 1; q <= degree; q++) {
        flt share = 1 / (flt)q;
        real below = 0;
        for (long r = 0; r < q; r++) {
            real part = bases[r] * share;
            bases[r] = below + ((flt)(r + 1) - v) * part;
            below = (v + (flt)(q - r - 1)) * part;
        }
        bases[q] = below;
    }
}

/* N_r, 0 where there is none. */
INLINE real basis(const real *bases, long degree, long r) {
    real none = 0;
    return r >= 0 && r <= degree ? bases[r] : none;
}

#ifndef TANGENT
/* Of a row of inputs. */
INLINE void count_outside(const call_t *c, long i) {
    const struct spline_options *o = OPTIONS_OF(c, spline_options);
    const flt *x = row(c->x[0], i).v;
    flt *y = row(c->y[1], i).v, grid = 0, knots = 0;
    flt reach = (flt)o->order * (o->high - o->low) / (flt)o->intervals;
    LANES(j, c->x[0].cols) {
        grid += (flt) !(x[j] >= o->low && x[j] < o->high);
        knots += (flt) !(x[j] >= o->low - reach && x[j] < o->high + reach);
    }
    grid = team_sum(grid);
    knots = team_sum(knots);
    if (!team_leads()) return;
    y[0] = grid, y[1] = knots, y[2] = (flt)c->x[0].cols;
}
#endif

ROWS(forward, c, i, c->x[0].rows) {
    const struct spline_options *o = OPTIONS_OF(c, spline_options);
    IN_VALUES(count_outside(c, i);)
    long k = o->order, count = o->intervals + k;
    span_t x = row(c->x[0], i), y = row(c->y[0], i);
    LANES(j, c->x[0].cols) {
        real bases[SPLINE_ORDER_MAX + 1], value = load(x, j);
        cell_t cell = cell_of(o, value);
        int is_number = value_of(value) == value_of(value);
        long first = cell.number < 0 ? count : cell.number - k;
        make_bases(cell.v, k, bases);
        for (long g = 0; g < count; g++)
            store(y, j * count + g, is_number ? basis(bases, k, g - first) : value);
    }
}

/* dx = add + sum over g of dy_g (N_g - N_{g+1}) / e, these of degree k - 1 */
ROWS(backward, c, i, c->x[0].rows) {
    const struct spline_options *o = OPTIONS_OF(c, spline_options);
    long k = o->order, count = o->intervals + k, cols = c->x[0].cols;
    flt slope = (flt)o->intervals / (o->high - o->low);
    span_t x = row(c->x[0], i), dy = row(c->dy, i), dx = row(c->dx[0], i);
    span_t add = span_at_if(c->add[0], i * cols);
    LANES(j, cols) {
        real bases[SPLINE_ORDER_MAX + 1], value = load(x, j), sum = 0;
        cell_t cell = cell_of(o, value);
        int is_number = value_of(value) == value_of(value);
        long first = cell.number < 0 ? count + 1 : cell.number - k + 1;
        make_bases(cell.v, k - 1, bases);
        for (long g = 0; g < count; g++)
            sum += load(dy, j * count + g) *
                   (basis(bases, k - 1, g - first) - basis(bases, k - 1, g + 1 - first));
        store(dx, j, load_add(add, j) + (is_number ? sum * slope : value));
    }
}

DESCRIPTION const char *shape(call_t *c) {
    const struct spline_options *o = OPTIONS_OF(c, spline_options);
    if (o->order < 1 || o->order > SPLINE_ORDER_MAX) return "spline: order outside 1 .. 15";
    if (o->intervals < 1 || !(o->high > o->low)) return "spline: there is no grid";
    c->y[0].rows = c->x[0].rows;
    c->y[0].cols = c->x[0].cols * (o->intervals + o->order);
    c->y[1].rows = c->x[0].rows;
    c->y[1].cols = 3;
    return NULL;
}

/* A basis is chosen and stored, a step of the recurrence mixes two: measured. */
DESCRIPTION double flops(const call_t *c) {
    const double basis_cost = 70, step_cost = 45;
    const struct spline_options *o = OPTIONS_OF(c, spline_options);
    double k = (double)o->order,
           each = basis_cost * ((double)o->intervals + k) + step_cost * k * (k + 1) / 2;
    return each * (double)c->x[0].rows * (double)c->x[0].cols;
}

OPERATOR(spline, forward, backward, .options = OPTIONS_SIZE(spline_options),
         .doc = "the B-spline bases of every element", .inputs = 1, .outputs = 2, .shape = shape,
         .flops = flops, .backward_x = 1, .reports = 2)
