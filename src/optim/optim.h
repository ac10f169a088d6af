/* optim.h: update rules and learning-rate schedules. One file plus one row each. */
#ifndef OPTIM_OPTIM_H
#define OPTIM_OPTIM_H

#include "graph/graph.h"
#include "spec/config.h"

/* What an update of all parameters sees. Arrays of `count` elements, the padding included: its
 * gradient is zero, so it stays zero. */
typedef struct update {
    flt *theta;          /* parameters, changed in place                              */
    const flt *gradient; /* after the stabilizers                                     */
    flt *moments[2];     /* the rule's own state, zero at step 1                      */
    long count;          /* a multiple of 32                                          */
    int64_t step;        /* 1, 2, ...: for bias correction                            */
    double lr;           /* of this step                                              */
    double weight_decay; /* decoupled: theta shrinks by the factor 1 - lr weight_decay */
} update_t;

typedef struct optim_row {
    const char *name, *doc;
    int moments;                /* how many arrays of state it keeps, 0..2 */
    const field_set_t *options; /* its own options, or NULL */
    size_t options_size;
    /* `options` is the rule's own struct, filled from the config. */
    void (*update)(const update_t *update, const void *options);
} optim_row_t;

extern const optim_row_t *const optim_rows[]; /* NULL-terminated */
const char *const *optim_names(void);

/* What every rule has: "train.optimizer", "train.weight_decay". */
extern const field_set_t optim_fields;

typedef struct optim optim_t;

/* State for the parameters of that graph (borrowed, outlives the optimizer); "train.optimizer"
 * names the rule. */
status_t optim_create(const config_t *config, graph_t *graph, optim_t **optim);
void optim_destroy(optim_t **optim);

/* Memory of that state for `parameters` numbers, bytes, from the configuration alone. */
double optim_bytes(const config_t *config, double parameters);

/* One update with the graph's gradient. `step` counts from 1. */
void optim_step(optim_t *optim, int64_t step, double lr);

/* The rule's state number k (0 ..), [graph_size], or NULL: Adam's second moment is number 1.
 * Borrowed. */
const flt *optim_moments(const optim_t *optim, int k);

/* Scales the gradient of global 2-norm `norm` so that it has at most `limit` (> 0). */
void optim_clip(graph_t *graph, double norm, double limit);

/* Global 2-norm of the gradient, summed in float64. */
double optim_gradient_norm(graph_t *graph);

/* --- schedules ---------------------------------------------------------------------------------
 */

typedef struct schedule_row {
    const char *name, *doc;
    /* Multiple of the peak learning rate after the warm-up: 1 at progress 0, where the warm-up
     * ends; progress 1 is one step beyond the last. */
    double (*factor)(double progress, double final);
} schedule_row_t;

extern const schedule_row_t *const schedule_rows[];
const char *const *schedule_names(void);

struct schedule_options {
    char name[FIELD_NAME_MAX]; /* train.schedule                                     */
    double lr;                 /* train.lr: peak                                     */
    int64_t warmup;            /* train.warmup: steps of linear warm-up              */
    double final;              /* train.lr_final: factor at the end of the decay     */
};
extern const field_set_t schedule_fields;

/* The learning rate of step `step` (0 ..) of `steps`: step s of the warm-up has lr (s+1)/warmup. */
double schedule_lr(const struct schedule_options *options, int64_t step, int64_t steps);

#endif
