/* Running a finished graph: plain loops over its calls; on a device the usual sequences of them are
 * recorded once and replayed. */
#include <stdlib.h>

#include "base/clock.h"
#include "graph/internal.h"

static int maker_of(const graph_t *g, tensor_t tensor) {
    int i = 0;
    while (g->nodes[i].outputs[0] != tensor) i++;
    return i;
}

static int is_passed_over(const graph_t *g, int i) { return i >= g->gap.first && i < g->gap.end; }

void graph_pass_over(graph_t *g, tensor_t from, tensor_t to) {
    g->gap = (gap_t){maker_of(g, from) + 1, maker_of(g, to) + 1, from, to};
    forget_recordings(g);
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
    int is_forward = phase == FORWARD || phase == FORWARD_TANGENT;
    int is_value = phase == FORWARD || phase == BACKWARD;
    matrix_t from = is_forward ? tensor_values(g, g->gap.from) : graph_gradient_of(g, g->gap.to);
    matrix_t to = is_forward ? tensor_values(g, g->gap.to) : graph_gradient_of(g, g->gap.from);
    const flt *source = is_value ? from.at.v : from.at.t;
    flt *target = is_value ? to.at.v : to.at.t;
    if (target != source)
        g->backend->copy(target, source, (size_t)(to.rows * to.cols) * sizeof(flt));
}

static void run(graph_t *g, int i, int phase) {
    const node_t *node = &g->nodes[i];
    int is_forward = phase == FORWARD || phase == FORWARD_TANGENT;
    if (is_passed_over(g, i)) {
        if (i == (is_forward ? g->gap.end - 1 : g->gap.first)) cross_gap(g, phase);
        return;
    }
    double start = g->profile ? clock_seconds() : 0;
    node->kernels[phase](&node->call);
    if (!g->profile) return;
    if (g->backend->wait) g->backend->wait();
    g->profile[phase][i] += clock_seconds() - start;
}

static void run_forward(graph_t *g, int with_loss) {
    for (int i = 0; i < g->node_count; i++)
        if (with_loss || !op_is_term(g->nodes[i].op)) run(g, i, FORWARD);
}

static void run_backward(graph_t *g, int phase) {
    for (int i = g->node_count - 1; i >= 0; i--)
        if (g->nodes[i].runs_backward) run(g, i, phase);
}

static void run_forward_tangent(graph_t *g) {
    for (int i = 0; i < g->node_count; i++) run(g, i, FORWARD_TANGENT);
}

static void zero(graph_t *g, vector_t vector) {
    g->backend->zero(g->vectors[vector].there, (size_t)g->size * sizeof(flt));
}

/* Constants neither move nor are moved along: their places in a vector are 0. */
static void hold_constants(graph_t *g, vector_t vector) {
    for (const parameter_t *p = g->parameters; p < g->parameters + g->parameter_count; p++)
        if (p->facts.is_constant)
            g->backend->zero(g->vectors[vector].there + p->offset,
                             (size_t)(p->rows * p->cols) * sizeof(flt));
}

/* --- passes --- */

static void run_hidden(void *graph) { run_forward(graph, 0); }
static void run_loss(void *graph) { run_forward(graph, 1); }

static void run_gradient(void *graph) {
    graph_t *g = graph;
    zero(g, GRADIENT);
    run_forward(g, 1);
    run_backward(g, BACKWARD);
    hold_constants(g, GRADIENT);
}

static void run_product(void *graph) {
    graph_t *g = graph;
    zero(g, PRODUCT);
    hold_constants(g, DIRECTION);
    run_forward_tangent(g);
    run_backward(g, BACKWARD_TANGENT);
    hold_constants(g, PRODUCT);
}

/* The first run is a plain one: libraries make themselves ready in it, which cannot be recorded. */
static void run_pass(graph_t *g, pass_t pass) {
    static void (*const bodies[PASSES])(void *) = {run_hidden, run_loss, run_gradient, run_product};
    const backend_t *backend = g->backend;
    products_begin(&g->products, pass != PASS_PRODUCT);
    if (!backend->record || !g->has_run[pass] || g->profile) {
        bodies[pass](g);
    } else {
        if (!g->recordings[pass]) g->recordings[pass] = backend->record(bodies[pass], g);
        backend->replay(g->recordings[pass]);
    }
    products_end();
    g->has_run[pass] = 1;
}

static void clear_values(graph_t *g) {
    for (int k = 0; k < g->terms; k++)
        graph_term(g, k)[RESULT_TERM] = graph_term(g, k)[RESULT_DETAIL] = 0;
}

static void clear_slopes(graph_t *g) {
    for (int k = 0; k < g->terms; k++) graph_term(g, k)[RESULT_SLOPE] = 0;
}

void graph_forward(graph_t *g, int with_loss) {
    clear_values(g);
    send_inputs(g);
    run_pass(g, with_loss ? PASS_LOSS : PASS_HIDDEN);
    fetch_result(g);
}

void graph_run_gradient(graph_t *g) {
    clear_values(g);
    send_inputs(g);
    mirror_replaced(&g->vectors[GRADIENT]);
    run_pass(g, PASS_GRADIENT);
    fetch_result(g);
}

void graph_run_product(graph_t *g) {
    clear_slopes(g);
    send_result(g);
    mirror_send(&g->vectors[DIRECTION]);
    mirror_replaced(&g->vectors[PRODUCT]);
    run_pass(g, PASS_PRODUCT);
    fetch_result(g);
}

/* --- single parts --- */

void graph_backward(graph_t *g) {
    mirror_there(&g->vectors[GRADIENT]);
    products_begin(&g->products, 0);
    run_backward(g, BACKWARD);
    products_end();
    hold_constants(g, GRADIENT);
}

/* dy of the operator that makes a seeded tensor: the seed itself for the last one, whose readers
 * did not run; the seed added to what its readers left for the others. */
static void sow(graph_t *g, matrix_t dy, const flt *seed, int is_last) {
    mirror_t sum;
    if (mirror_create(g->backend, dy.at.v, dy.rows * dy.cols, &sum) != STATUS_OK) abort();
    mirror_replaced(&sum);
    flt *here = mirror_here(&sum);
    for (long i = 0; i < sum.count; i++) here[i] = (is_last ? 0 : here[i]) + seed[i];
    mirror_send(&sum);
    mirror_destroy(&sum);
}

/* A term of the loss has no share in the derivative of seeds: it hands on what it would add to. */
static void hand_on(graph_t *g, const call_t *c) {
    for (int k = 0; k < OP_INPUTS; k++) {
        size_t bytes = (size_t)(c->dx[k].rows * c->dx[k].cols) * sizeof(flt);
        if (!c->dx[k].at.v || c->add[k].v == c->dx[k].at.v) continue;
        if (c->add[k].v)
            g->backend->copy(c->dx[k].at.v, c->add[k].v, bytes);
        else
            g->backend->zero(c->dx[k].at.v, bytes);
    }
}

static void run_seeded(graph_t *g, int i) {
    if (!g->nodes[i].runs_backward) return;
    if (g->nodes[i].op->adds)
        hand_on(g, &g->nodes[i].call);
    else
        run(g, i, BACKWARD);
}

void graph_backward_from(graph_t *g, int count, const tensor_t *tensors, const flt *const *seeds) {
    mirror_there(&g->vectors[GRADIENT]);
    products_begin(&g->products, 0);
    int next = count - 1;
    for (int i = g->node_count - 1; i >= 0; i--) {
        for (; next >= 0 && g->nodes[i].outputs[0] == tensors[next]; next--)
            sow(g, g->nodes[i].call.dy, seeds[next], next == count - 1);
        if (next < count - 1) run_seeded(g, i);
    }
    products_end();
    hold_constants(g, GRADIENT);
}

void graph_backward_between(graph_t *g, tensor_t from, tensor_t to, const flt *seed) {
    int last = maker_of(g, to);
    if (from == to) return;
    mirror_there(&g->vectors[GRADIENT]);
    sow(g, g->nodes[last].call.dy, seed, 1);
    products_begin(&g->products, 0);
    for (int i = last; i > maker_of(g, from); i--) run_seeded(g, i);
    products_end();
    hold_constants(g, GRADIENT);
}

void graph_forward_tangent(graph_t *g) {
    clear_slopes(g);
    send_result(g);
    mirror_send(&g->vectors[DIRECTION]);
    hold_constants(g, DIRECTION);
    products_begin(&g->products, 0);
    run_forward_tangent(g);
    products_end();
    fetch_result(g);
}

void graph_backward_tangent(graph_t *g) {
    mirror_there(&g->vectors[PRODUCT]);
    products_begin(&g->products, 0);
    run_backward(g, BACKWARD_TANGENT);
    products_end();
    hold_constants(g, PRODUCT);
}
