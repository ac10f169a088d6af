/* What goes to and fro between the host and a device: parameters where the host has changed them,
 * inputs and indices before a run, sums of the loss after it, tensors when the host asks for them.
 */
#include "graph/internal.h"

static size_t index_bytes(const tensor_data_t *t) {
    return arena_round((size_t)t->rows * sizeof(int32_t));
}

static size_t result_bytes(const graph_t *g) { return (size_t)g->terms * sizeof(double[RESULTS]); }

/* Also for the gradient's norm. */
static size_t most_shares(const graph_t *g) {
    size_t most = (size_t)g->backend->teams * sizeof g->norm;
    for (int i = 0; i < g->node_count; i++) {
        size_t need = backend_shares(g->backend, g->nodes[i].op, &g->nodes[i].call);
        if (need > most) most = need;
    }
    return arena_round(most);
}

void plan_traffic(graph_t *g) {
    g->traffic_bytes = most_shares(g) + arena_round(result_bytes(g)) + arena_round(sizeof g->norm) +
                       arena_round(sizeof g->chance);
    for (int t = 0; t < g->tensor_count; t++)
        if (g->tensors[t].kind == TENSOR_INDEX) g->traffic_bytes += index_bytes(&g->tensors[t]);
}

/* Indices, result and shares in the backend's memory. */
static status_t take_traffic(graph_t *g) {
    g->backend_results = g->results;
    g->backend_chance = &g->chance;
    g->backend_norm = g->norm;
    for (int i = 0; i < g->tensor_count; i++) g->tensors[i].backend_index = g->tensors[i].index;
    if (is_on_host(g)) return STATUS_OK;
    TRY(g->backend->reserve(g->traffic_bytes, &g->traffic));
    g->backend_results = arena_take(&g->traffic, result_bytes(g));
    g->backend_chance = arena_take(&g->traffic, sizeof g->chance);
    g->backend_norm = arena_take(&g->traffic, sizeof g->norm);
    g->shares = arena_take(&g->traffic, most_shares(g));
    for (int i = 0; i < g->tensor_count; i++) {
        tensor_data_t *t = &g->tensors[i];
        if (t->kind == TENSOR_INDEX) t->backend_index = arena_take(&g->traffic, index_bytes(t));
    }
    return STATUS_OK;
}

static int is_read(const tensor_data_t *t) { return t->is_kept || t->is_reported; }

static status_t take_mirrors(graph_t *g) {
    for (int i = 0; i < g->tensor_count; i++) {
        tensor_data_t *t = &g->tensors[i];
        if (t->kind != TENSOR_INPUT && !is_read(t)) continue;
        flt *there = tensor_values(g, i).at.v;
        TRY(mirror_create(g->backend, there, t->rows * t->cols, &t->mirror));
    }
    return STATUS_OK;
}

status_t allocate_traffic(graph_t *g) {
    for (int i = 0; i < g->node_count; i++)
        for (int k = 0; k < g->nodes[i].op->outputs; k++)
            g->tensors[g->nodes[i].outputs[k]].is_reported = g->nodes[i].op->reports >> k & 1;
    TRY(take_traffic(g));
    return is_on_host(g) ? STATUS_OK : take_mirrors(g);
}

void send_result(graph_t *g) {
    if (is_on_host(g)) return;
    mirror_send(&g->vectors[THETA]);
    g->backend->copy_in(g->backend_results, g->results, result_bytes(g));
}

void graph_set_chance(graph_t *g, const chance_t *chance) {
    g->chance = chance ? *chance : (chance_t){0};
    if (!is_on_host(g)) g->backend->copy_in(g->backend_chance, &g->chance, sizeof g->chance);
}

void fetch_result(graph_t *g) {
    if (is_on_host(g)) return;
    g->backend->copy_out(g->results, g->backend_results, result_bytes(g));
    for (int i = 0; i < g->tensor_count; i++)
        if (is_read(&g->tensors[i])) mirror_replaced(&g->tensors[i].mirror);
}

void send_inputs(graph_t *g) {
    if (is_on_host(g)) return;
    send_result(g);
    for (int i = 0; i < g->tensor_count; i++) {
        tensor_data_t *t = &g->tensors[i];
        if (t->kind == TENSOR_INDEX)
            g->backend->copy_in(t->backend_index, t->index, (size_t)t->rows * sizeof(int32_t));
        if (t->kind == TENSOR_INPUT) mirror_send(&t->mirror);
    }
}

matrix_t graph_values(const graph_t *g, tensor_t tensor) {
    matrix_t values = tensor_values(g, tensor);
    tensor_data_t *t = &g->tensors[tensor];
    if (is_on_host(g)) return values;
    flt *here = t->kind == TENSOR_INPUT ? mirror_here(&t->mirror) : t->mirror.here;
    if (t->kind != TENSOR_INPUT) mirror_read(&t->mirror);
    return (matrix_t){.at = {.v = here}, .rows = t->rows, .cols = t->cols};
}

matrix_t graph_output(const graph_t *g, int node, int k) {
    return graph_values(g, g->nodes[node].outputs[k]);
}
