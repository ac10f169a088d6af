/* model.h: a network with its parameters, ready to train: loss, gradient, exact Hessian-vector
 * product.
 *
 * An architecture is one file plus one row (arch.h), a way to place the normalisation likewise
 * (norm.h). Not thread-safe; nothing is allocated after model_create. */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "graph/graph.h"
#include "kernel/precision.h"
#include "task/task.h"

typedef struct model_options {
    char arch[FIELD_NAME_MAX], norm[FIELD_NAME_MAX];
    int64_t width;            /* d                                                             */
    int64_t layers;           /* L blocks                                                      */
    int64_t heads;            /* divides width                                                 */
    int64_t ffn;              /* hidden width of the MLP; 0 = by the architecture              */
    double init_std;          /* of every weight matrix; 0.02                                  */
    double embed_std;         /* of token, position, patch and class embeddings; 0.02          */
    bool residual_init;       /* output projections scaled by 1/sqrt(2 L), as GPT-2 does       */
    bool zero_output;         /* output projections start at 0: every block as the identity   */
    bool tied_head;           /* the output matrix is the token table                          */
    bool qk_norm;             /* queries and keys are normalised head by head                  */
    double attention_softcap; /* attention logits stay within +- this; 0 = off           */
    double logit_softcap;     /* so do the final logits                                  */
    char attention[FIELD_NAME_MAX]; /* are its weights stored for the backward pass? build.h   */
    double norm_epsilon; /* added to variances and mean squares by norms; 1e-5               */
    double dropout;      /* of embeddings and of every sub-layer's output; 0 = off           */
    double z_loss;       /* coefficient of the mean of log^2 Z of the logits; 0 = off        */
    const void *own;     /* the architecture's own options (arch.h), borrowed; NULL = their
                            defaults                                                         */
    const precision_t *precision; /* of the products of its passes, borrowed; NULL = float32   */
} model_options_t;

extern const field_set_t model_fields;

typedef struct model model_t;

/* Builds the network of options "model.*" for that task and `batch` samples, where "resources.*"
 * says. STATUS_SPEC: options that do not go together (heads do not divide width, a text model on
 * images); STATUS_ENVIRONMENT: no memory, no such device. Parameters are zero until model_init. */
status_t model_create(const config_t *config, const task_shape_t *shape, int batch,
                      graph_mode_t mode, model_t **model);

/* The same, but nothing is allocated: for model_cost only. */
status_t model_describe(const config_t *config, const task_shape_t *shape, int batch,
                        graph_mode_t mode, model_t **model);

/* model_create from a struct of options instead of a config, on the host or on an open backend: for
 * tests and benchmarks. */
status_t model_create_from(const model_options_t *options, const task_shape_t *shape, int batch,
                           graph_mode_t mode, model_t **model);
status_t model_create_on(const backend_t *backend, const model_options_t *options,
                         const task_shape_t *shape, int batch, graph_mode_t mode, model_t **model);

/* Parts of a network that need not fit into memory whole, each a model of its own on the host, run
 * forward only by model_hidden_states. What a part reads is its model_hidden 0, [B T, d], which the
 * caller fills in. Parameters are called as in the whole; a block's as those of block 0
 * (layout_read_block). */
typedef enum {
    MODEL_BLOCK,      /* makes model_hidden 1                                             */
    MODEL_FINAL_NORM, /* likewise; the identity where the norm has none at the end        */
    MODEL_HEAD        /* final norm, logits, loss: of a batch loaded the targets count    */
} model_part_t;
status_t model_create_part(model_part_t part, const model_options_t *options,
                           const task_shape_t *shape, int batch, model_t **model);
void model_destroy(model_t **model);

/* Draws the parameters. Each has its own stream, named after it: models that share a parameter's
 * name and shape share its bits. */
void model_init(model_t *model, uint64_t seed, uint32_t replica);

/* Only the first `count` blocks, 1 .. layers, run from now on: the others are exactly the identity,
 * cost nothing, and their parameters are idle (graph.h). The model's norm must keep the stream
 * (norm.h). */
void model_set_active(model_t *model, int count);
int model_active(const model_t *model); /* layers, unless set */

/* Draws a block anew so that it computes 0 and yet learns: output projections and biases 0, gains
 * 1, all other weights N(0, std^2) from streams of their own, "unlock/NAME"; std = 0: everything 0
 * but the gains and what is drawn by a law of its own (init_t.draw). Returns the number of output
 * projections. */
int model_restart_block(model_t *model, int block, double std, uint64_t seed, uint32_t replica);

/* Copies a batch of exactly the model's size in. */
void model_load(model_t *model, const batch_t *batch);

enum { LOSS_TERMS = 4 };
typedef struct loss {
    double mean;     /* the task's term, nats per target: what labels and scores look at */
    double accuracy; /* share of targets with the largest logit; ties by the chance of a draw */
    double total;    /* what is differentiated: with the other terms, each times its
                        coefficient                                                      */
    double terms[LOSS_TERMS]; /* the others, without their coefficients (model_terms)             */
} loss_t;

/* Of the batch loaded: loss alone, or with its gradient (model_gradient overwrites the last one).
 */
loss_t model_loss(model_t *model);
loss_t model_gradient(model_t *model);

/* The terms of the loss beside the task's, by the names of their series, NULL-terminated. Borrowed.
 */
const char *const *model_terms(const model_t *model);

/* What its layers show while they train: the names of the numbers, data sets "layers/NAME",
 * NULL-terminated, none for most architectures. model_watch keeps model_watch_size flts of the last
 * gradient's batch; model_watch_add puts those of another share of the batch to them;
 * model_watch_numbers makes of them numbers [names, layers], NaN where a layer has none or does not
 * run. */
const char *const *model_watched(model_t *model);
long model_watch_size(model_t *model);
void model_watch(model_t *model, flt *kept);
void model_watch_add(model_t *model, flt *kept, const flt *more);
void model_watch_numbers(model_t *model, const flt *kept, double *numbers);

/* Where a term of the loss goes by counts of the whole batch (the load of experts), and the model
 * sees a share of it: model_exchange_size counts, 0 = none; those of the batch loaded last, after
 * model_hidden_states or a loss; and those of all other shares together, which hold for gradients
 * from then on. */
long model_exchange_size(model_t *model);
void model_exchange_out(model_t *model, flt *counts);
void model_exchange_in(model_t *model, const flt *elsewhere);

/* What is drawn by chance in passes from now on (model.dropout); NULL, and at first: nothing is, as
 * in an evaluation. Copied. All passes of a step see one draw. */
void model_set_chance(model_t *model, const chance_t *chance);
chance_t model_chance(const model_t *model);

/* In what precision passes multiply from now on (kernel/precision.h): that of train.precision for a
 * model made from a config, else float32. Setting returns the former one; borrowed. */
const precision_t *model_precision(const model_t *model);
const precision_t *model_set_precision(model_t *model, const precision_t *precision);

/* How often a pass has run, forward or from hidden states: tells whether activations and their
 * gradients are still those of a pass. */
long model_passes(const model_t *model);

/* 1 when a backward pass may start from the activations of the gradient after which model_passes
 * was `passes`: none has run since, and the graph keeps them (GRAPH_KEEP, GRAPH_CURVATURE). */
int model_is_held(const model_t *model, long passes);

/* Runs the blocks only, for probes: hidden states are valid afterwards, the loss is not computed.
 */
void model_hidden_states(model_t *model);

/* H v of the batch whose gradient was computed last (GRAPH_CURVATURE). v and hv are of model_size
 * elements, hv may be v. Returns g . v. Exact to rounding: the direction is scaled to 2^-40 and
 * differentiated by the complex step. */
double model_product(model_t *model, const flt *v, flt *hv);

/* Residual stream after block `layer` (0 = after the embedding), [B T, d]; layer 0 .. layers;
 * behind the active blocks that of the last one. Valid after model_loss, model_gradient (not in
 * GRAPH_TRAIN, where the backward pass overwrites it) or model_hidden_states. */
matrix_t model_hidden(const model_t *model, int layer);

/* Raw logits [rows, vocab]; valid after model_hidden_states. */
matrix_t model_logits(const model_t *model);

/* Adds to the gradient the derivative of sum_k <seeds[k], h_layers[k]>: layers[] ascending, each
 * seed [B T, d]. After model_hidden_states or model_loss on the batch loaded, or a gradient that
 * model_is_held. */
void model_backward_from(model_t *model, int count, const int *layers, const flt *const *seeds);

/* The same for <seed, h_{layer+1}> with h_layer held constant: only block `layer` has a share. */
void model_backward_block(model_t *model, int layer, const flt *seed);

graph_t *model_graph(model_t *model);                       /* parameters, gradient: see graph.h */
const model_options_t *model_options(const model_t *model); /* with what 0 and NULL stand for */
const task_shape_t *model_shape(const model_t *model);
int model_batch(const model_t *model); /* samples */
long model_size(const model_t *model); /* length of the flat parameter vector */

typedef struct model_cost {
    double parameters;    /* trainable numbers                 */
    double forward_flops; /* of one batch                      */
    double bytes;         /* memory of parameters, activations */
} model_cost_t;
model_cost_t model_cost(const model_t *model);

#endif
