/* How far from normal the update operator is: with a preconditioner P, an update acts on small
 * deviations as I - lr P^-1 H, whose eigenvectors are P^-1/2 U with U orthogonal, since P^-1 H is
 * similar to the symmetric P^-1/2 H P^-1/2. Their condition number is at most sqrt(max P / min P),
 * which is what is given here, over the entries of weight matrices; 1 is gradient descent. The
 * condition number of the update operator as a predictor: arXiv 2605.23476, on two-layer networks,
 * where it can be had whole. An entry whose gradient was always zero has P = eps, so rows of
 * embeddings are left out. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "probe/early.h"

static double before(const early_moment_t *m) {
    const graph_t *graph = model_graph(m->model);
    const parameter_t *p = graph_parameters(graph), *end = p + graph_parameter_count(graph);
    if (!optim_has_preconditioner(m->optim)) return NAN;
    flt *diagonal = memory_take((size_t)model_size(m->model), sizeof *diagonal, "early predictors");
    double least = INFINITY, most = 0;
    optim_preconditioner(m->optim, m->step + 1, diagonal);
    for (; p < end; p++) {
        if (p->facts.kind != PARAMETER_MATRIX || p->is_idle) continue;
        for (long i = p->offset; i < p->offset + p->rows * p->cols; i++) {
            least = fmin(least, (double)diagonal[i]);
            most = fmax(most, (double)diagonal[i]);
        }
    }
    free(diagonal);
    return sqrt(most / least);
}

const early_row_t early_update_condition = {
    .name = "update_condition",
    .doc = "sqrt(max P / min P) of the optimizer's preconditioner, a bound on the condition of the "
           "update operator's eigenvectors; NaN without one",
    .before = before,
    .passes = 1};
