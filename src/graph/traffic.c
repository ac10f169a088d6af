/* What goes to and fro between the host and a device: inputs and indices before a run, sums of the
 * loss after it, kept tensors when asked for. */
#include <string.h>

#include "graph/internal.h"

static size_t tensor_count(const tensor_data_t *t) { return (size_t)(t->rows * t->cols); }
static size_t index_bytes(const tensor_data_t *t) {
    return arena_round(tensor_count(t) * sizeof(int32_t));
}
static size_t mirror_bytes(const tensor_data_t *t) {
    return arena_round(tensor_count(t) * sizeof(flt));
}
static int has_mirror(const tensor_data_t *t) { return t->kind == TENSOR_INPUT || t->is_kept; }

static size_t most_shares(const graph_t *g) {
    size_t most = 0;
    for (int i = 0; i < g->node_count; i++) {
        size_t need = backend_shares(g->backend, g->nodes[i].op, &g->nodes[i].call);
        if (need > most) most = need;
    }
    return arena_round(most);
}

void plan_traffic(graph_t *g) {
    g->mirror_bytes = 0;
    g->traffic_bytes = most_shares(g) + arena_round(sizeof g->result);
    for (int t = 0; t < g->tensor_count; t++) {
        if (g->tensors[t].kind == TENSOR_INDEX) g->traffic_bytes += index_bytes(&g->tensors[t]);
        if (has_mirror(&g->tensors[t])) g->mirror_bytes += mirror_bytes(&g->tensors[t]);
    }
}

static void bind_host(graph_t *g) {
    g->backend_result = g->result;
    for (int t = 0; t < g->tensor_count; t++) g->tensors[t].backend_index = g->tensors[t].index;
}

status_t allocate_traffic(graph_t *g) {
    bind_host(g);
    if (is_on_host(g)) return STATUS_OK;
    TRY(g->backend->reserve(g->traffic_bytes, &g->traffic));
    TRY(arena_create(g->mirror_bytes, &g->mirrors));
    g->backend_result = arena_take(&g->traffic, sizeof g->result);
    g->shares = arena_take(&g->traffic, most_shares(g));
    for (int i = 0; i < g->tensor_count; i++) {
        tensor_data_t *t = &g->tensors[i];
        if (t->kind == TENSOR_INDEX) t->backend_index = arena_take(&g->traffic, index_bytes(t));
        if (has_mirror(t)) t->mirror = arena_take(&g->mirrors, mirror_bytes(t));
    }
    return STATUS_OK;
}

void send_result(graph_t *g) {
    if (!is_on_host(g)) g->backend->copy_in(g->backend_result, g->result, sizeof g->result);
}

void fetch_result(graph_t *g) {
    if (!is_on_host(g)) g->backend->copy_out(g->result, g->backend_result, sizeof g->result);
}

void send_inputs(graph_t *g) {
    if (is_on_host(g)) return;
    send_result(g);
    for (int i = 0; i < g->tensor_count; i++) {
        const tensor_data_t *t = &g->tensors[i];
        size_t count = tensor_count(t);
        if (t->kind == TENSOR_INDEX)
            g->backend->copy_in(t->backend_index, t->index, count * sizeof(int32_t));
        if (t->kind == TENSOR_INPUT)
            g->backend->copy_in(tensor_values(g, i).at.v, t->mirror, count * sizeof(flt));
    }
}

matrix_t graph_values(const graph_t *g, tensor_t tensor) {
    matrix_t values = tensor_values(g, tensor);
    const tensor_data_t *t = &g->tensors[tensor];
    if (is_on_host(g)) return values;
    if (t->kind != TENSOR_INPUT)
        g->backend->copy_out(t->mirror, values.at.v, tensor_count(t) * sizeof(flt));
    return (matrix_t){.at = {.v = t->mirror}, .rows = t->rows, .cols = t->cols};
}

int graph_is_on_host(const graph_t *g) { return is_on_host(g); }

void graph_read(const graph_t *g, const flt *from, flt *to, long n) {
    g->backend->copy_out(to, from, (size_t)n * sizeof(flt));
}

void graph_write(graph_t *g, const flt *from, flt *to, long n) {
    g->backend->copy_in(to, from, (size_t)n * sizeof(flt));
}
