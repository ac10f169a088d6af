/* Spectral alignment (Qiu et al. 2025, arXiv 2510.04202): the inputs x of a weight matrix W stand
 * on either side of its principal direction v, the right singular vector of its largest singular
 * value; when nearly all <x, v> have one sign, each step of gradient descent makes that singular
 * value larger. Given is |share with + minus share with -|, the mean over the matrices of all
 * blocks: 0 as diverse as can be, 1 collapsed. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/rng.h"
#include "kernel/gemm.h"
#include "kernel/vector.h"
#include "probe/early.h"
#include "spectral/lanczos.h"

enum { STEPS = 60 }; /* of Lanczos */

/* W^T W, of w [rows, cols]; u [rows] is room for W v. */
typedef struct gram {
    matrix_t w;
    flt *u;
} gram_t;

static void apply(void *context, const flt *v, flt *av) {
    const gram_t *g = context;
    matrix_t w = g->w;
    gemm(PLAIN, PLAIN, w.rows, 1, w.cols, w.at.v, w.cols, v, 1, 0, g->u, 1);
    gemm(TRANSPOSED, PLAIN, w.cols, 1, w.rows, w.at.v, w.cols, g->u, 1, 0, av, 1);
}

/* v [cols] <- the principal right singular vector; 0: a number is not finite. */
static int find_principal(matrix_t w, flt *u, flt *work, flt *v) {
    eigenpair_t pair;
    gram_t gram = {w, u};
    const symmetric_t op = {apply, &gram, w.cols};
    rng_t rng = rng_open(0, 0, "early.spectral_alignment", 0);
    for (long j = 0; j < w.cols; j++) v[j] = (flt)rng_normal(&rng);
    symmetric_normalise(v, w.cols);
    return lanczos_extremes(&op, STEPS, v, work, &pair) == STATUS_OK && isfinite(pair.value);
}

/* |share of rows of x on the one side of v - that on the other|. */
static double one_sidedness(matrix_t x, const flt *v) {
    long sides = 0;
    for (long i = 0; i < x.rows; i++) {
        double along = vector_dot(matrix_row(x, i).v, v, x.cols);
        sides += (along > 0) - (along < 0);
    }
    return fabs((double)sides) / (double)x.rows;
}

static double alignment(matrix_t x, matrix_t w) {
    long count = w.rows + w.cols + lanczos_work(w.cols, STEPS);
    flt *u = memory_take((size_t)count, sizeof *u, "early predictors"), *v = u + w.rows;
    double value = find_principal(w, u, v + w.cols, v) ? one_sidedness(x, v) : NAN;
    free(u);
    return value;
}

/* Is it a weight matrix of a block that takes part? */
static int is_of_block(const graph_t *graph, const flt *at) {
    const parameter_t *p = graph_parameters(graph), *end = p + graph_parameter_count(graph);
    const flt *theta = graph_theta((graph_t *)graph);
    while (p < end && theta + p->offset != at) p++;
    return p < end && p->facts.kind == PARAMETER_MATRIX && p->facts.block != NO_BLOCK &&
           !p->is_idle;
}

static double before(const early_moment_t *m) {
    const graph_t *graph = model_graph(m->model);
    double sum = 0;
    int count = 0;
    for (int node = 0; node < graph_nodes(graph); node++) {
        const call_t *call = graph_call(graph, node);
        if (graph_op(graph, node) != &op_linear || !is_of_block(graph, call->x[1].at.v)) continue;
        sum += alignment(call->x[0], call->x[1]);
        count++;
    }
    return count ? sum / count : NAN;
}

const early_row_t early_spectral_alignment = {
    .name = "spectral_alignment",
    .doc = "|share of inputs on one side of a matrix's principal direction - on the other|, mean "
           "over matrices (Qiu et al. 2025)",
    .before = before,
    .passes = 2};
