/* op_definitions.h: what every operator is by definition: plain loops in double over the formulas
 * of the literature, sharing nothing with src/kernel but the option structs. */
#ifndef TESTS_KERNEL_OP_DEFINITIONS_H
#define TESTS_KERNEL_OP_DEFINITIONS_H

#include <math.h>
#include <stddef.h>

#include "base/rng.h"
#include "kernel/op_cases.h"

/* The numbers of one try; float32 can hold all of them. Directions are those of the tangents. */
typedef struct sample {
    const op_case_t *c;
    double *x[OP_INPUTS], *x_direction[OP_INPUTS];
    double *start[OP_INPUTS], *start_direction[OP_INPUTS]; /* what gradients are added to */
    double *u, *u_direction; /* d loss / d y: weights of the sum that is differentiated   */
    int32_t *index;
} sample_t;

#define OPTIONS_GIVEN(s, type) ((const struct type *)(s)->c->options)

/* y = the operator of x. */
typedef void definition_t(const sample_t *s, double *y);

enum { LENGTH_MAX = 256 }; /* of a sample in attention */

static inline long count_of(extent_t e) { return e.rows * e.cols; }

static void define_add(const sample_t *s, double *y) {
    double alpha = OPTIONS_GIVEN(s, add_options)->alpha;
    for (long e = 0; e < count_of(s->c->y); e++) y[e] = alpha * s->x[0][e] + s->x[1][e];
}

/* One query row against the keys and values its head may see. `q` points at the row's query; keys
 * and values at row j of the sample, `stride` apart. */
static void attend(const double *q, const double *k, const double *v, long visible, long stride,
                   long size, double cap, double *y) {
    double sum = 0, largest = -INFINITY, score[LENGTH_MAX];
    for (long j = 0; j < visible; j++) {
        score[j] = 0;
        for (long e = 0; e < size; e++) score[j] += q[e] * k[j * stride + e];
        score[j] /= sqrt((double)size);
        if (cap > 0) score[j] = cap * tanh(score[j] / cap);
        largest = fmax(largest, score[j]);
    }
    for (long j = 0; j < visible; j++) sum += score[j] = exp(score[j] - largest);
    for (long e = 0; e < size; e++) {
        y[e] = 0;
        for (long j = 0; j < visible; j++) y[e] += score[j] / sum * v[j * stride + e];
    }
}

static void define_attention(const sample_t *s, double *y) {
    const struct attention_options *o = OPTIONS_GIVEN(s, attention_options);
    long stride = s->c->x[0].cols, size = o->head_size, sharing = o->heads / o->kv_heads;
    for (long row = 0; row < s->c->y.rows; row++)
        for (long h = 0; h < o->heads; h++) {
            const double *sample = s->x[0] + row / o->length * o->length * stride;
            const double *keys = sample + o->heads * size, *values = keys + o->kv_heads * size;
            long position = row % o->length, shared = h / sharing * size;
            attend(sample + position * stride + h * size, keys + shared, values + shared,
                   o->causal ? position + 1 : o->length, stride, size, o->softcap,
                   y + (row * o->heads + h) * size);
        }
}

static void define_class_token(const sample_t *s, double *y) {
    long period = s->c->x[2].rows, d = s->c->y.cols;
    for (long row = 0; row < s->c->y.rows; row++) {
        long sample = row / period, position = row % period;
        for (long j = 0; j < d; j++) {
            double patch = position ? s->x[0][(sample * (period - 1) + position - 1) * d + j] : 0;
            y[row * d + j] = s->x[2][position * d + j] + (position ? patch : s->x[1][j]);
        }
    }
}

/* The loss of each row. */
static void define_cross_entropy(const sample_t *s, double *y) {
    long vocabulary = s->c->x[0].cols;
    for (long i = 0; i < s->c->y.rows; i++) {
        const double *z = s->x[0] + i * vocabulary;
        double largest = -INFINITY, sum = 0;
        for (long j = 0; j < vocabulary; j++) largest = fmax(largest, z[j]);
        for (long j = 0; j < vocabulary; j++) sum += exp(z[j] - largest);
        y[i] = log(sum) + largest - z[s->index[i]];
    }
}

/* What operators that draw see; their stream is that of rng_open, whose words are used in order. */
static const chance_t chance = {.seed = 7, .replica = 3, .step = 11, .part = 2, .is_on = 1};
static const char chance_purpose[] = "draw/0";

/* Words 4 (row q + b) .. of the stream are for columns b, b + q, b + 2 q, b + 3 q of a row, q = a
 * quarter of the columns; rows of `part` shares of the batch come before. */
static void define_dropout(const sample_t *s, double *y) {
    double rate = OPTIONS_GIVEN(s, dropout_options)->rate;
    long cols = s->c->y.cols, quarter = (cols + 3) / 4;
    rng_t rng = rng_open(chance.seed, chance.replica, chance_purpose, chance.step);
    for (long skip = 4 * quarter * chance.part * s->c->y.rows; skip > 0; skip--) rng_bits(&rng);
    for (long e = 0; e < s->c->y.rows * 4 * quarter; e++) {
        long row = e / (4 * quarter), column = e % 4 * quarter + e % (4 * quarter) / 4;
        double factor = rng_bits(&rng) < rate * 0x1p32 ? 0 : 1 / (1 - rate);
        if (column < cols) y[row * cols + column] = factor * s->x[0][row * cols + column];
    }
}

/* --- mixtures of experts --- */

/* The k experts with the largest logits, in falling order, of equal ones the lower first. */
static void define_routes(const double *logits, long experts, long k, long *chosen) {
    for (long place = 0; place < k; place++) {
        long best = -1;
        for (long e = 0; e < experts; e++) {
            int is_taken = 0;
            for (long before = 0; before < place; before++) is_taken |= chosen[before] == e;
            if (!is_taken && (best < 0 || logits[e] > logits[best])) best = e;
        }
        chosen[place] = best;
    }
}

enum { EXPERTS_MAX = 64 };

/* Gates; those of pairs that find their expert full are 0. */
static void define_route(const sample_t *s, double *y) {
    const struct route_options *o = OPTIONS_GIVEN(s, route_options);
    long experts = s->c->x[0].cols, k = s->c->y.cols, chosen[EXPERTS_MAX], takes[EXPERTS_MAX] = {0};
    double room = o->capacity > 0
                      ? ceil((double)o->capacity * (double)(s->c->y.rows * k) / (double)experts)
                      : HUGE_VAL;
    for (long i = 0; i < s->c->y.rows; i++) {
        double sum = 0;
        const double *p = s->x[0] + i * experts;
        define_routes(s->x[1] + i * experts, experts, k, chosen);
        for (long place = 0; place < k; place++) sum += p[chosen[place]];
        if (!o->renormalises) sum = 1;
        for (long place = 0; place < k; place++)
            y[i * k + place] = (double)takes[chosen[place]]++ < room ? p[chosen[place]] / sum : 0;
    }
}

static void define_gather(const sample_t *s, double *y) {
    long d = s->c->y.cols, k = s->c->routing.active;
    for (long e = 0; e < count_of(s->c->y); e++)
        y[e] = s->x[0][(long)s->x[1][e / d] / k * d + e % d];
}

static void define_combine(const sample_t *s, double *y) {
    long d = s->c->y.cols, k = s->c->routing.active;
    for (long e = 0; e < count_of(s->c->y); e++) {
        y[e] = 0;
        for (long pair = e / d * k; pair < (e / d + 1) * k; pair++)
            y[e] += s->x[1][pair] * s->x[0][(long)s->x[2][pair] * d + e % d];
    }
}

static void define_grouped_linear(const sample_t *s, double *y) {
    long in = s->c->x[0].cols, out = s->c->y.cols, group = 0;
    for (long i = 0; i < s->c->y.rows; i++) {
        int is_in_one = (double)i < s->x[3][s->c->routing.experts];
        while (is_in_one && s->x[3][group + 1] <= (double)i) group++;
        for (long j = 0; j < out; j++) {
            double sum = s->x[2] && is_in_one ? s->x[2][group * out + j] : 0;
            for (long k = 0; is_in_one && k < in; k++)
                sum += s->x[0][i * in + k] * s->x[1][(group * out + j) * in + k];
            y[i * out + j] = sum;
        }
    }
}

/* E sum f p of every token. */
static void define_balance(const sample_t *s, double *y) {
    long experts = s->c->x[0].cols;
    double pairs = 0;
    for (long e = 0; e < experts; e++) pairs += s->x[1][e] + (s->x[2] ? s->x[2][e] : 0);
    for (long i = 0; i < s->c->y.rows; i++) {
        y[i] = 0;
        for (long e = 0; e < experts; e++)
            y[i] += (double)experts * (s->x[1][e] + (s->x[2] ? s->x[2][e] : 0)) / pairs *
                    s->x[0][i * experts + e];
    }
}

/* --- */

/* --- state spaces and splines --- */

static void define_causal_conv(const sample_t *s, double *y) {
    long channels = s->c->y.cols, taps = s->c->x[1].cols;
    long length = OPTIONS_GIVEN(s, causal_conv_options)->length;
    for (long e = 0; e < count_of(s->c->y); e++) {
        long t = e / channels % length, c = e % channels;
        y[e] = s->x[2][c];
        for (long back = 0; back < taps && back <= t; back++)
            y[e] += s->x[1][c * taps + taps - 1 - back] * s->x[0][e - back * channels];
    }
}

/* One channel of one sample, whose first step is `row`. */
static void scan_channel(const sample_t *s, long row, long c, double *y) {
    long channels = s->c->y.cols, states = s->c->x[3].cols, cols = s->c->x[2].cols;
    long length = OPTIONS_GIVEN(s, selective_scan_options)->length;
    for (long t = 0; t < length; t++)
        y[(row + t) * channels + c] = s->x[4][c] * s->x[0][(row + t) * channels + c];
    for (long m = 0; m < states; m++) {
        double state = 0, a = -exp(s->x[3][c * states + m]);
        for (long t = 0; t < length; t++) {
            long at = (row + t) * channels + c;
            const double *bc = s->x[2] + (row + t) * cols + cols - 2 * states;
            state = exp(s->x[1][at] * a) * state + s->x[1][at] * bc[m] * s->x[0][at];
            y[at] += bc[states + m] * state;
        }
    }
}

static void define_selective_scan(const sample_t *s, double *y) {
    long length = OPTIONS_GIVEN(s, selective_scan_options)->length;
    for (long row = 0; row < s->c->y.rows; row += length)
        for (long c = 0; c < s->c->y.cols; c++) scan_channel(s, row, c, y);
}

/* B_g of degree q by the recursion of Cox and de Boor; knots t_j = low + (j - k) e. */
static double spline_basis(const struct spline_options *o, long g, long q, double x) {
    double step = ((double)o->high - (double)o->low) / (double)o->intervals;
    double from = (double)o->low + (double)(g - o->order) * step;
    if (q == 0) return x >= from && x < from + step;
    return (x - from) / ((double)q * step) * spline_basis(o, g, q - 1, x) +
           (from + (double)(q + 1) * step - x) / ((double)q * step) *
               spline_basis(o, g + 1, q - 1, x);
}

static void define_spline(const sample_t *s, double *y) {
    const struct spline_options *o = OPTIONS_GIVEN(s, spline_options);
    long count = o->intervals + o->order;
    for (long e = 0; e < count_of(s->c->y); e++) {
        double x = s->x[0][e / count];
        y[e] = isinf(x) ? 0 : x - x + spline_basis(o, e % count, o->order, x);
    }
}

static void define_silu(const sample_t *s, double *y) {
    for (long e = 0; e < count_of(s->c->y); e++) y[e] = s->x[0][e] / (1 + exp(-s->x[0][e]));
}

static void define_softplus(const sample_t *s, double *y) {
    for (long e = 0; e < count_of(s->c->y); e++) y[e] = log1p(exp(s->x[0][e]));
}

static void define_slice(const sample_t *s, double *y) {
    const struct slice_options *o = OPTIONS_GIVEN(s, slice_options);
    for (long e = 0; e < count_of(s->c->y); e++)
        y[e] = s->x[0][e / o->count * s->c->x[0].cols + o->first + e % o->count];
}

static void define_embed(const sample_t *s, double *y) {
    long d = s->c->y.cols, period = OPTIONS_GIVEN(s, embed_options)->period;
    for (long i = 0; i < s->c->y.rows; i++)
        for (long j = 0; j < d; j++) {
            y[i * d + j] = s->x[0][s->index[i] * d + j];
            if (s->x[1]) y[i * d + j] += s->x[1][i % period * d + j];
        }
}

static void define_gelu(const sample_t *s, double *y) {
    for (long e = 0; e < count_of(s->c->y); e++) {
        double x = s->x[0][e];
        y[e] = 0.5 * x * (1 + tanh(sqrt(2 / acos(-1)) * (x + 0.044715 * x * x * x)));
    }
}

/* Every query and key head over its root mean square, times its kind's gain. */
static void define_head_norm(const sample_t *s, double *y) {
    const struct head_norm_options *o = OPTIONS_GIVEN(s, head_norm_options);
    long d = s->c->y.cols, size = o->head_size;
    for (long e = 0; e < count_of(s->c->y); e++) {
        long head = e % d / size, within = e % d % size, first = e - within;
        y[e] = s->x[0][e];
        if (head >= o->query_heads + o->key_heads) continue;
        double square = 0;
        for (long j = 0; j < size; j++)
            square += s->x[0][first + j] * s->x[0][first + j] / (double)size;
        y[e] *= s->x[head < o->query_heads ? 1 : 2][within] / sqrt(square + (double)o->epsilon);
    }
}

static void define_layer_norm(const sample_t *s, double *y) {
    long d = s->c->y.cols;
    for (long i = 0; i < s->c->y.rows; i++) {
        const double *x = s->x[0] + i * d;
        double mean = 0, variance = 0;
        for (long j = 0; j < d; j++) mean += x[j] / (double)d;
        for (long j = 0; j < d; j++) variance += (x[j] - mean) * (x[j] - mean) / (double)d;
        double deviation = sqrt(variance + (double)OPTIONS_GIVEN(s, norm_options)->epsilon);
        for (long j = 0; j < d; j++)
            y[i * d + j] = (x[j] - mean) / deviation * s->x[1][j] + s->x[2][j];
    }
}

static void define_linear(const sample_t *s, double *y) {
    long in = s->c->x[0].cols, out = s->c->y.cols;
    for (long i = 0; i < s->c->y.rows; i++)
        for (long j = 0; j < out; j++) {
            double sum = s->x[2] ? s->x[2][j] : 0;
            for (long k = 0; k < in; k++) sum += s->x[0][i * in + k] * s->x[1][j * in + k];
            y[i * out + j] = sum;
        }
}

static void define_rms_norm(const sample_t *s, double *y) {
    long d = s->c->y.cols;
    for (long i = 0; i < s->c->y.rows; i++) {
        const double *x = s->x[0] + i * d;
        double square = 0;
        for (long j = 0; j < d; j++) square += x[j] * x[j] / (double)d;
        double size = sqrt(square + (double)OPTIONS_GIVEN(s, norm_options)->epsilon);
        for (long j = 0; j < d; j++) y[i * d + j] = x[j] / size * s->x[1][j];
    }
}

/* The pair (i, i + s/2) of a head, as a complex number, times exp(i angle). */
static void define_rope(const sample_t *s, double *y) {
    const struct rope_options *o = OPTIONS_GIVEN(s, rope_options);
    long d = s->c->y.cols, half = o->head_size / 2;
    for (long e = 0; e < count_of(s->c->y); e++) {
        long position = e / d % o->length, column = e % d, within = column % o->head_size;
        y[e] = s->x[0][e];
        if (column >= o->heads * o->head_size) continue;
        double exponent = -2.0 * (double)(within % half) / (double)o->head_size;
        double angle = (double)position * pow(o->base, exponent);
        double other = within < half ? -s->x[0][e + half] : s->x[0][e - half];
        y[e] = s->x[0][e] * cos(angle) + other * sin(angle);
    }
}

static void define_select(const sample_t *s, double *y) {
    const struct select_options *o = OPTIONS_GIVEN(s, select_options);
    long d = s->c->y.cols;
    for (long b = 0; b < s->c->y.rows; b++)
        for (long j = 0; j < d; j++) y[b * d + j] = s->x[0][(b * o->period + o->position) * d + j];
}

static void define_softcap(const sample_t *s, double *y) {
    double cap = OPTIONS_GIVEN(s, softcap_options)->cap;
    for (long e = 0; e < count_of(s->c->y); e++) y[e] = cap * tanh(s->x[0][e] / cap);
}

static void define_softmax(const sample_t *s, double *y) {
    long cols = s->c->y.cols;
    for (long i = 0; i < s->c->y.rows; i++) {
        const double *x = s->x[0] + i * cols;
        double largest = -INFINITY, sum = 0;
        for (long j = 0; j < cols; j++) largest = fmax(largest, x[j]);
        for (long j = 0; j < cols; j++) sum += exp(x[j] - largest);
        for (long j = 0; j < cols; j++) y[i * cols + j] = exp(x[j] - largest) / sum;
    }
}

static void define_gate(const sample_t *s, double *y) {
    for (long e = 0; e < count_of(s->c->y); e++)
        y[e] = s->x[0][e] * s->x[1][e] / (1 + exp(-s->x[1][e]));
}

static void define_swiglu(const sample_t *s, double *y) {
    long f = s->c->y.cols;
    for (long e = 0; e < count_of(s->c->y); e++) {
        const double *row = s->x[0] + e / f * 2 * f;
        double gate = row[e % f], up = row[f + e % f];
        y[e] = gate / (1 + exp(-gate)) * up;
    }
}

/* (log sum exp)^2 of each row. */
static void define_z_loss(const sample_t *s, double *y) {
    long cols = s->c->x[0].cols;
    for (long i = 0; i < s->c->y.rows; i++) {
        double sum = 0;
        for (long j = 0; j < cols; j++) sum += exp(s->x[0][i * cols + j]);
        y[i] = log(sum) * log(sum);
    }
}

static const struct {
    const op_t *op;
    definition_t *define;
} definitions[] = {
    {&op_add, define_add},
    {&op_attention, define_attention},
    {&op_balance, define_balance},
    {&op_combine, define_combine},
    {&op_gather, define_gather},
    {&op_grouped_linear, define_grouped_linear},
    {&op_route, define_route},
    {&op_softmax, define_softmax},
    {&op_causal_conv, define_causal_conv},
    {&op_selective_scan, define_selective_scan},
    {&op_silu, define_silu},
    {&op_slice, define_slice},
    {&op_softplus, define_softplus},
    {&op_spline, define_spline},
    {&op_class_token, define_class_token},
    {&op_cross_entropy, define_cross_entropy},
    {&op_dropout, define_dropout},
    {&op_embed, define_embed},
    {&op_gate, define_gate},
    {&op_gelu, define_gelu},
    {&op_head_norm, define_head_norm},
    {&op_layer_norm, define_layer_norm},
    {&op_linear, define_linear},
    {&op_rms_norm, define_rms_norm},
    {&op_rope, define_rope},
    {&op_select, define_select},
    {&op_softcap, define_softcap},
    {&op_swiglu, define_swiglu},
    {&op_z_loss, define_z_loss},
};
enum { DEFINITIONS = sizeof definitions / sizeof definitions[0] };

static definition_t *definition_of(const op_t *op) {
    for (int i = 0; i < DEFINITIONS; i++)
        if (definitions[i].op == op) return definitions[i].define;
    return NULL;
}

#endif
