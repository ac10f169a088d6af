/* Running a finished graph: plain loops over its calls. */
#include "base/clock.h"
#include "graph/internal.h"

enum { FORWARD, BACKWARD, FORWARD_TANGENT, BACKWARD_TANGENT };

static void run(graph_t *g, int i, int phase) {
    const node_t *node = &g->nodes[i];
    int build = phase == FORWARD || phase == BACKWARD ? VALUES : TANGENTS;
    int is_forward = phase == FORWARD || phase == FORWARD_TANGENT;
    kernel_t *kernel = is_forward ? node->op->forward[build] : node->op->backward[build];
    double start = g->profile ? clock_seconds() : 0;
    kernel(&node->call);
    if (g->profile) g->profile[phase][i] += clock_seconds() - start;
}

void graph_forward(graph_t *g, int with_loss) {
    for (int i = 0; i < g->node_count; i++)
        if (with_loss || !g->nodes[i].op->ends) run(g, i, FORWARD);
}

void graph_backward(graph_t *g) {
    for (int i = g->node_count - 1; i >= 0; i--)
        if (g->nodes[i].runs_backward) run(g, i, BACKWARD);
}

/* dy of the operator that makes a seeded tensor: the seed itself for the last one, whose readers
 * did not run; the seed added to what its readers left for the others. */
static void sow(matrix_t dy, const flt *seed, int is_last) {
    for (long i = 0; i < dy.rows * dy.cols; i++) dy.at.v[i] = (is_last ? 0 : dy.at.v[i]) + seed[i];
}

void graph_backward_from(graph_t *g, int count, const tensor_t *tensors, const flt *const *seeds) {
    int next = count - 1;
    for (int i = g->node_count - 1; i >= 0; i--) {
        if (next >= 0 && g->nodes[i].outputs[0] == tensors[next]) {
            sow(g->nodes[i].call.dy, seeds[next], next == count - 1);
            next--;
        }
        if (next < count - 1 && g->nodes[i].runs_backward) run(g, i, BACKWARD);
    }
}

void graph_forward_tangent(graph_t *g) {
    for (int i = 0; i < g->node_count; i++) run(g, i, FORWARD_TANGENT);
}

void graph_backward_tangent(graph_t *g) {
    for (int i = g->node_count - 1; i >= 0; i--)
        if (g->nodes[i].runs_backward) run(g, i, BACKWARD_TANGENT);
}
