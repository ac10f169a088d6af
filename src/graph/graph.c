#include "graph/graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "graph/internal.h"

static const char purpose[] = "a model's graph"; /* of what is taken for granted here */

/* Grows an array by one element, zeroed; returns the element. Capacity follows powers of two. */
static void *grow(void **array, int *count, size_t size) {
    if ((*count & (*count - 1)) == 0) {
        size_t capacity = *count ? 2 * (size_t)*count : 1;
        *array = memory_grow(*array, capacity, size, purpose);
    }
    void *element = (char *)*array + (size_t)*count * size;
    ++*count;
    return memset(element, 0, size);
}

/* Returns its number. */
static int add_term(graph_t *g) {
    size_t count = (size_t)g->terms + 1;
    g->results = memory_grow(g->results, count, sizeof(double[RESULTS]), purpose);
    memset(g->results + RESULTS * g->terms, 0, sizeof(double[RESULTS]));
    return g->terms++;
}

graph_t *graph_create(void) {
    int none = 0;
    void *graph = NULL;
    graph_t *g = grow(&graph, &none, sizeof(graph_t));
    g->backend = &backend_host;
    g->products.precision = &precision_f32;
    add_term(g);
    return g;
}

void graph_place(graph_t *g, const backend_t *backend) { g->backend = backend; }
const backend_t *graph_backend(const graph_t *g) { return g->backend; }

/* A recording may hold the former products. */
void graph_set_precision(graph_t *g, const precision_t *precision) {
    if (precision != g->products.precision) forget_recordings(g);
    g->products.precision = precision;
}
const precision_t *graph_precision(const graph_t *g) { return g->products.precision; }

void forget_recordings(graph_t *g) {
    for (int p = 0; p < PASSES; p++) {
        if (g->recordings[p]) g->backend->forget(g->recordings[p]);
        g->recordings[p] = NULL;
        g->has_run[p] = 0;
    }
}

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
    g->backend->release(&g->factors);
    for (int i = 0; i < VECTORS; i++) mirror_destroy(&g->vectors[i]);
    products_destroy(&g->products);
    free(g->results);
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

static char *copy_text(const char *text) {
    size_t bytes = strlen(text) + 1;
    return memcpy(memory_take(bytes, 1, purpose), text, bytes);
}

tensor_t graph_parameter(graph_t *g, const char *name, long rows, long cols,
                         const parameter_facts_t *facts) {
    tensor_t tensor = new_tensor(g, TENSOR_PARAMETER, rows, cols);
    g->tensors[tensor].parameter = g->parameter_count;
    parameter_t *p = grow((void **)&g->parameters, &g->parameter_count, sizeof *p);
    *p = (parameter_t){.name = copy_text(name), .rows = rows, .cols = cols, .offset = g->size};
    p->facts = facts ? *facts : (parameter_facts_t){.block = NO_BLOCK};
    g->size += (rows * cols + PAD - 1) / PAD * PAD;
    return tensor;
}

tensor_t graph_input(graph_t *g, long rows, long cols) {
    return new_tensor(g, TENSOR_INPUT, rows, cols);
}

tensor_t graph_index(graph_t *g, long length) {
    tensor_t tensor = new_tensor(g, TENSOR_INDEX, length, 1);
    g->tensors[tensor].index = memory_take((size_t)length, sizeof(int32_t), purpose);
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

static const char *check_input(const graph_t *g, const op_t *op, tensor_t input, int k) {
    const tensor_data_t *x = &g->tensors[input];
    if (x->kind == TENSOR_INDEX) return "an operator takes indices for a tensor";
    if (x->is_integer != (int)(op->takes_integers >> k & 1))
        return x->is_integer ? "an operator takes integers for numbers"
                             : "an operator takes numbers for integers";
    if (x->is_side && op_has_gradient(op, k))
        return "an operator wants a gradient for what is not its maker's first output";
    if ((op->parameters >> k & 1) && x->kind != TENSOR_PARAMETER)
        return "an operator takes a tensor for a parameter";
    return NULL;
}

static const char *check_inputs(const graph_t *g, const op_t *op, const tensor_t *inputs,
                                tensor_t index) {
    if (index != NO_TENSOR && !is_index(g, index)) return "an operator takes a tensor for indices";
    for (int k = 0; k < op->inputs; k++) {
        for (int j = 0; j < k; j++)
            if (inputs[j] != NO_TENSOR && inputs[j] == inputs[k])
                return "an operator takes the same tensor twice";
        if (inputs[k] >= g->tensor_count) return "an operator takes a tensor of another graph";
        const char *complaint = inputs[k] == NO_TENSOR ? NULL : check_input(g, op, inputs[k], k);
        if (complaint) return complaint;
    }
    return inputs[0] == NO_TENSOR ? "an operator misses its first input" : NULL;
}

/* A loss of the task behind the first is a term beside it. */
static int term_of(graph_t *g, const op_t *op) {
    if (!op_is_term(op)) return 0;
    if (op->adds || g->has_task) return add_term(g);
    g->has_task = 1;
    return 0;
}

static uint64_t purpose_of_draw(int number) {
    char text[32];
    int length = snprintf(text, sizeof text, "draw/%d", number);
    return text_hash(text, (size_t)length);
}

static tensor_t new_output(graph_t *g, const op_t *op, int k, const matrix_t *y) {
    tensor_t tensor = new_tensor(g, TENSOR_ACTIVATION, y->rows, y->cols);
    g->tensors[tensor].is_integer = op->makes_integers >> k & 1;
    g->tensors[tensor].is_side = k > 0;
    return tensor;
}

/* Outputs of one operator are neighbours. */
tensor_t graph_side_output(const graph_t *g, tensor_t y, int k) {
    return g->complaint || y == NO_TENSOR ? NO_TENSOR : y + k;
}

tensor_t graph_apply(graph_t *g, const op_t *op, const tensor_t *inputs, tensor_t index,
                     const void *options, size_t size) {
    if (!g->complaint) g->complaint = check_inputs(g, op, inputs, index);
    if (!g->complaint && size != op->options) g->complaint = "an operator takes other options";
    if (g->complaint) return NO_TENSOR;
    node_t *node = grow((void **)&g->nodes, &g->node_count, sizeof *node);
    node->op = op;
    node->index = index;
    node->dy = NO_BUFFER;
    node->call.options = options_from(options, size);
    node->term = term_of(g, op);
    if (op->draws) node->call.purpose = purpose_of_draw(g->draws++);
    for (int k = 0; k < OP_INPUTS; k++) {
        node->inputs[k] = k < op->inputs ? inputs[k] : NO_TENSOR;
        node->dx[k] = node->add[k] = NO_BUFFER;
    }
    set_shapes(g, node);
    g->complaint = op->shape(&node->call);
    for (int k = 0; k < op->outputs; k++) node->outputs[k] = new_output(g, op, k, &node->call.y[k]);
    return g->complaint ? NO_TENSOR : node->outputs[0];
}

/* --- facts --- */

long graph_parameter_count(const graph_t *g) { return g->parameter_count; }
const parameter_t *graph_parameters(const graph_t *g) { return g->parameters; }
long graph_size(const graph_t *g) { return g->size; }
long graph_free_numbers(const graph_t *g) {
    long sum = 0;
    for (int p = 0; p < g->parameter_count; p++)
        if (!g->parameters[p].facts.is_constant)
            sum += g->parameters[p].rows * g->parameters[p].cols;
    return sum;
}
int32_t *graph_indices(graph_t *g, tensor_t tensor) { return g->tensors[tensor].index; }
double *graph_result(graph_t *g) { return g->results; }
int graph_terms(const graph_t *g) { return g->terms; }
double *graph_term(graph_t *g, int k) { return g->results + RESULTS * k; }
const op_t *graph_term_op(const graph_t *g, int k) {
    for (int i = 0; i < g->node_count; i++)
        if (g->nodes[i].term == k && op_is_term(g->nodes[i].op)) return g->nodes[i].op;
    return NULL;
}
double graph_slope(const graph_t *g) {
    double sum = 0;
    for (int k = 0; k < g->terms; k++) sum += g->results[RESULTS * k + RESULT_SLOPE];
    return sum;
}
int graph_draws(const graph_t *g) { return g->draws > 0; }
int graph_nodes(const graph_t *g) { return g->node_count; }
const op_t *graph_op(const graph_t *g, int node) { return g->nodes[node].op; }
const call_t *graph_call(const graph_t *g, int node) { return &g->nodes[node].call; }
double graph_flops(const graph_t *g) {
    double sum = 0;
    for (int i = 0; i < g->node_count; i++)
        if (g->nodes[i].op->flops) sum += g->nodes[i].op->flops(&g->nodes[i].call);
    return sum;
}
void graph_profile(graph_t *g, double *seconds[GRAPH_PHASES]) { g->profile = seconds; }
