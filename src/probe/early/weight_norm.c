/* The 2-norm of all weight matrices together. Norms that grow past what the learning rate bears are
 * among the published signs of trouble (arXiv 2607.21005 calls it weight-norm criticality); at step
 * 0 it is a function of the configuration alone. */
#include <math.h>

#include "kernel/vector.h"
#include "probe/early.h"

static double before(const early_moment_t *m) {
    const graph_t *graph = model_graph(m->model);
    const parameter_t *p = graph_parameters(graph), *end = p + graph_parameter_count(graph);
    double sum = 0;
    for (; p < end; p++) {
        if (p->facts.kind != PARAMETER_MATRIX || p->is_idle) continue;
        double norm = vector_norm(m->before + p->offset, p->rows * p->cols);
        sum += norm * norm;
    }
    return sqrt(sum);
}

const early_row_t early_weight_norm = {.name = "weight_norm",
                                       .doc = "2-norm of all weight matrices together",
                                       .before = before,
                                       .passes = 1};
