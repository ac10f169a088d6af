/* optim.h: update rules and learning-rate schedules. One file plus one row each. */
#ifndef OPTIM_OPTIM_H
#define OPTIM_OPTIM_H

#include "base/record.h"
#include "graph/graph.h"
#include "kernel/backend.h"
#include "spec/config.h"

/* What the update of one stretch of the parameters sees: arrays of `count` elements. */
typedef struct update {
    const backend_t *backend; /* in whose memory they are                              */
    flt *theta;               /* changed in place                                           */
    const flt *gradient;      /* after the stabilizers                                      */
    flt *moments[2];          /* the rule's own state, zero at step 1                       */
    long count;               /* > 0                                                        */
    int64_t step;             /* 1, 2, ...: updates of this tensor, for bias correction     */
    double lr;                /* of this step and tensor                                    */
    double weight_decay;      /* decoupled: theta shrinks by the factor 1 - lr weight_decay */

    /* For a rule that runs on the host: whose elements these are, from its element `first` on; NULL
     * where theta is of no graph. */
    const parameter_t *parameter;
    long first;
} update_t;

/* How a rule's learning rate follows the width under muP (mup.h): exponents of width / base. */
typedef struct mup_exponents {
    double input;  /* embeddings, biases, gains             */
    double hidden; /* matrices from width to width          */
    double output; /* the output matrix                     */
    double query;  /* added for the rows that make queries  */
} mup_exponents_t;

typedef struct optim_row {
    const char *name, *doc;
    int moments;                /* how many arrays of state it keeps, 0..2 */
    const field_set_t *options; /* its own options, or NULL */
    size_t options_size;
    mup_exponents_t mup;
    /* `options` is the rule's own struct, filled from the config. A stretch is one tensor for a
     * rule that runs on the host; for others, whose elements do not know of each other, it may be
     * several, with the zeros between them. */
    void (*update)(const update_t *update, const void *options);
    double (*flops)(const parameter_t *parameter); /* of an update of it; NULL: a few a number */
    int runs_on_host; /* 1: also where the model is on a device; parameters then come and go */

    /* p[count] = the diagonal P that this very update would divide by; changes nothing; on the
     * host. NULL: the rule divides by nothing. */
    void (*preconditioner)(const update_t *update, const void *options, flt *p);

    /* lr times the largest eigenvalue of P^-1/2 H P^-1/2 (of H without P) from which on the rule
     * with this momentum is unstable on a quadratic (Cohen et al., arXiv 2103.00065, 2207.14484).
     * NULL: not known. */
    double (*edge)(const void *options);
} optim_row_t;

/* Runs a kernel of vector/ on the stretch; `options`: its struct (kernel/vector/NAME.h). */
void update_run(const update_t *update, vector_kernel_t kernel, const void *options, size_t size);

extern const optim_row_t *const optim_rows[]; /* NULL-terminated */
#define OPTIM(name) extern const optim_row_t optim_##name;
#include "optim/optimizers.def"
#undef OPTIM

const char *const *optim_names(void);

/* For `needs` (field.h) of options that rows share: "train.optimizer=adamw|lamb", the rows with
 * that set, into text[0..size). */
void optim_users(const field_set_t *set, char *text, size_t size);

/* What every rule has: "train.optimizer", "train.weight_decay", "train.decay". */
extern const field_set_t optim_fields;

typedef struct optim optim_t;

/* State for the parameters of that graph (borrowed, outlives the optimizer), where the graph lives;
 * "train.optimizer" names the rule. */
status_t optim_create(const config_t *config, graph_t *graph, optim_t **optim);

/* The same rule for numbers of the host that are not the graph's: theta [count] with its gradient,
 * both borrowed; one tensor to rules that tell tensors apart. */
status_t optim_create_for(const config_t *config, flt *theta, const flt *gradient, long count,
                          optim_t **optim);
void optim_destroy(optim_t **optim);

/* Memory of that state for `parameters` numbers, bytes, from the configuration alone. */
double optim_bytes(const config_t *config, double parameters);

/* Floating-point operations of one update of that graph's parameters, where they count beside a
 * step's; the graph need only be described. */
double optim_flops(const config_t *config, const graph_t *graph);

/* One update with the gradient as it is now. `step` counts from 1. A parameter that is idle
 * (graph_pass_over) is left alone, decay included; bias corrections count from its first update. */
void optim_step(optim_t *optim, int64_t step, double lr);

/* The rule's state number k (0 ..), [graph_size], or NULL: Adam's second moment is number 1. In the
 * host's memory, good until the next step. */
const flt *optim_moments(optim_t *optim, int k);

/* For checkpoints: the state, under "PREFIX/moment_0", ..., "PREFIX/missed". STATUS_CORRUPT when
 * the record holds another rule's or that of other parameters. */
void optim_save(optim_t *optim, const char *prefix, record_t *record);
status_t optim_load(optim_t *optim, const char *prefix, const record_t *record);

/* Does the rule that "train.optimizer" names have a preconditioner? */
int optim_is_preconditioned(const config_t *config);
int optim_has_preconditioner(const optim_t *optim);

/* Is the edge of stability of that rule known? Of which ones it is, "adamw, sgd", into
 * text[0..size), which is returned. */
int optim_has_edge(const config_t *config);
const char *optim_with_edge(char *text, size_t size);

/* P of the update that optim_step(step) would make with the gradient as it is now: p[graph_size],
 * all positive; over the factor of the learning rate where a tensor has its own (mup.h); 1 for idle
 * parameters and padding. Only for a rule that has one. */
void optim_preconditioner(optim_t *optim, int64_t step, flt *p);

/* The rule's edge of stability (optim_row_t); NaN when not known. */
double optim_edge(const optim_t *optim);

/* Scales the gradient of global 2-norm `norm` so that it has at most `limit` (> 0). */
void optim_clip(graph_t *graph, double norm, double limit);

/* Global 2-norm of the gradient, summed in float64. */
double optim_gradient_norm(graph_t *graph);

/* --- schedules --- */

typedef struct schedule_row {
    const char *name, *doc;
    /* Multiple of the peak learning rate after the warm-up: 1 at progress 0, where the warm-up
     * ends; progress 1 is one step beyond the last. */
    double (*factor)(double progress, double final);
    int has_final; /* 1: train.lr_final means something to it */
} schedule_row_t;

extern const schedule_row_t *const schedule_rows[]; /* NULL-terminated */
#define SCHEDULE(name) extern const schedule_row_t schedule_##name;
#include "optim/schedules.def"
#undef SCHEDULE

const char *const *schedule_names(void);

struct schedule_options {
    char name[FIELD_NAME_MAX]; /* train.schedule                                     */
    double lr;                 /* train.lr: peak                                     */
    double factor;             /* train.lr_factor: the peak really used is lr factor */
    int64_t warmup;            /* train.warmup: steps of linear warm-up              */
    double final;              /* train.lr_final: factor at the end of the decay     */
};
extern const field_set_t schedule_fields;

/* The learning rate of step `step` (0 ..) of `steps`: step s of the warm-up has (s+1)/warmup of the
 * peak. */
double schedule_lr(const struct schedule_options *options, int64_t step, int64_t steps);

#endif
