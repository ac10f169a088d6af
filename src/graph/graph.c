#include "graph/graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/internal.h"

/* Grows an array by one element, zeroed; returns the element. Capacity follows powers of two. */
static void *grow(void **array, int *count, size_t size) {
    if ((*count & (*count - 1)) == 0) {
        size_t capacity = *count ? 2 * (size_t)*count : 1;
        *array = memory_grow(*array, capacity, size, "a model's graph");
    }
    void *element = (char *)*array + (size_t)*count * size;
    ++*count;
    return memset(element, 0, size);
}

graph_t *graph_create(void) {
    int none = 0;
    void *graph = NULL;
    graph_t *g = grow(&graph, &none, sizeof(graph_t));
    g->backend = &backend_host;
    return g;
}

void graph_place(graph_t *g, const backend_t *backend) { g->backend = backend; }
const backend_t *graph_backend(const graph_t *g) { return g->backend; }

void graph_destroy(graph_t **graph) {
    graph_t *g = *graph;
    if (!g) return;
    for (int t = 0; t < g->tensor_count; t++) {
        free(g->tensors[t].index);
        mirror_destroy(&g->tensors[t].mirror);
    }
    for (int p = 0; p < g->parameter_count; p++) free((char *)g->parameters[p].name);
    forget_recordings(g);
    g->backend->release(&g->parameter_arena);
    g->backend->release(&g->values);
    g->backend->release(&g->tangents);
    g->backend->release(&g->scratch);
    g->backend->release(&g->traffic);
    for (int i = 0; i < VECTORS; i++) mirror_destroy(&g->vectors[i]);
    free(g->tensors);
    free(g->nodes);
    free(g->parameters);
    free(g->buffers);
    free(g);
    *graph = NULL;
}

static tensor_t new_tensor(graph_t *g, tensor_kind_t kind, long rows, long cols) {
    tensor_data_t *t = grow((void **)&g->tensors, &g->tensor_count, sizeof *t);
    *t = (tensor_data_t){
        .kind = kind, .rows = rows, .cols = cols, .buffer = NO_BUFFER, .gradient = NO_BUFFER};
    return g->tensor_count - 1;
}

tensor_t graph_parameter(graph_t *g, const char *name, long rows, long cols) {
    tensor_t tensor = new_tensor(g, TENSOR_PARAMETER, rows, cols);
    g->tensors[tensor].parameter = g->parameter_count;
    parameter_t *p = grow((void **)&g->parameters, &g->parameter_count, sizeof *p);
    *p = (parameter_t){.name = strdup(name), .rows = rows, .cols = cols, .offset = g->size};
    g->size += (rows * cols + PAD - 1) / PAD * PAD;
    return tensor;
}

tensor_t graph_input(graph_t *g, long rows, long cols) {
    return new_tensor(g, TENSOR_INPUT, rows, cols);
}

tensor_t graph_index(graph_t *g, long length) {
    tensor_t tensor = new_tensor(g, TENSOR_INDEX, length, 1);
    g->tensors[tensor].index = calloc((size_t)length, sizeof(int32_t));
    return tensor;
}

void graph_keep(graph_t *g, tensor_t tensor) {
    if (tensor != NO_TENSOR) g->tensors[tensor].is_kept = 1;
}

/* Shapes alone: enough for op->shape, op->scratch, op->flops, op->passes. */
static void set_shapes(const graph_t *g, node_t *node) {
    for (int k = 0; k < node->op->inputs; k++) {
        if (node->inputs[k] == NO_TENSOR) continue;
        const tensor_data_t *x = &g->tensors[node->inputs[k]];
        node->call.x[k] = (matrix_t){.rows = x->rows, .cols = x->cols};
    }
    if (node->index != NO_TENSOR) node->call.y[0].rows = g->tensors[node->index].rows;
}

static int is_index(const graph_t *g, tensor_t tensor) {
    return tensor != NO_TENSOR && g->tensors[tensor].kind == TENSOR_INDEX;
}

static const char *check_inputs(const graph_t *g, const op_t *op, const tensor_t *inputs,
                                tensor_t index) {
    if (index != NO_TENSOR && !is_index(g, index)) return "an operator takes a tensor for indices";
    for (int k = 0; k < op->inputs; k++) {
        for (int j = 0; j < k; j++)
            if (inputs[j] != NO_TENSOR && inputs[j] == inputs[k])
                return "an operator takes the same tensor twice";
        if (inputs[k] >= g->tensor_count) return "an operator takes a tensor of another graph";
        if (is_index(g, inputs[k])) return "an operator takes indices for a tensor";
        if (inputs[k] != NO_TENSOR && (op->parameters >> k & 1) &&
            g->tensors[inputs[k]].kind != TENSOR_PARAMETER)
            return "an operator takes a tensor for a parameter";
    }
    return inputs[0] == NO_TENSOR ? "an operator misses its first input" : NULL;
}

tensor_t graph_apply(graph_t *g, const op_t *op, const tensor_t *inputs, tensor_t index,
                     const void *options, size_t size) {
    if (!g->complaint) g->complaint = check_inputs(g, op, inputs, index);
    if (g->complaint) return NO_TENSOR;
    node_t *node = grow((void **)&g->nodes, &g->node_count, sizeof *node);
    node->op = op;
    node->index = index;
    node->dy = NO_BUFFER;
    if (size) memcpy(&node->call.options, options, size);
    for (int k = 0; k < OP_INPUTS; k++) {
        node->inputs[k] = k < op->inputs ? inputs[k] : NO_TENSOR;
        node->dx[k] = node->add[k] = NO_BUFFER;
    }
    set_shapes(g, node);
    g->complaint = op->shape(&node->call);
    for (int k = 0; k < op->outputs; k++)
        node->outputs[k] =
            new_tensor(g, TENSOR_ACTIVATION, node->call.y[k].rows, node->call.y[k].cols);
    return g->complaint ? NO_TENSOR : node->outputs[0];
}

/* --- planning --- */

static span_t buffer_span(const graph_t *g, int buffer) {
    if (buffer == NO_BUFFER) return (span_t){0};
    size_t offset = g->buffers[buffer].offset / sizeof(flt);
    span_t span = {.v = (flt *)g->values.base + offset};
    if (g->mode == GRAPH_CURVATURE) span.t = (flt *)g->tangents.base + offset;
    return span;
}

static span_t parameter_span(const graph_t *g, int p, vector_t values, vector_t tangents) {
    span_t all = {g->vectors[values].there, g->vectors[tangents].there};
    return span_at(all, g->parameters[p].offset);
}

matrix_t tensor_values(const graph_t *g, tensor_t tensor) {
    if (tensor == NO_TENSOR) return (matrix_t){0};
    const tensor_data_t *t = &g->tensors[tensor];
    span_t at = t->kind == TENSOR_PARAMETER ? parameter_span(g, t->parameter, THETA, DIRECTION)
                                            : buffer_span(g, t->buffer);
    return (matrix_t){.at = at, .rows = t->rows, .cols = t->cols};
}

static void bind_input(graph_t *g, node_t *node, int k) {
    call_t *c = &node->call;
    c->x[k] = tensor_values(g, node->inputs[k]);
    if (node->inputs[k] == NO_TENSOR) return;
    const tensor_data_t *t = &g->tensors[node->inputs[k]];
    c->dx[k] = (matrix_t){.rows = t->rows, .cols = t->cols};
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
    c->result = g->backend_result;
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
    plan_traffic(g);
    return STATUS_OK;
}

static int parameter_copies(const graph_t *g) { return g->mode == GRAPH_CURVATURE ? 4 : 2; }

static size_t parameter_bytes(const graph_t *g) {
    return arena_round((size_t)g->size * sizeof(flt));
}

static status_t allocate_parameters(graph_t *g) {
    size_t bytes = parameter_bytes(g);
    TRY(g->backend->reserve((size_t)parameter_copies(g) * bytes, &g->parameter_arena));
    for (int i = 0; i < parameter_copies(g); i++)
        TRY(mirror_create(g->backend, arena_take(&g->parameter_arena, bytes), g->size,
                          &g->vectors[i]));
    return STATUS_OK;
}

status_t graph_allocate(graph_t *g) {
    TRY(allocate_parameters(g));
    TRY(g->backend->reserve(g->value_bytes, &g->values));
    if (g->mode == GRAPH_CURVATURE) TRY(g->backend->reserve(g->value_bytes, &g->tangents));
    TRY(g->backend->reserve(g->scratch_bytes, &g->scratch));
    TRY(allocate_traffic(g));
    for (int i = 0; i < g->node_count; i++) bind(g, &g->nodes[i]);
    return STATUS_OK;
}

/* --- facts --- */

long graph_parameter_count(const graph_t *g) { return g->parameter_count; }
const parameter_t *graph_parameters(const graph_t *g) { return g->parameters; }
long graph_size(const graph_t *g) { return g->size; }
long graph_free_numbers(const graph_t *g) {
    long sum = 0;
    for (int p = 0; p < g->parameter_count; p++)
        sum += g->parameters[p].rows * g->parameters[p].cols;
    return sum;
}
int32_t *graph_indices(graph_t *g, tensor_t tensor) { return g->tensors[tensor].index; }
matrix_t graph_gradient_of(const graph_t *g, tensor_t tensor) {
    const tensor_data_t *t = &g->tensors[tensor];
    return (matrix_t){buffer_span(g, t->gradient), t->rows, t->cols};
}
double *graph_result(graph_t *g) { return g->result; }
int graph_nodes(const graph_t *g) { return g->node_count; }
const op_t *graph_op(const graph_t *g, int node) { return g->nodes[node].op; }
const call_t *graph_call(const graph_t *g, int node) { return &g->nodes[node].call; }
double graph_flops(const graph_t *g) {
    double sum = 0;
    for (int i = 0; i < g->node_count; i++)
        if (g->nodes[i].op->flops) sum += g->nodes[i].op->flops(&g->nodes[i].call);
    return sum;
}
graph_memory_t graph_memory(const graph_t *g) {
    return (graph_memory_t){
        .parameters = (size_t)parameter_copies(g) * parameter_bytes(g),
        .values = g->value_bytes,
        .tangents = g->mode == GRAPH_CURVATURE ? g->value_bytes : 0,
        .scratch = g->scratch_bytes + (is_on_host(g) ? 0 : g->traffic_bytes),
    };
}
size_t graph_bytes(const graph_t *g) {
    graph_memory_t memory = graph_memory(g);
    return memory.parameters + memory.values + memory.tangents + memory.scratch;
}
void graph_profile(graph_t *g, double *seconds[GRAPH_PHASES]) { g->profile = seconds; }
