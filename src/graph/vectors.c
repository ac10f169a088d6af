/* The vectors as long as theta: as the host sees them, as kernels do, and what is done to them
 * where they live. */
#include <math.h>

#include "graph/internal.h"
#include "kernel/vector/scale.h"

flt *graph_theta(graph_t *g) { return mirror_here(&g->vectors[THETA]); }
flt *graph_gradient(graph_t *g) { return mirror_here(&g->vectors[GRADIENT]); }
flt *graph_direction(graph_t *g) { return mirror_here(&g->vectors[DIRECTION]); }
flt *graph_product(graph_t *g) { return mirror_here(&g->vectors[PRODUCT]); }
flt *graph_theta_there(graph_t *g) { return mirror_there(&g->vectors[THETA]); }
flt *graph_gradient_there(graph_t *g) { return mirror_there(&g->vectors[GRADIENT]); }

static matrix_t whole(const graph_t *g, flt *x) {
    return (matrix_t){.at.v = x, .rows = g->size, .cols = 1};
}

double graph_gradient_norm(graph_t *g) {
    double square[RESULTS];
    mirror_send(&g->vectors[GRADIENT]);
    const call_t call = {.x[0] = whole(g, g->vectors[GRADIENT].there),
                         .result = g->backend_norm,
                         .shares = g->shares};
    g->backend->zero(g->backend_norm, sizeof square);
    backend_vector(g->backend, VECTOR_SQUARE_SUM)(&call);
    g->backend->copy_out(square, g->backend_norm, sizeof square);
    return sqrt(square[0]);
}

void graph_scale_gradient(graph_t *g, double factor) {
    const struct scale_options options = {.factor = (flt)factor};
    const call_t call = {.y[0] = whole(g, graph_gradient_there(g)),
                         .options = options_from(&options, sizeof options)};
    backend_vector(g->backend, VECTOR_SCALE)(&call);
}
