/* internal.h: the parts of a graph, for graph.c, plan.c and run.c only. */
#ifndef GRAPH_INTERNAL_H
#define GRAPH_INTERNAL_H

#include "base/arena.h"
#include "graph/graph.h"

enum { NO_BUFFER = -1, PAD = 32, RESULTS = 3 };

typedef enum { TENSOR_ACTIVATION, TENSOR_PARAMETER, TENSOR_INPUT, TENSOR_INDEX } tensor_kind_t;

typedef struct tensor {
    tensor_kind_t kind;
    long rows, cols;
    int parameter; /* row of `parameters`                                  */
    int buffer;    /* of its values                                        */
    int gradient;  /* buffer of its complete gradient, NO_BUFFER when none */
    int is_kept;
    int32_t *index; /* owned (TENSOR_INDEX) */
} tensor_data_t;

/* A stretch of the activation arena with a life time, in steps of one forward-backward pass: node i
 * runs forward at step i, backward at step 2 n - 1 - i. */
typedef struct buffer {
    size_t bytes, offset;
    int first, last;
} buffer_t;

typedef struct node {
    const op_t *op;
    tensor_t inputs[OP_INPUTS], outputs[OP_OUTPUTS], index;
    int dy, dx[OP_INPUTS], add[OP_INPUTS]; /* buffers of the gradients */
    int runs_backward;
    void *options; /* owned copy */
    call_t call;
} node_t;

/* The operators that are passed over: nodes first .. end - 1. */
typedef struct gap {
    int first, end;
    tensor_t from, to;
} gap_t;

struct graph {
    tensor_data_t *tensors;  /* owned */
    node_t *nodes;           /* owned */
    parameter_t *parameters; /* owned, names too */
    buffer_t *buffers;       /* owned */
    int tensor_count, node_count, parameter_count, buffer_count;
    const char *complaint; /* first shape that did not fit */
    graph_mode_t mode;
    long size; /* elements of theta */
    flt *theta, *gradient, *direction, *product;
    size_t value_bytes, scratch_bytes; /* of one arena each; scratch: values and tangents */
    arena_t parameter_arena, values, tangents, scratch;
    gap_t gap; /* empty: first = end */
    double result[RESULTS];
    double **profile;
};

/* Sets buffers (bytes, first, last) and every node's gradient buffers. */
void plan_gradients(graph_t *graph);

/* Gives every buffer its offset; returns the arena's size in bytes. */
size_t plan_offsets(graph_t *graph);

#endif
