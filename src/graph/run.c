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

void graph_forward_tangent(graph_t *g) {
    for (int i = 0; i < g->node_count; i++) run(g, i, FORWARD_TANGENT);
}

void graph_backward_tangent(graph_t *g) {
    for (int i = g->node_count - 1; i >= 0; i--)
        if (g->nodes[i].runs_backward) run(g, i, BACKWARD_TANGENT);
}
