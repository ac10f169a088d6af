/* weights.h: the weight matrices of a model, for stabilizers that hold their size. */
#ifndef STABILIZER_WEIGHTS_H
#define STABILIZER_WEIGHTS_H

#include "graph/graph.h"

static inline int is_weight_matrix(const parameter_t *parameter) {
    return parameter->facts.kind == PARAMETER_MATRIX;
}

/* Rows of all weight matrices together. */
long weight_rows(const graph_t *graph);

#endif
