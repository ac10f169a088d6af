/* Where a tensor lies in the backend's memory. */
#include "graph/internal.h"

span_t buffer_span(const graph_t *g, int buffer) {
    if (buffer == NO_BUFFER) return (span_t){0};
    size_t offset = g->buffers[buffer].offset / sizeof(flt);
    span_t span = {.v = (flt *)g->values.base + offset};
    if (g->mode == GRAPH_CURVATURE) span.t = (flt *)g->tangents.base + offset;
    return span;
}

span_t parameter_span(const graph_t *g, int p, vector_t values, vector_t tangents) {
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

matrix_t graph_gradient_of(const graph_t *g, tensor_t tensor) {
    const tensor_data_t *t = &g->tensors[tensor];
    return (matrix_t){buffer_span(g, t->gradient), t->rows, t->cols};
}
