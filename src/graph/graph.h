/* graph.h: a static graph of operators: built once, memory planned once, run many times.
 *
 *   building   parameters, inputs, then graph_apply in order of execution; the last operator
 *              is the task's loss (op->ends); terms beside it (op->adds) stand where they like
 *   planning   shapes are known, so every buffer gets its place in one arena
 *   running    forward, backward, and the tangents of both; nothing is allocated
 *
 * A tensor is a matrix [rows, cols] of flt, row-major. Parameters live in one flat vector theta
 * (each tensor padded with zeros to 32 elements), and so do their gradient, the direction v and H
 * v: what works on all parameters is a plain loop. */
#ifndef GRAPH_GRAPH_H
#define GRAPH_GRAPH_H

#include <stddef.h>

#include "base/status.h"
#include "graph/parameter.h"
#include "kernel/op.h"

typedef struct graph graph_t;
typedef int tensor_t; /* index of a tensor; NO_TENSOR = absent */
enum { NO_TENSOR = -1 };

/* What the graph must be able to do; decides which buffers may share memory. */
typedef enum {
    GRAPH_TRAIN,    /* forward and backward                                             */
    GRAPH_KEEP,     /* ... and further backward passes from the values of the same forward */
    GRAPH_CURVATURE /* ... and their tangents: every value of a gradient pass is kept   */
} graph_mode_t;

graph_t *graph_create(void); /* aborts when memory is out */
void graph_destroy(graph_t **graph);

/* --- building --- */

/* A trainable tensor, unless the facts say that it is constant: then it lies in theta all the same,
 * but its gradient, its direction and its part of H v are 0. The name is copied, and so are the
 * facts: NULL = nothing is known of it. */
tensor_t graph_parameter(graph_t *graph, const char *name, long rows, long cols,
                         const parameter_facts_t *facts);

/* A float input without gradient, and an input of `length` indices (token ids, targets). */
tensor_t graph_input(graph_t *graph, long rows, long cols);
tensor_t graph_index(graph_t *graph, long length);

/* Applies an operator to `op->inputs` tensors (NO_TENSOR where optional and absent); `index` may be
 * NO_TENSOR; `options` (the struct of kernel/NAME.h, `size` bytes as the row says) is copied.
 * Returns y[0]. What does not fit is remembered and reported by graph_plan; NO_TENSOR is returned
 * then. */
tensor_t graph_apply(graph_t *graph, const op_t *op, const tensor_t *inputs, tensor_t index,
                     const void *options, size_t size);

/* Output k of the operator whose first is y: for inputs that take constants or integers. */
tensor_t graph_side_output(const graph_t *graph, tensor_t y, int k);

/* Keeps a tensor's values readable after graph_forward (a hidden state to be probed). */
void graph_keep(graph_t *graph, tensor_t tensor);

/* Where the graph will live (borrowed, open): the host, unless called before graph_plan. */
typedef struct backend backend_t;
void graph_place(graph_t *graph, const backend_t *backend);
const backend_t *graph_backend(const graph_t *graph);

/* How the products of passes from now on are computed (borrowed, not NULL; kernel/precision.h): in
 * float32 at first. What is set before graph_plan is planned for. The backend must have it. */
typedef struct precision precision_t;
void graph_set_precision(graph_t *graph, const precision_t *precision);
const precision_t *graph_precision(const graph_t *graph);

/* Plans memory: graph_bytes is known then, but nothing is allocated. STATUS_BUG: shapes do not fit.
 */
status_t graph_plan(graph_t *graph, graph_mode_t mode);

/* Allocates what was planned. STATUS_ENVIRONMENT: out of memory. */
status_t graph_allocate(graph_t *graph);

/* --- running --- */

long graph_parameter_count(const graph_t *graph); /* tensors                         */
const parameter_t *graph_parameters(const graph_t *graph);
long graph_size(const graph_t *graph);         /* elements of theta, with padding */
long graph_free_numbers(const graph_t *graph); /* without padding and constants   */

/* In the host's memory, to read and write; of a device: a copy, brought up to date by this call,
 * and good until the next run. */
flt *graph_theta(graph_t *graph);     /* parameters                                             */
flt *graph_gradient(graph_t *graph);  /* d loss / d theta; graph_backward adds to it            */
flt *graph_direction(graph_t *graph); /* v; GRAPH_CURVATURE only                                */
flt *graph_product(graph_t *graph);   /* H v; graph_backward_tangent adds to it                 */

/* In the backend's memory, for kernels to read and write. */
flt *graph_theta_there(graph_t *graph);
flt *graph_gradient_there(graph_t *graph);

/* Global 2-norm of the gradient, summed in float64 in a fixed order, and its scaling; both where it
 * lives. */
double graph_gradient_norm(graph_t *graph);
void graph_scale_gradient(graph_t *graph, double factor);

/* In the host's memory: the values of an input (to be filled in), the loss rows or a kept tensor
 * (of a device: a copy made by this call, valid until the next for that tensor); the indices of an
 * index input. */
matrix_t graph_values(const graph_t *graph, tensor_t tensor);
int32_t *graph_indices(graph_t *graph, tensor_t tensor);

/* Output k of an operator that reports it to the host (op_t), likewise. */
matrix_t graph_output(const graph_t *graph, int node, int k);

/* d loss / d tensor as graph_backward leaves it, for a kept tensor in GRAPH_CURVATURE mode; in the
 * backend's memory. */
matrix_t graph_gradient_of(const graph_t *graph, tensor_t tensor);

/* Passes over the operators between two kept tensors of one shape: from now on they do not run,
 * `to` has the values of `from`, and `from` the gradient of `to`, exactly; so in all four phases.
 * They may read no activation but `from` made before them, and no operator behind `to` may read
 * what lies between. from = to runs all of them again. */
void graph_pass_over(graph_t *graph, tensor_t from, tensor_t to);

/* Runs the operators from first to last (excluding the terms of the loss when `with_loss` is 0). */
void graph_forward(graph_t *graph, int with_loss);
void graph_backward(graph_t *graph);

/* What the terms of the loss came to in the last forward pass, and their slopes along the direction
 * in the last forward tangent: [RESULTS] of op.h, each. Term 0 is the task's, which labels and
 * scores look at; 1 .. graph_terms - 1 are those beside it, in the order of execution; the loss
 * that is differentiated is the sum of all. A term whose operator did not run is 0. graph_result:
 * term 0. */
int graph_terms(const graph_t *graph);
double *graph_term(graph_t *graph, int k);
const op_t *graph_term_op(const graph_t *graph, int k); /* NULL: term 0 of a graph without loss */
double *graph_result(graph_t *graph);
double graph_slope(const graph_t *graph); /* of the loss: the sum of the terms' slopes */

/* What operators that draw see from now on, until it is set anew (copied); NULL, and at the start:
 * nothing is drawn. A step sets it once, so that its gradient, the tangents of that, and whatever
 * else it runs see one draw. After graph_allocate. */
void graph_set_chance(graph_t *graph, const chance_t *chance);
int graph_draws(const graph_t *graph); /* does any operator draw? */

/* Adds to graph_gradient the derivative of sum_k <seeds[k], tensors[k]> for `count` kept tensors,
 * in order of execution, none behind a gap; seeds[k] is as large as the tensor. Needs the values of
 * a graph_forward, in GRAPH_TRAIN since the last backward pass; runs backward only from the last of
 * the tensors down. Terms of the loss have no share in it. */
void graph_backward_from(graph_t *graph, int count, const tensor_t *tensors,
                         const flt *const *seeds);

/* Adds the derivative of <seed, to> with `from` held constant: runs backward only what makes `to`
 * out of `from`, two kept tensors, neither behind a gap. Needs what graph_backward_from needs. */
void graph_backward_between(graph_t *graph, tensor_t from, tensor_t to, const flt *seed);

/* Tangents along graph_direction, after a forward and a backward of the same batch. */
void graph_forward_tangent(graph_t *graph);
void graph_backward_tangent(graph_t *graph);

/* The gradient from zero: graph_forward with loss, and graph_backward. The product from zero: both
 * tangents. As one piece, so that a device need not be told every operator again. */
void graph_run_gradient(graph_t *graph);
void graph_run_product(graph_t *graph);

/* --- facts --- */

int graph_nodes(const graph_t *graph);
const op_t *graph_op(const graph_t *graph, int node);
const call_t *graph_call(const graph_t *graph, int node);
double graph_flops(const graph_t *graph); /* one forward run */
size_t graph_bytes(const graph_t *graph); /* all memory, once planned */

/* The same by use, bytes. */
typedef struct graph_memory {
    size_t parameters; /* theta and the vectors beside it                        */
    size_t values;     /* activations, their gradients                           */
    size_t tangents;   /* of the same; 0 but for GRAPH_CURVATURE                 */
    size_t scratch;
} graph_memory_t;
graph_memory_t graph_memory(const graph_t *graph);

/* When set, every run adds its seconds to seconds[phase][node]; phases: forward, backward, and the
 * two tangents. NULL = off. Borrowed. */
enum { GRAPH_PHASES = 4 };
void graph_profile(graph_t *graph, double *seconds[GRAPH_PHASES]);

#endif
