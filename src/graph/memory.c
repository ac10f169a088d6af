/* A graph gets its memory: planned, reserved, and handed to every call. */
#include <stdlib.h>

#include "graph/internal.h"

static int parameter_copies(const graph_t *g) { return g->mode == GRAPH_CURVATURE ? 4 : 2; }

static size_t parameter_bytes(const graph_t *g) {
    return arena_round((size_t)g->size * sizeof(flt));
}

/* Of the weights as bfloat16. */
static size_t rounded_bytes(const graph_t *g) {
    int are_kept = is_on_host(g) && graph_precision(g)->keeps_weights;
    return are_kept ? (size_t)g->size * sizeof(bf16_t) : 0;
}

graph_memory_t graph_memory(const graph_t *g) {
    return (graph_memory_t){
        .parameters = (size_t)parameter_copies(g) * parameter_bytes(g) + rounded_bytes(g),
        .values = g->value_bytes,
        .tangents = g->mode == GRAPH_CURVATURE ? g->value_bytes : 0,
        .scratch = g->scratch_bytes + (is_on_host(g) ? 0 : g->traffic_bytes + 2 * g->factor_bytes),
    };
}
size_t graph_bytes(const graph_t *g) {
    graph_memory_t memory = graph_memory(g);
    return memory.parameters + memory.values + memory.tangents + memory.scratch;
}

static void bind_input(graph_t *g, node_t *node, int k) {
    call_t *c = &node->call;
    c->x[k] = tensor_values(g, node->inputs[k]);
    if (node->inputs[k] == NO_TENSOR) return;
    const tensor_data_t *t = &g->tensors[node->inputs[k]];
    c->dx[k] = (matrix_t){.rows = t->rows, .cols = t->cols};
    if (!op_has_gradient(node->op, k)) return;
    if (t->kind == TENSOR_PARAMETER) {
        c->dx[k].at = c->add[k] = parameter_span(g, t->parameter, GRADIENT, PRODUCT);
    } else {
        c->dx[k].at = buffer_span(g, node->dx[k]);
        c->add[k] = node->dx[k] == NO_BUFFER ? (span_t){0} : buffer_span(g, node->add[k]);
    }
}

static void bind(graph_t *g, node_t *node) {
    call_t *c = &node->call;
    for (int k = 0; k < node->op->inputs; k++) bind_input(g, node, k);
    for (int k = 0; k < node->op->outputs; k++) c->y[k] = tensor_values(g, node->outputs[k]);
    c->dy = (matrix_t){buffer_span(g, node->dy), c->y[0].rows, c->y[0].cols};
    c->index = node->index == NO_TENSOR ? NULL : g->tensors[node->index].backend_index;
    c->scratch.v = (flt *)g->scratch.base;
    c->scratch.t = c->scratch.v + g->scratch_bytes / 2 / sizeof(flt);
    c->result = g->backend_results + RESULTS * node->term;
    c->chance = g->backend_chance;
    c->shares = g->shares;
    for (int build = VALUES; build <= TANGENTS; build++) {
        node->kernels[FORWARD + 2 * build] = backend_forward(g->backend, node->op, build);
        node->kernels[BACKWARD + 2 * build] = backend_backward(g->backend, node->op, build);
    }
}

static size_t most_scratch(const graph_t *g) {
    long most = 0;
    for (int i = 0; i < g->node_count; i++) {
        const node_t *node = &g->nodes[i];
        long need = backend_scratch(g->backend, node->op, &node->call);
        if (need > most) most = need;
    }
    return 2 * arena_round((size_t)most * sizeof(flt)); /* values and tangents */
}

/* Of a matrix as a factor, which may be padded when it is rounded: every row; or, where it is many
 * matrices of a batch, every one of them, of which there are no more than some matrix has rows. */
enum { UNIT = 8 };
static long elements_of(matrix_t m) { return m.rows * ((m.cols + UNIT - 1) / UNIT * UNIT); }

static void see(matrix_t m, long *most, long *rows) {
    if (elements_of(m) > *most) *most = elements_of(m);
    if (m.rows > *rows) *rows = m.rows;
}

/* Whatever an operator multiplies is one of its matrices, or lies in its scratch memory. */
static size_t most_factor(const graph_t *g) {
    long most = 0, rows = 0;
    for (int i = 0; i < g->node_count; i++) {
        const call_t *c = &g->nodes[i].call;
        long scratch = backend_scratch(g->backend, g->nodes[i].op, c);
        if (scratch > most) most = scratch;
        for (int k = 0; k < OP_INPUTS; k++) see(c->x[k], &most, &rows);
        for (int k = 0; k < OP_OUTPUTS; k++) see(c->y[k], &most, &rows);
    }
    size_t count = (size_t)(most + UNIT * rows);
    return arena_round(precision_room(graph_precision(g), g->backend, count));
}

/* At most one value buffer per tensor, and one gradient buffer per input of every node. */
status_t graph_plan(graph_t *g, graph_mode_t mode) {
    CHECK(!g->complaint, STATUS_BUG, "the model's graph does not fit: %s", g->complaint);
    g->mode = mode;
    size_t most = (size_t)g->tensor_count + OP_INPUTS * (size_t)g->node_count;
    g->buffers = calloc(most, sizeof *g->buffers);
    CHECK(g->buffers, STATUS_ENVIRONMENT, "out of memory while planning a model's memory");
    plan_gradients(g);
    g->value_bytes = plan_offsets(g);
    g->scratch_bytes = most_scratch(g);
    g->factor_bytes = most_factor(g);
    plan_traffic(g);
    return STATUS_OK;
}

static status_t allocate_parameters(graph_t *g) {
    size_t bytes = parameter_bytes(g);
    TRY(g->backend->reserve((size_t)parameter_copies(g) * bytes, &g->parameter_arena));
    for (int i = 0; i < parameter_copies(g); i++)
        TRY(mirror_create(g->backend, arena_take(&g->parameter_arena, bytes), g->size,
                          &g->vectors[i]));
    const flt *weights = is_on_host(g) ? g->vectors[THETA].there : NULL;
    return products_create(graph_precision(g), weights, (size_t)g->size, &g->products);
}

/* The room of a device that rounds factors by itself: nothing may be allocated while it works. */
static status_t allocate_factors(graph_t *g) {
    if (!g->factor_bytes) return STATUS_OK;
    TRY(g->backend->reserve(2 * g->factor_bytes, &g->factors));
    for (int k = 0; k < 2; k++) g->products.there[k] = arena_take(&g->factors, g->factor_bytes);
    g->products.room_there = g->factor_bytes;
    return STATUS_OK;
}

status_t graph_allocate(graph_t *g) {
    TRY(allocate_parameters(g));
    TRY(g->backend->reserve(g->value_bytes, &g->values));
    if (g->mode == GRAPH_CURVATURE) TRY(g->backend->reserve(g->value_bytes, &g->tangents));
    TRY(g->backend->reserve(g->scratch_bytes, &g->scratch));
    TRY(allocate_traffic(g));
    TRY(allocate_factors(g));
    for (int i = 0; i < g->node_count; i++) bind(g, &g->nodes[i]);
    return STATUS_OK;
}
