/* Running a finished graph: plain loops over its calls. */
#include <string.h>

#include "base/clock.h"
#include "graph/internal.h"

enum { FORWARD, BACKWARD, FORWARD_TANGENT, BACKWARD_TANGENT };

static int maker_of(const graph_t *g, tensor_t tensor) {
    int i = 0;
    while (g->nodes[i].outputs[0] != tensor) i++;
    return i;
}

static int is_passed_over(const graph_t *g, int i) { return i >= g->gap.first && i < g->gap.end; }

void graph_pass_over(graph_t *g, tensor_t from, tensor_t to) {
    g->gap = (gap_t){maker_of(g, from) + 1, maker_of(g, to) + 1, from, to};
    for (int p = 0; p < g->parameter_count; p++) g->parameters[p].is_idle = 1;
    for (int i = 0; i < g->node_count; i++)
        for (int k = 0; k < g->nodes[i].op->inputs; k++) {
            tensor_t x = g->nodes[i].inputs[k];
            if (x != NO_TENSOR && g->tensors[x].kind == TENSOR_PARAMETER && !is_passed_over(g, i))
                g->parameters[g->tensors[x].parameter].is_idle = 0;
        }
}

/* What the operators of the gap would do if they were the identity. In place of the one that runs
 * last, when what is read is complete and what is written is alive in any plan. */
static void cross_gap(graph_t *g, int phase) {
    matrix_t to = graph_values(g, g->gap.to), from = graph_values(g, g->gap.from);
    size_t bytes = (size_t)(to.rows * to.cols) * sizeof(flt);
    if (phase == FORWARD) memcpy(to.at.v, from.at.v, bytes);
    if (phase == FORWARD_TANGENT) memcpy(to.at.t, from.at.t, bytes);
    if (phase == FORWARD || phase == FORWARD_TANGENT) return;
    to = graph_gradient_of(g, g->gap.to), from = graph_gradient_of(g, g->gap.from);
    if (phase == BACKWARD) memmove(from.at.v, to.at.v, bytes);
    if (phase == BACKWARD_TANGENT) memmove(from.at.t, to.at.t, bytes);
}

static void run(graph_t *g, int i, int phase) {
    const node_t *node = &g->nodes[i];
    int build = phase == FORWARD || phase == BACKWARD ? VALUES : TANGENTS;
    int is_forward = phase == FORWARD || phase == FORWARD_TANGENT;
    if (is_passed_over(g, i)) {
        if (i == (is_forward ? g->gap.end - 1 : g->gap.first)) cross_gap(g, phase);
        return;
    }
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
        for (; next >= 0 && g->nodes[i].outputs[0] == tensors[next]; next--)
            sow(g->nodes[i].call.dy, seeds[next], next == count - 1);
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
