/* options.h: what a sweep file says about the training itself. */
#ifndef TRAIN_OPTIONS_H
#define TRAIN_OPTIONS_H

#include "graph/graph.h"
#include "stabilizer/stabilizer.h"

struct train_options {
    int64_t steps;           /* optimizer steps; 0 = measure at initialisation only       */
    int64_t batch;           /* samples of one step                                       */
    int64_t valid_every;     /* steps between validations; 0 = only at the end            */
    int64_t valid_batches;   /* batches of one validation; 0 = none                       */
    double loss_limit;       /* diverge.loss                                              */
    double grad_norm_limit;  /* diverge.grad_norm                                         */
    int64_t ranks;           /* that share every batch of one trial                       */
    bool stop_on_divergence; /* 0: go on to the last step; the first divergence counts    */
    bool keep_weights;       /* they go into the trial's record (weights.h)               */
};
extern const field_set_t train_fields;

/* What the model of a trial must be able to do: the one place that decides. */
graph_mode_t train_graph_mode(const config_t *config, const stabilizer_needs_t *needs);

/* STATUS_SPEC when the validation that is asked for has not one batch of held-out samples. */
status_t train_check_held_out(const struct train_options *options, task_t *task);

#endif
