/* Memory of a static graph: which buffer holds what, and from when to when.
 *
 * Gradients: a tensor read by several operators gets its gradient as a chain of partial sums, each
 * operator of the backward pass writing  dx = add + its share.  A residual sum passes dy through
 * unchanged, so its inputs share dy's buffer; and in GRAPH_TRAIN a partial sum that nobody reads
 * later is continued in place. In GRAPH_KEEP no gradient takes the place of a value. For tangents
 * every value of the gradient pass must survive: nothing is shared, nothing continued in place. */
#include <stdlib.h>

#include "graph/internal.h"

static int forward_step(int node) { return node; }
static int backward_step(const graph_t *g, int node) { return 2 * g->node_count - 1 - node; }

static int new_buffer(graph_t *g, tensor_t tensor, int first) {
    const tensor_data_t *t = &g->tensors[tensor];
    size_t bytes = arena_round((size_t)(t->rows * t->cols) * sizeof(flt));
    g->buffers[g->buffer_count] = (buffer_t){.bytes = bytes, .first = first, .last = first};
    return g->buffer_count++;
}

static void use(graph_t *g, int buffer, int step) {
    if (buffer != NO_BUFFER && g->buffers[buffer].last < step) g->buffers[buffer].last = step;
}

/* Values: alive from the operator that makes them to the last one that reads them. */
static void plan_values(graph_t *g) {
    int end = 2 * g->node_count;
    for (int t = 0; t < g->tensor_count; t++)
        if (g->tensors[t].kind == TENSOR_INPUT) {
            g->tensors[t].buffer = new_buffer(g, t, 0);
            use(g, g->tensors[t].buffer, end);
        }
    for (int i = 0; i < g->node_count; i++) {
        node_t *node = &g->nodes[i];
        for (int k = 0; k < node->op->outputs; k++) {
            tensor_data_t *y = &g->tensors[node->outputs[k]];
            y->buffer = new_buffer(g, node->outputs[k], forward_step(i));
            if (y->is_kept) use(g, y->buffer, g->node_count);
            if (node->op->backward_y >> k & 1) use(g, y->buffer, backward_step(g, i));
            if (node->op->reports >> k & 1) use(g, y->buffer, end);
        }
        for (int k = 0; k < node->op->inputs; k++) {
            if (node->inputs[k] == NO_TENSOR) continue;
            int buffer = g->tensors[node->inputs[k]].buffer;
            use(g, buffer, forward_step(i));
            unsigned read_again = node->op->backward_x | node->op->takes_integers;
            if (read_again >> k & 1) use(g, buffer, backward_step(g, i));
        }
    }
    if (g->mode == GRAPH_KEEP)
        for (int b = 0; b < g->buffer_count; b++)
            if (g->buffers[b].last >= g->node_count) use(g, b, end);
}

/* The gradient of one input of a node: who holds it, and what it adds to. */
static void plan_input_gradient(graph_t *g, node_t *node, int step, int k) {
    tensor_data_t *x = &g->tensors[node->inputs[k]];
    int partial = x->gradient;
    node->add[k] = partial;
    if (partial == NO_BUFFER && node->op->passes && node->op->passes(&node->call, k)) {
        x->gradient = node->dy;
        return;
    }
    use(g, partial, step);
    node->dx[k] = x->gradient = new_buffer(g, node->inputs[k], step);
    node->runs_backward = 1;
}

static void plan_node_gradients(graph_t *g, int i) {
    node_t *node = &g->nodes[i];
    int step = backward_step(g, i);
    if (node->op->ends) { /* forward leaves the gradient in the logits themselves */
        g->tensors[node->inputs[0]].gradient = g->tensors[node->inputs[0]].buffer;
        return;
    }
    node->dy = g->tensors[node->outputs[0]].gradient;
    if (node->dy == NO_BUFFER && !node->op->adds) return;
    for (int k = 0; k < node->op->inputs; k++) {
        if (node->inputs[k] == NO_TENSOR) continue;
        tensor_kind_t kind = g->tensors[node->inputs[k]].kind;
        if (kind == TENSOR_PARAMETER) node->runs_backward = 1;
        if (kind == TENSOR_ACTIVATION && op_has_gradient(node->op, k))
            plan_input_gradient(g, node, step, k);
    }
    use(g, node->dy, step);
}

/* Two inputs of one operator may add to the same partial sum: an operator that passed dy on made it
 * the gradient of both. */
static int is_added_twice(const node_t *node, int buffer) {
    int readers = 0;
    for (int k = 0; k < node->op->inputs; k++) readers += node->add[k] == buffer;
    return readers > 1;
}

/* A partial sum whose last reader is the operator that adds to it lends its place to the next. */
static void continue_in_place(graph_t *g) {
    int *place = malloc((size_t)g->buffer_count * sizeof *place);
    if (!place) return; /* only costs memory */
    for (int b = 0; b < g->buffer_count; b++) place[b] = b;
    for (int i = g->node_count - 1; i >= 0; i--) {
        node_t *node = &g->nodes[i];
        if (node->dy != NO_BUFFER) node->dy = place[node->dy];
        for (int k = 0; k < node->op->inputs; k++)
            if (node->add[k] != NO_BUFFER) node->add[k] = place[node->add[k]];
        for (int k = 0; k < node->op->inputs; k++) {
            if (node->dx[k] == NO_BUFFER || node->add[k] == NO_BUFFER) continue;
            int from = node->add[k], to = node->dx[k];
            if (g->buffers[from].last != backward_step(g, i) || from == node->dy) continue;
            if (is_added_twice(node, from)) continue;
            g->buffers[from].last = g->buffers[to].last;
            g->buffers[to].bytes = 0;
            place[to] = node->dx[k] = from;
        }
    }
    for (int t = 0; t < g->tensor_count; t++)
        if (g->tensors[t].gradient != NO_BUFFER)
            g->tensors[t].gradient = place[g->tensors[t].gradient];
    free(place);
}

void plan_gradients(graph_t *g) {
    plan_values(g);
    for (int i = g->node_count - 1; i >= 0; i--) plan_node_gradients(g, i);
    if (g->mode != GRAPH_CURVATURE) continue_in_place(g);
}

static int lives_with(const graph_t *g, const buffer_t *a, const buffer_t *b) {
    if (g->mode == GRAPH_CURVATURE) return 1;
    return a->first <= b->last && b->first <= a->last;
}

static int larger_first(const void *a, const void *b, void *graph) {
    const graph_t *g = graph;
    const buffer_t *x = &g->buffers[*(const int *)a], *y = &g->buffers[*(const int *)b];
    if (x->bytes != y->bytes) return x->bytes < y->bytes ? 1 : -1;
    return *(const int *)a - *(const int *)b;
}

/* The lowest offset at which `buffer` meets none of the `count` buffers placed before it. */
static size_t lowest_offset(const graph_t *g, const int *order, int count, const buffer_t *buffer) {
    size_t offset = 0;
    for (int moved = 1; moved;) {
        moved = 0;
        for (int i = 0; i < count; i++) {
            const buffer_t *placed = &g->buffers[order[i]];
            if (!lives_with(g, placed, buffer)) continue;
            if (offset < placed->offset + placed->bytes &&
                placed->offset < offset + buffer->bytes) {
                offset = placed->offset + placed->bytes;
                moved = 1;
            }
        }
    }
    return offset;
}

/* Every buffer keeps its own stretch, in order of creation. */
static size_t plan_side_by_side(graph_t *g) {
    size_t end = 0;
    for (int b = 0; b < g->buffer_count; b++) {
        g->buffers[b].offset = end;
        end += g->buffers[b].bytes;
    }
    return end;
}

/* First fit, largest first. */
size_t plan_offsets(graph_t *g) {
    int *order = malloc((size_t)(g->buffer_count + 1) * sizeof *order);
    if (!order || g->mode == GRAPH_CURVATURE) {
        free(order);
        return plan_side_by_side(g);
    }
    for (int b = 0; b < g->buffer_count; b++) order[b] = b;
    qsort_r(order, (size_t)g->buffer_count, sizeof *order, larger_first, g);
    size_t end = 0;
    for (int i = 0; i < g->buffer_count; i++) {
        buffer_t *buffer = &g->buffers[order[i]];
        if (buffer->bytes == 0) continue; /* continued in place of another */
        buffer->offset = lowest_offset(g, order, i, buffer);
        if (end < buffer->offset + buffer->bytes) end = buffer->offset + buffer->bytes;
    }
    free(order);
    return end;
}
