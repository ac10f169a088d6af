/* The selective state space of Mamba (Gu & Dao 2023), every channel c with N states of its own:
 *
 *   s[t,m] = exp(dt[t] A[m]) s[t-1,m] + dt[t] B[t,m] u[t],   A = -exp(A_log),   s before a sample:
 * 0 y[t]   = sum over m of C[t,m] s[t,m] + D u[t]
 *
 * x0 = u [B T,C]; x1 = dt [B T,C]; x2 [B T,K] whose last 2 N columns are B[t] | C[t]; x3 = A_log
 * [C,N]; x4 = D [1,C]; y0 [B T,C]; y1 [B chunks N,C] = the states before every chunk of CHUNK
 * steps; y2 [B,C] = the largest exp(dt A) of a sample's channel.
 *
 * Only those states are kept; the backward pass makes the states between them anew, chunk by chunk
 * from the last. Running the recurrence backwards instead would divide by exp(dt A), which may be
 * anything down to 0. A team works a block of a sample's channels, step by step; states lie in
 * scratch memory [N, BLOCK], so that lanes, vectors and neighbouring addresses are channels. What
 * several teams would add to (dB, dC over the blocks; dA, dD over the samples) they leave in parts,
 * which are added up in order. */
#include "kernel/selective_scan.h"

#include "kernel/kernel.h"

enum { CHUNK = 16, BLOCK = 64 };
enum { U, DT, BC, A_LOG, D };

typedef struct extent {
    long length, samples, channels, states, chunks, blocks;
} extent_t;

INLINE extent_t extent_of(const call_t *c) {
    long T = OPTIONS_OF(c, selective_scan_options)->length, channels = c->x[U].cols;
    extent_t e = {T,
                  c->x[U].rows / T,
                  channels,
                  c->x[A_LOG].cols,
                  (T + CHUNK - 1) / CHUNK,
                  (channels + BLOCK - 1) / BLOCK};
    return e;
}

/* --- one team's work --- */

/* Row i of the kernels: a block of channels of one sample, and its scratch arrays. */
typedef struct work {
    long sample, block, first, width; /* channels first .. first + width - 1 */
    long states, row, length;         /* row: of the sample's first step     */
    span_t a;                         /* A [N, BLOCK]                        */
    span_t carry;                     /* s, or l of the step behind          */
    span_t sum0, sum1;                /* [BLOCK]                             */
    span_t decay, state;              /* exp(dt A) and s of a chunk's steps [CHUNK, N, BLOCK] */
} work_t;

INLINE long area_of(long states) { return BLOCK * (2 * states + 2 + 2 * CHUNK * states); }

INLINE work_t work_of(const call_t *c, long i) {
    extent_t e = extent_of(c);
    long plane = e.states * BLOCK, place = TEAMS_ARE_PARALLEL ? i : 0;
    work_t w;
    w.sample = i / e.blocks, w.block = i % e.blocks, w.first = w.block * BLOCK;
    w.width = e.channels - w.first < BLOCK ? e.channels - w.first : (long)BLOCK;
    w.states = e.states, w.row = w.sample * e.length, w.length = e.length;
    w.a = span_at(c->scratch, place * area_of(e.states));
    w.carry = span_at(w.a, plane);
    w.sum0 = span_at(w.carry, plane);
    w.sum1 = span_at(w.sum0, BLOCK);
    w.decay = span_at(w.sum1, BLOCK);
    w.state = span_at(w.decay, CHUNK * plane);
    return w;
}

/* Where step t of the work's channels lies in a matrix [B T, C]. */
INLINE span_t step_of(const work_t *w, matrix_t m, long t) {
    return span_at(row(m, w->row + t), w->first);
}

/* B[t]; C[t] stands N behind it. */
INLINE span_t b_of(const call_t *c, const work_t *w, long t) {
    return span_at(row(c->x[BC], w->row + t), c->x[BC].cols - 2 * w->states);
}

/* State m before chunk k. */
INLINE span_t kept_of(const call_t *c, const work_t *w, long k, long m) {
    long chunks = (w->length + CHUNK - 1) / CHUNK;
    return span_at(row(c->y[1], (w->sample * chunks + k) * w->states + m), w->first);
}

/* A = -exp(A_log), channels side by side; nothing is carried yet. */
INLINE void begin(const call_t *c, const work_t *w) {
    for (long m = 0; m < w->states; m++) LANES(j, w->width) {
            real a_log = load(c->x[A_LOG].at, (w->first + j) * w->states + m);
            store_both(w->a, m * BLOCK + j, 0 - real_exp(a_log));
            store_both(w->carry, m * BLOCK + j, 0);
        }
}

/* --- forward --- */

/* s of step t from that before it, and C s added to sum0. */
INLINE void advance(const call_t *c, const work_t *w, long t, long m) {
    span_t a = span_at(w->a, m * BLOCK), s = span_at(w->carry, m * BLOCK), y = w->sum0;
    span_t u = step_of(w, c->x[U], t), dt = step_of(w, c->x[DT], t), bc = b_of(c, w, t);
    real b = load(bc, m), weight = load(bc, w->states + m);
    LANES(j, w->width) {
        real d = load(dt, j);
        real x = real_exp(d * load(a, j)) * load(s, j) + d * b * load(u, j);
        store_both(s, j, x);
        store_both(y, j, load(y, j) + weight * x);
    }
}

INLINE void keep(const call_t *c, const work_t *w, long k) {
    for (long m = 0; m < w->states; m++) {
        span_t to = kept_of(c, w, k, m), s = span_at(w->carry, m * BLOCK);
        LANES(j, w->width) store(to, j, load(s, j));
    }
}

#ifndef TANGENT
/* Of the smallest dt and the slowest state. */
INLINE void find_slowest(const call_t *c, const work_t *w) {
    flt *largest = row(c->y[2], w->sample).v + w->first;
    LANES(j, w->width) {
        flt step = (flt)INFINITY, a = (flt)-INFINITY;
        for (long t = 0; t < w->length; t++) {
            flt dt = step_of(w, c->x[DT], t).v[j];
            step = dt < step || dt != dt ? dt : step;
        }
        for (long m = 0; m < w->states; m++) {
            flt rate = w->a.v[m * BLOCK + j];
            a = rate > a || rate != rate ? rate : a;
        }
        largest[j] = real_exp(step * a);
    }
}
#endif

ROWS(forward, c, i, extent_of(c).samples *extent_of(c).blocks) {
    work_t w = work_of(c, i);
    span_t gain = span_at(c->x[D].at, w.first);
    begin(c, &w);
    IN_VALUES(find_slowest(c, &w);)
    for (long t = 0; t < w.length; t++) {
        span_t u = step_of(&w, c->x[U], t), y = step_of(&w, c->y[0], t);
        if (t % CHUNK == 0) keep(c, &w, t / CHUNK);
        LANES(j, w.width) store_both(w.sum0, j, load(gain, j) * load(u, j));
        for (long m = 0; m < w.states; m++) advance(c, &w, t, m);
        LANES(j, w.width) store(y, j, load(w.sum0, j));
    }
}

/* --- backward --- */

/* Parts behind the areas: dB | dC of every block [blocks, B T, 2 N]; dA_log and dD of every sample
 * [B, N + 1, C]. */
INLINE span_t parts_of(const call_t *c) {
    extent_t e = extent_of(c);
    long areas = TEAMS_ARE_PARALLEL ? e.samples * e.blocks : 1;
    return span_at(c->scratch, areas * area_of(e.states));
}
INLINE span_t part_of_bc(const call_t *c, long block, long i) {
    return span_at(parts_of(c), (block * c->x[U].rows + i) * 2 * c->x[A_LOG].cols);
}
INLINE span_t part_of_parameters(const call_t *c, long sample, long m) {
    extent_t e = extent_of(c);
    long behind = e.blocks * c->x[U].rows * 2 * e.states;
    return span_at(parts_of(c), behind + (sample * (e.states + 1) + m) * e.channels);
}

/* The states and decays of steps first .. end - 1, a chunk, anew. */
INLINE void repeat_chunk(const call_t *c, const work_t *w, long first, long end) {
    for (long m = 0; m < w->states; m++) {
        span_t before = kept_of(c, w, first / CHUNK, m), a = span_at(w->a, m * BLOCK);
        for (long t = first; t < end; t++) {
            long at = ((t - first) * w->states + m) * BLOCK;
            span_t s = span_at(w->state, at), decay = span_at(w->decay, at);
            span_t u = step_of(w, c->x[U], t), dt = step_of(w, c->x[DT], t);
            real b = load(b_of(c, w, t), m);
            LANES(j, w->width) {
                real d = load(dt, j), e = real_exp(d * load(a, j));
                store_both(decay, j, e);
                store_both(s, j, e * load(before, j) + d * b * load(u, j));
            }
            before = s;
        }
    }
}

/* Of step t and state m, with l = C dy + what step t + 1 carries over, and q = l exp(dt A) s[t-1]:
 *   ddt += A q + l B u,  du += dt l B,  dA += dt q,  dB = sum l dt u,  dC = sum s dy */
INLINE void retreat(const call_t *c, const work_t *w, long t, long m) {
    long step = t % CHUNK, at = (step * w->states + m) * BLOCK;
    span_t decay = span_at(w->decay, at), state = span_at(w->state, at);
    span_t before = step ? span_at(state, -w->states * BLOCK) : kept_of(c, w, t / CHUNK, m);
    span_t a = span_at(w->a, m * BLOCK), carry = span_at(w->carry, m * BLOCK);
    span_t da = span_at(part_of_parameters(c, w->sample, m), w->first);
    span_t u = step_of(w, c->x[U], t), dt = step_of(w, c->x[DT], t), dy = step_of(w, c->dy, t);
    span_t du = w->sum0, ddt = w->sum1, part = part_of_bc(c, w->block, w->row + t);
    real b = load(b_of(c, w, t), m), weight = load(b_of(c, w, t), w->states + m);
    real sum_b = 0, sum_c = 0;
    LANES(j, w->width) {
        real d = load(dt, j), x = load(u, j), g = load(dy, j), e = load(decay, j);
        real l = weight * g + load(carry, j), q = l * e * load(before, j);
        store_both(ddt, j, load(ddt, j) + load(a, j) * q + l * b * x);
        store_both(du, j, load(du, j) + d * l * b);
        store_both(da, j, load(da, j) + d * q);
        store_both(carry, j, l * e);
        sum_b += l * d * x;
        sum_c += load(state, j) * g;
    }
    sum_b = team_sum(sum_b);
    sum_c = team_sum(sum_c);
    if (!team_leads()) return;
    store_both(part, m, sum_b);
    store_both(part, w->states + m, sum_c);
}

/* All states of step t, and what they sum up to. */
INLINE void backward_step(const call_t *c, const work_t *w, long t) {
    span_t gain = span_at(c->x[D].at, w->first), dy = step_of(w, c->dy, t);
    span_t u = step_of(w, c->x[U], t);
    span_t dgain = span_at(part_of_parameters(c, w->sample, w->states), w->first);
    LANES(j, w->width) {
        real g = load(dy, j);
        store_both(w->sum0, j, load(gain, j) * g);
        store_both(w->sum1, j, 0);
        store_both(dgain, j, load(dgain, j) + load(u, j) * g);
    }
    for (long m = 0; m < w->states; m++) retreat(c, w, t, m);
    for (int k = U; k <= DT; k++) {
        if (!wanted(c->dx[k])) continue;
        span_t dx = step_of(w, c->dx[k], t), sum = k == U ? w->sum0 : w->sum1;
        span_t add = span_at_if(c->add[k], (w->row + t) * c->dy.cols + w->first);
        LANES(j, w->width) store(dx, j, load_add(add, j) + load(sum, j));
    }
}

ROWS(backward_work, c, i, extent_of(c).samples *extent_of(c).blocks) {
    work_t w = work_of(c, i);
    long last = (w.length - 1) / CHUNK * CHUNK;
    begin(c, &w);
    for (long m = 0; m <= w.states; m++) {
        span_t part = span_at(part_of_parameters(c, w.sample, m), w.first);
        LANES(j, w.width) store_both(part, j, 0);
    }
    for (long first = last; first >= 0; first -= CHUNK) {
        long end = first + CHUNK < w.length ? first + CHUNK : w.length;
        repeat_chunk(c, &w, first, end);
        for (long t = end - 1; t >= first; t--) backward_step(c, &w, t);
    }
    for (long m = 0; m < w.states; m++) { /* dA_log = A dA */
        span_t part = span_at(part_of_parameters(c, w.sample, m), w.first);
        span_t a = span_at(w.a, m * BLOCK);
        LANES(j, w.width) store_both(part, j, load(part, j) * load(a, j));
    }
}

/* dx2 = add, + the blocks' parts in its last columns */
ROWS(add_bc, c, i, c->dx[BC].rows) {
    long cols = c->dx[BC].cols, others = cols - 2 * c->x[A_LOG].cols, blocks = extent_of(c).blocks;
    span_t dx = row(c->dx[BC], i), add = span_at_if(c->add[BC], i * cols);
    LANES(j, others) store(dx, j, load_add(add, j));
    LANES(j, cols - others) {
        real sum = load_add(add, others + j);
        for (long block = 0; block < blocks; block++) sum += load(part_of_bc(c, block, i), j);
        store(dx, others + j, sum);
    }
}

/* Row m: dA_log of state m; the last, dD. */
ROWS(add_parameters, c, m, c->x[A_LOG].cols + 1) {
    extent_t e = extent_of(c);
    int is_gain = m == e.states;
    span_t to = is_gain ? c->dx[D].at : c->dx[A_LOG].at;
    long first = is_gain ? 0 : m, step = is_gain ? 1 : e.states;
    LANES(j, e.channels) {
        real sum = 0;
        for (long sample = 0; sample < e.samples; sample++)
            sum += load(part_of_parameters(c, sample, m), j);
        accumulate(to, first + j * step, sum);
    }
}

static void backward(const call_t *c) {
    backward_work(c);
    if (wanted(c->dx[BC])) add_bc(c);
    add_parameters(c);
}

/* --- the row --- */

DESCRIPTION const char *shape(call_t *c) {
    long n = c->x[U].rows, channels = c->x[U].cols, states = c->x[A_LOG].cols;
    if (n % OPTIONS_OF(c, selective_scan_options)->length)
        return "selective_scan: rows are not a whole number of samples";
    if (c->x[DT].rows != n || c->x[DT].cols != channels)
        return "selective_scan: u and dt differ in shape";
    if (states < 1 || c->x[A_LOG].rows != channels || c->x[D].cols != channels)
        return "selective_scan: A_log must be [C, N] and D [1, C]";
    if (c->x[BC].rows != n || c->x[BC].cols < 2 * states)
        return "selective_scan: B and C must be 2 N columns of as many rows";
    extent_t e = extent_of(c);
    c->y[0].rows = n;
    c->y[1].rows = e.samples * e.chunks * e.states;
    c->y[2].rows = e.samples;
    c->y[0].cols = c->y[1].cols = c->y[2].cols = channels;
    return NULL;
}

DESCRIPTION long parts(const call_t *c) {
    extent_t e = extent_of(c);
    return e.blocks * c->x[U].rows * 2 * e.states + e.samples * (e.states + 1) * e.channels;
}
DESCRIPTION long scratch(const call_t *c) { return area_of(c->x[A_LOG].cols) + parts(c); }
DESCRIPTION long device_scratch(const call_t *c) {
    extent_t e = extent_of(c);
    return e.samples * e.blocks * area_of(e.states) + parts(c);
}

/* An exponential and some 7 operations, and the states made anew in the backward pass: measured. */
DESCRIPTION double flops(const call_t *c) {
    const double each = 50;
    return each * (double)c->x[U].rows * (double)c->x[U].cols * (double)c->x[A_LOG].cols;
}

OPERATOR(selective_scan, forward, backward, .options = OPTIONS_SIZE(selective_scan_options),
         .doc = "the selective state space of Mamba", .inputs = 5, .outputs = 3, .shape = shape,
         .scratch = scratch, .device_scratch = device_scratch, .flops = flops, .parameters = 8 | 16,
         .backward_x = 1 | 2 | 4, .backward_y = 2, .reports = 4)
