#include "spectral/resolvent.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 32 }; /* rows solved between two matrix products */

size_t resolvent_bytes(int n_max) {
    return 4 * dense_bytes(2 * RESOLVENT_POINTS, n_max) +
           2 * arena_round(sizeof(double) * RESOLVENT_POINTS * RESOLVENT_STEPS);
}

resolvent_t resolvent_take(arena_t *arena, int n_max) {
    return (resolvent_t){
        .inverse = dense_take(arena, 2 * RESOLVENT_POINTS, n_max),
        .v = dense_take(arena, 2 * RESOLVENT_POINTS, n_max),
        .before = dense_take(arena, 2 * RESOLVENT_POINTS, n_max),
        .image = dense_take(arena, 2 * RESOLVENT_POINTS, n_max),
        .diagonal = arena_take(arena, sizeof(double) * RESOLVENT_POINTS * RESOLVENT_STEPS),
        .beside = arena_take(arena, sizeof(double) * RESOLVENT_POINTS * RESOLVENT_STEPS),
    };
}

static double entry(dense_t t, int i, int j) { return dense_column(t, j)[i]; }

/* Does a 2x2 block start at row i? */
static int pair_at(dense_t t, int i) { return i + 1 < t.rows && entry(t, i + 1, i) != 0; }

static void invert_diagonal(dense_t t, int count, const double complex *z, dense_t inverse) {
    for (int i = 0; i < t.rows; i++) {
        int pair = pair_at(t, i);
        double product = pair ? entry(t, i, i + 1) * entry(t, i + 1, i) : 0;
        for (int p = 0; p < count; p++) {
            double complex pivot = z[p] - entry(t, i, i);
            if (pair) pivot = pivot * (z[p] - entry(t, i + 1, i + 1)) - product;
            double complex value = 1 / pivot;
            for (int k = i; k <= i + pair; k++) {
                dense_column(inverse, k)[p] = creal(value);
                dense_column(inverse, k)[p + count] = cimag(value);
            }
        }
        i += pair;
    }
}

/* x *= f, or conj(f), for each point. */
static void multiply(int count, const double *restrict f, double conjugate, double *restrict x) {
    for (int p = 0; p < count; p++) {
        double re = x[p], im = x[p + count], f_im = conjugate * f[p + count];
        x[p] = f[p] * re - f_im * im;
        x[p + count] = f[p] * im + f_im * re;
    }
}

/* Solves the 2x2 block at row i: x = (1/det) [[z-d, above], [below, z-a]] b, its adjoint with
 * conj(z) and the off-diagonal entries swapped. */
static void solve_pair(dense_t t, int i, int count, const double complex *z, double conjugate,
                       const double *f, double *restrict first, double *restrict second) {
    double above = entry(t, i, i + 1), below = entry(t, i + 1, i);
    double a = entry(t, i, i), d = entry(t, i + 1, i + 1);
    double to_first = conjugate > 0 ? above : below, to_second = conjugate > 0 ? below : above;
    for (int p = 0; p < count; p++) {
        double re = creal(z[p]), im = conjugate * cimag(z[p]);
        double x = first[p], x_im = first[p + count], y = second[p], y_im = second[p + count];
        first[p] = (re - d) * x - im * x_im + to_first * y;
        first[p + count] = (re - d) * x_im + im * x + to_first * y_im;
        second[p] = (re - a) * y - im * y_im + to_second * x;
        second[p + count] = (re - a) * y_im + im * y + to_second * x_im;
    }
    multiply(count, f, conjugate, first);
    multiply(count, f, conjugate, second);
}

static void add_scaled(int n, double factor, const double *restrict x, double *restrict y) {
    for (int p = 0; p < n; p++) y[p] += factor * x[p];
}

/* x = (zI - T)^-1 x: from the last row up. */
static void solve(const resolvent_t *r, dense_t t, int count, const double complex *z, dense_t x) {
    for (int end = t.rows; end > 0;) {
        int start = end > BLOCK ? end - BLOCK : 0;
        if (start > 0 && pair_at(t, start - 1)) start--;
        for (int i = end - 1; i >= start; i--) {
            int pair = i > start && pair_at(t, i - 1);
            const double *f = dense_column(r->inverse, i);
            if (pair)
                solve_pair(t, i - 1, count, z, 1, f, dense_column(x, i - 1), dense_column(x, i));
            else
                multiply(count, f, 1, dense_column(x, i));
            for (int k = i - pair; k <= i; k++)
                for (int l = start; l < i - pair; l++)
                    add_scaled(2 * count, entry(t, l, k), dense_column(x, k), dense_column(x, l));
            i -= pair;
        }
        if (start > 0)
            dense_multiply_nt(1, dense_view(x, 0, start, 2 * count, end - start),
                              dense_view(t, 0, start, start, end - start), 1,
                              dense_view(x, 0, 0, 2 * count, start));
        end = start;
    }
}

/* x = (zI - T)^-H x: from the first row down. */
static void solve_adjoint(const resolvent_t *r, dense_t t, int count, const double complex *z,
                          dense_t x) {
    int n = t.rows;
    for (int start = 0, end; start < n; start = end) {
        end = start + BLOCK < n ? start + BLOCK : n;
        if (end < n && pair_at(t, end - 1)) end++;
        for (int i = start; i < end; i++) {
            int pair = pair_at(t, i);
            const double *f = dense_column(r->inverse, i);
            if (pair)
                solve_pair(t, i, count, z, -1, f, dense_column(x, i), dense_column(x, i + 1));
            else
                multiply(count, f, -1, dense_column(x, i));
            for (int k = i; k <= i + pair; k++)
                for (int l = i + pair + 1; l < end; l++)
                    add_scaled(2 * count, entry(t, k, l), dense_column(x, k), dense_column(x, l));
            i += pair;
        }
        if (end < n)
            dense_multiply_nn(1, dense_view(x, 0, start, 2 * count, end - start),
                              dense_view(t, start, end, end - start, n - end), 1,
                              dense_view(x, 0, end, 2 * count, n - end));
    }
}

/* sum[p] = squared 2-norm of point p's vector. */
static void squared_norms(dense_t x, int n, int count, double *restrict sum) {
    memset(sum, 0, sizeof(double) * (size_t)count);
    for (int i = 0; i < n; i++) {
        const double *row = dense_column(x, i);
        for (int p = 0; p < count; p++) sum[p] += row[p] * row[p] + row[p + count] * row[p + count];
    }
}

/* y = y - alpha x, or y = beta y, with a factor per point. */
static void subtract_each(int n, int count, const double *alpha, dense_t x, dense_t y) {
    for (int i = 0; i < n; i++) {
        const double *restrict from = dense_column(x, i);
        double *restrict to = dense_column(y, i);
        for (int p = 0; p < count; p++) to[p] -= alpha[p] * from[p];
        for (int p = 0; p < count; p++) to[p + count] -= alpha[p] * from[p + count];
    }
}

static void scale_each(int n, int count, const double *beta, dense_t y) {
    for (int i = 0; i < n; i++) {
        double *restrict to = dense_column(y, i);
        for (int p = 0; p < count; p++) to[p] *= beta[p];
        for (int p = 0; p < count; p++) to[p + count] *= beta[p];
    }
}

/* The same unit vector for every point; no structure of T is orthogonal to it in practice. */
static void start(resolvent_t *r, int n, int count) {
    double square = 0;
    for (int i = 0; i < n; i++) square += pow(1 + 0.5 * sin(i * i + 1.0), 2);
    for (int i = 0; i < n; i++) {
        double value = (1 + 0.5 * sin(i * i + 1.0)) / sqrt(square);
        for (int p = 0; p < count; p++) dense_column(r->v, i)[p] = value;
        memset(dense_column(r->v, i) + count, 0, sizeof(double) * (size_t)count);
        memset(dense_column(r->before, i), 0, sizeof(double) * 2 * (size_t)count);
    }
}

/* One Lanczos step: with M = (zI-T)^-H (zI-T)^-1, before <- next vector, alpha_k, beta_k. */
static void step(resolvent_t *r, dense_t t, int count, const double complex *z, int k) {
    int n = t.rows;
    double alpha[RESOLVENT_POINTS], beta[RESOLVENT_POINTS] = {0};
    for (int i = 0; i < n; i++)
        memcpy(dense_column(r->image, i), dense_column(r->v, i),
               sizeof(double) * 2 * (size_t)count);
    solve(r, t, count, z, r->image);
    squared_norms(r->image, n, count, alpha); /* v^* M v */
    solve_adjoint(r, t, count, z, r->image);
    subtract_each(n, count, alpha, r->v, r->image);
    for (int p = 0; p < count; p++) {
        r->diagonal[p * RESOLVENT_STEPS + k] = alpha[p];
        beta[p] = k ? r->beside[p * RESOLVENT_STEPS + k - 1] : 0;
    }
    subtract_each(n, count, beta, r->before, r->image);
    squared_norms(r->image, n, count, beta);
    for (int p = 0; p < count; p++) {
        beta[p] = sqrt(beta[p]);
        r->beside[p * RESOLVENT_STEPS + k] = beta[p];
        beta[p] = beta[p] > 0 ? 1 / beta[p] : 0; /* an invariant subspace: nothing follows */
    }
    scale_each(n, count, beta, r->image);
    dense_t next = r->image;
    r->image = r->before, r->before = r->v, r->v = next;
}

void resolvent_norms(resolvent_t *r, dense_t t, int count, const double complex *z,
                     double tolerance, double *norm) {
    int steps = RESOLVENT_STEPS < t.rows ? RESOLVENT_STEPS : t.rows;
    invert_diagonal(t, count, z, r->inverse);
    start(r, t.rows, count);
    for (int p = 0; p < count; p++) norm[p] = 0;
    for (int k = 0, settled = 0; k < steps && !settled; k++) {
        step(r, t, count, z, k);
        settled = 1;
        for (int p = 0; p < count; p++) {
            double now = sqrt(tridiagonal_largest(k + 1, r->diagonal + p * RESOLVENT_STEPS,
                                                  r->beside + p * RESOLVENT_STEPS));
            settled &= now - norm[p] <= tolerance * now;
            norm[p] = now;
        }
    }
}
