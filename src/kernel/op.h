/* op.h: what an operator of the graph is: one row per operator, one file per row.
 *
 * Its kernels are written once (kernel.h) and compiled twice: for values, and for tangents by the
 * complex step. A row holds everything true of the operator; the graph knows no operator by name.
 */
#ifndef KERNEL_OP_H
#define KERNEL_OP_H

#include <stdint.h>

#include "kernel/flt.h"

enum { OP_INPUTS = 4, OP_OUTPUTS = 4, RESULTS = 3 };

/* --- options of the operators that have any --- */

struct embed_options {
    long period; /* T: position of row i is i mod T */
};
struct add_options {
    flt alpha; /* y = alpha x0 + x1 */
};
struct norm_options {
    flt epsilon;
};
struct attention_options {
    long length;     /* T: rows of one sample                                   */
    long heads;      /* query heads                                             */
    long kv_heads;   /* key/value heads; divides heads (grouped-query attention) */
    long head_size;  /* columns of one head                                     */
    int causal;      /* 1: row i sees rows 0..i of its sample                   */
    flt softcap;     /* logits are kept within +- this; 0 = off                 */
    int recomputes;  /* 1: the weights are not kept but made anew when needed   */
    long first, end; /* rows of every sample at work: the schedule's own        */
};
struct head_norm_options {
    long query_heads, key_heads; /* leading heads, normalised with gain x1 and x2 */
    long head_size;              /* columns of one head                           */
    flt epsilon;
};
struct softcap_options {
    flt cap; /* > 0 */
};
struct rope_options {
    long length;    /* T: position of row i is i mod T            */
    long heads;     /* leading heads to turn: query and key heads */
    long head_size; /* even                                       */
    double base;    /* 10000                                      */
};
struct select_options {
    long period, position; /* keeps row b period + position of every sample b */
};
struct cross_entropy_options {
    flt weight; /* of every row: 1 / number of rows for the mean */
};

/* Numbers of one step of an optimizer (kernel/vector/), as the headers of optim/ name them;
 * keep = 1 - lr weight_decay, rate = lr over what the moments are corrected by. */
struct adamw_step {
    flt keep, rate, gain1, gain2, beta2, root2,
        eps; /* gain = 1 - beta; root2 = 1/sqrt(1-beta2^t) */
};
struct lion_step {
    flt keep, rate, beta1, beta2;
};
struct sgd_step {
    flt keep, rate, momentum;
};
struct scale_options {
    flt factor;
};

/* By value, so that a call can be handed to a device as it is. */
typedef union op_options {
    struct embed_options embed;
    struct add_options add;
    struct norm_options norm;
    struct attention_options attention;
    struct head_norm_options head_norm;
    struct softcap_options softcap;
    struct rope_options rope;
    struct select_options select;
    struct cross_entropy_options cross_entropy;
    struct adamw_step adamw;
    struct lion_step lion;
    struct sgd_step sgd;
    struct scale_options scale;
} op_options_t;

/* --- calls and rows --- */

/* Everything one run of a kernel sees. The graph fills it once; running is a plain call. */
typedef struct call {
    matrix_t x[OP_INPUTS];  /* inputs: activations and parameters                              */
    matrix_t y[OP_OUTPUTS]; /* outputs: y[0] the result, the others kept for the backward pass */
    matrix_t dy;            /* d loss / d y[0]                                                 */
    matrix_t dx[OP_INPUTS]; /* d loss / d x[k]; at.v NULL where nobody wants it                */
    span_t add[OP_INPUTS];  /* dx[k] = add[k] + this operator's share; v NULL = nothing to add.
                               add[k] may be dx[k] itself; always so for parameters            */
    const int32_t *index;   /* token ids or targets, or NULL                                   */
    span_t scratch;         /* of scratch() elements, contents undefined                       */
    double *result;         /* [RESULTS] sums that the host reads (see cross_entropy)          */
    op_options_t options;   /* the operator's own member of it                                 */
    void *shares;           /* on a device: memory for what its teams sum up (device/shares.h) */
    long teams;             /* on a device: at most so many teams at work; 0 = any number      */
} call_t;

typedef void kernel_t(const call_t *call);

typedef struct op {
    const char *name, *doc;
    int inputs, outputs;

    /* From c->x (rows, cols) and c->options: sets rows and cols of c->y; returns NULL, or a
     * sentence why the shapes do not fit. */
    const char *(*shape)(call_t *c);

    /* Elements of scratch memory, NULL = none; on a device, where it differs. */
    long (*scratch)(const call_t *c);
    long (*device_scratch)(const call_t *c);

    /* Floating-point operations of one forward run; a backward run counts twice that. NULL = 0. */
    double (*flops)(const call_t *c);

    /* 1 when dx[k] is exactly dy (and add[k] absent), so that no kernel need run. NULL = never. */
    int (*passes)(const call_t *c, int k);

    unsigned parameters;             /* bit k: x[k] must be a parameter: backward adds to dx[k] */
    unsigned backward_x, backward_y; /* bit k: backward reads x[k] / y[k] (activations)        */
    unsigned reports;                /* bit k: the host reads y[k] until the next forward run  */
    unsigned sums;                   /* bit k: dx[k] is summed over the rows by team_share       */
    int ends;                        /* 1: the loss; forward leaves d loss / d x[0] in x[0]      */

    kernel_t *const *forward; /* [VALUES], [TANGENTS]; the host's (device kernels: backend.h)    */
    kernel_t *const *backward;
} op_t;

enum { VALUES, TANGENTS };

/* All rows, NULL-terminated: for tests and documentation. */
extern const op_t *const op_rows[];

#define OP(name) extern const op_t op_##name;
#include "kernel/ops.def"
#undef OP

#endif
