/* weights.h: which parameters are weight matrices: those named "*.weight" (build_linear). */
#ifndef STABILIZER_WEIGHTS_H
#define STABILIZER_WEIGHTS_H

#include "graph/graph.h"

int is_weight_matrix(const parameter_t *parameter);

/* Rows of all weight matrices together. */
long weight_rows(const graph_t *graph);

#endif
