/* How few directions the attention logits live in: 1 - S / log n with the spectral entropy S of
 * W_Q^T W_K, S = -sum p log p over its n singular values divided by their sum, head by head; the
 * mean over heads and blocks. 0: all directions count alike; 1: one alone does. Its collapse is
 * reported thousands of steps before a divergence (arXiv 2606.28116). */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "probe/early.h"
#include "spectral/product_values.h"

static double concentration(long n, const double *values) {
    double total = 0, entropy = 0;
    for (long i = 0; i < n; i++) total += values[i];
    for (long i = 0; i < n; i++)
        if (values[i] > 0) entropy -= values[i] / total * log(values[i] / total);
    return n > 1 ? 1 - entropy / log((double)n) : NAN;
}

/* The sum over the heads of one packed q | k | v; key heads may serve several query heads. */
static double sum_over_heads(const flt *weight, const parameter_t *p, long heads, long kv_heads,
                             long size) {
    const flt *query = weight + parameter_find(p, ROLE_QUERY) * p->cols;
    const flt *key = weight + parameter_find(p, ROLE_KEY) * p->cols;
    double sum = 0, *values = memory_take((size_t)size, sizeof *values, "early predictors");
    for (long h = 0; h < heads; h++) {
        const flt *own = query + h * size * p->cols;
        const flt *shared = key + h / (heads / kv_heads) * size * p->cols;
        status_t status = product_singular_values(size, p->cols, own, shared, values);
        sum += status == STATUS_OK ? concentration(size, values) : NAN;
    }
    free(values);
    return sum;
}

static long units_of(const parameter_t *p, role_t role) {
    int k = 0;
    while (p->facts.parts[k].role != role) k++;
    return p->facts.parts[k].units;
}

static double before(const early_moment_t *m) {
    const graph_t *graph = model_graph(m->model);
    const parameter_t *p = graph_parameters(graph), *end = p + graph_parameter_count(graph);
    long heads = (long)model_options(m->model)->heads, count = 0;
    double sum = 0;
    for (; p < end; p++) {
        int makes_both = parameter_find(p, ROLE_QUERY) >= 0 && parameter_find(p, ROLE_KEY) >= 0;
        if (p->facts.kind != PARAMETER_MATRIX || p->is_idle || !makes_both) continue;
        long size = units_of(p, ROLE_QUERY) / heads;
        sum += sum_over_heads(m->before + p->offset, p, heads, units_of(p, ROLE_KEY) / size, size);
        count += heads;
    }
    return count ? sum / (double)count : NAN;
}

const early_row_t early_qk_concentration = {
    .name = "qk_concentration",
    .doc = "1 - spectral entropy of W_Q^T W_K over its largest value, mean over heads; NaN without "
           "attention",
    .before = before,
    .passes = 1};
