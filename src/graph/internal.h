/* internal.h: the parts of a graph, for the files of this folder only. */
#ifndef GRAPH_INTERNAL_H
#define GRAPH_INTERNAL_H

#include "base/arena.h"
#include "graph/graph.h"
#include "kernel/mirror.h"
#include "kernel/precision.h"

enum { NO_BUFFER = -1, PAD = 32 };

typedef enum { TENSOR_ACTIVATION, TENSOR_PARAMETER, TENSOR_INPUT, TENSOR_INDEX } tensor_kind_t;

typedef struct tensor {
    tensor_kind_t kind;
    long rows, cols;
    int parameter; /* row of `parameters`                                  */
    int buffer;    /* of its values                                        */
    int gradient;  /* buffer of its complete gradient, NO_BUFFER when none */
    int is_kept, is_reported;
    int is_integer, is_side; /* holds integers; is another output than the first of its operator */
    int32_t *index;          /* owned (TENSOR_INDEX)                */
    int32_t *backend_index;  /* the same in the backend's memory    */
    mirror_t mirror;         /* of what the host fills in or reads  */
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
    int term; /* of the loss: place of its result, 0 for operators that are none */
    call_t call;
    kernel_t *kernels[GRAPH_PHASES];
} node_t;

/* The operators that are passed over: nodes first .. end - 1. */
typedef struct gap {
    int first, end;
    tensor_t from, to;
} gap_t;

/* Vectors as long as theta; the last two in GRAPH_CURVATURE mode only. */
typedef enum { THETA, GRADIENT, DIRECTION, PRODUCT, VECTORS } vector_t;

/* What runs as one piece: on a device recorded once, then replayed. */
typedef enum { PASS_HIDDEN, PASS_LOSS, PASS_GRADIENT, PASS_PRODUCT, PASSES } pass_t;

enum { FORWARD, BACKWARD, FORWARD_TANGENT, BACKWARD_TANGENT };

struct graph {
    const backend_t *backend; /* borrowed */
    products_t products;      /* from the start its precision, the rest once allocated */
    tensor_data_t *tensors;   /* owned */
    node_t *nodes;            /* owned */
    parameter_t *parameters;  /* owned, names too */
    buffer_t *buffers;        /* owned */
    int tensor_count, node_count, parameter_count, buffer_count;
    const char *complaint; /* first shape that did not fit */
    graph_mode_t mode;
    long size; /* elements of theta */
    mirror_t vectors[VECTORS];
    size_t value_bytes, scratch_bytes; /* of one arena each; scratch: values and tangents */
    size_t factor_bytes;               /* of one rounded factor, on a device that rounds  */
    size_t traffic_bytes;
    arena_t parameter_arena, values, tangents, scratch;
    arena_t traffic;                   /* of a device: indices, result, shares */
    arena_t factors;                   /* two, rounded                         */
    gap_t gap;                         /* empty: first = end                   */
    double *results, *backend_results; /* [terms][RESULTS]; the first owned; [0]: the task's */
    int terms, has_task;               /* at least 1, whether the task's is there or not      */
    int draws;                         /* operators that draw                                */
    chance_t chance, *backend_chance;
    double norm[RESULTS], *backend_norm; /* squared, in [0] */
    void *shares;
    void *recordings[PASSES]; /* owned by the backend                       */
    int has_run[PASSES];
    double **profile;
};

/* The files, each of which calls only those before it: tensor.c, plan.c, traffic.c, memory.c;
 * graph.c; run.c. */

/* Where a buffer and a parameter's place in two of the vectors lie in the backend's memory. */
span_t buffer_span(const graph_t *graph, int buffer);
span_t parameter_span(const graph_t *graph, int parameter, vector_t values, vector_t tangents);

/* A tensor there. */
matrix_t tensor_values(const graph_t *graph, tensor_t tensor);

/* Sets buffers (bytes, first, last) and every node's gradient buffers. */
void plan_gradients(graph_t *graph);

/* Gives every buffer its offset; returns the arena's size in bytes. */
size_t plan_offsets(graph_t *graph);

/* Before what runs changes, and at the end. */
void forget_recordings(graph_t *graph);

/* --- traffic.c: between the host and a device; nothing happens on the host --- */

static inline int is_on_host(const graph_t *graph) { return graph->backend == &backend_host; }
void plan_traffic(graph_t *graph);
status_t allocate_traffic(graph_t *graph);
void send_inputs(graph_t *graph);  /* inputs, indices, result, parameters                  */
void send_result(graph_t *graph);  /* with the parameters                                  */
void fetch_result(graph_t *graph); /* and notes that the tensors the host reads are others */

#endif
