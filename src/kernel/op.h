/* op.h: what an operator of the graph is: one row per operator, one file per row.
 *
 * Its kernels are written once (kernel.h) and compiled twice: for values, and for tangents by the
 * complex step; backend.h has them. A row holds everything true of the operator; the graph knows no
 * operator by name. */
#ifndef KERNEL_OP_H
#define KERNEL_OP_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kernel/chance.h"
#include "kernel/flt.h"

enum { OP_INPUTS = 8, OP_OUTPUTS = 6 };

/* What a term of the loss reports, in float64. */
enum {
    RESULT_TERM,   /* the term as it enters the loss                                        */
    RESULT_DETAIL, /* of the task: rows whose largest logit is the target; else the term without
                      its coefficient */
    RESULT_SLOPE,  /* the derivative of RESULT_TERM along the direction                     */
    RESULTS
};

/* --- options --- */

/* The options of an operator, by value, so that a call can be handed to a device as it is. What
 * they mean is known to the operator's own header (kernel/NAME.h: struct NAME_options) and to
 * whoever applies it; everybody else passes bytes on. */
enum { OP_OPTIONS = 80 };
typedef struct op_options {
    unsigned char bytes[OP_OPTIONS] __attribute__((aligned(8)));
} op_options_t;

INLINE op_options_t options_from(const void *options, size_t size) {
    op_options_t of = {{0}};
    if (size) memcpy(of.bytes, options, size);
    return of;
}

/* The options of a call as its operator reads them: OPTIONS_OF(c, add_options)->alpha. */
#define OPTIONS_OF(call, type) ((const struct type *)(call)->options.bytes)

/* For an operator's row: their size; does not compile where they are too large. */
#define OPTIONS_SIZE(type)                                                                         \
    (sizeof(struct type) + 0 * sizeof(char[sizeof(struct type) <= OP_OPTIONS ? 1 : -1]))

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
    double *result;         /* [RESULTS] of a term of the loss: sums that the host reads       */
    const chance_t *chance; /* of an operator that draws, with the hash of its stream's        */
    uint64_t purpose;       /* purpose: see chance.h                                           */
    op_options_t options;   /* see OPTIONS_OF                                                   */
    void *shares;           /* on a device: memory for what its teams sum up (device/shares.h) */
    long teams;             /* on a device: at most so many teams at work; 0 = any number      */
} call_t;

/* Integers stand in the place of a matrix's values, one in four bytes; they have no tangents. */
INLINE int32_t *integers_of(matrix_t m) { return (int32_t *)m.at.v; }

typedef void kernel_t(const call_t *call);

typedef struct op {
    const char *name, *doc;
    int inputs, outputs;
    size_t options; /* OPTIONS_SIZE(its struct); 0 = has none */

    /* From c->x (rows, cols) and c->options: sets rows and cols of c->y; returns NULL, or a
     * sentence why the shapes do not fit. */
    const char *(*shape)(call_t *c);

    /* Elements of scratch memory, NULL = none; on a device, where it differs. */
    long (*scratch)(const call_t *c);
    long (*device_scratch)(const call_t *c);

    /* Floating-point operations of one forward run; a backward run counts twice that. NULL = 0.
     * Where others than a product's take much of the time (exponentials, choices), each counts as
     * many as a product does in its time (bench/bench_families.c): plans go by the sum. */
    double (*flops)(const call_t *c);

    /* 1 when dx[k] is exactly dy (and add[k] absent), so that no kernel need run. NULL = never. */
    int (*passes)(const call_t *c, int k);

    /* Bit k: x[k] is a constant (it has no gradient, and its tangents may not be looked at); holds
     * integers, which are constants; y[k] holds integers, which the value run alone makes. Only
     * y[0] has a gradient: other outputs can be taken as constants and integers only. */
    unsigned constants, takes_integers, makes_integers;

    unsigned parameters;             /* bit k: x[k] must be a parameter: backward adds to dx[k] */
    unsigned backward_x, backward_y; /* bit k: backward reads x[k] / y[k] (activations; of the
                                        inputs, integers always count as read)                 */
    unsigned reports;                /* bit k: the host reads y[k] until the next forward run  */
    unsigned sums;                   /* bit k: dx[k] is summed over the rows by team_share       */
    int draws;                       /* 1: needs call->chance                                    */

    /* Terms of the loss: nobody reads y[0] nor gives a dy; forward adds to call->result. */
    int ends; /* 1: the task's; forward leaves d loss / d x[0] in x[0], backward does not run    */
    int adds; /* 1: one beside it; backward adds its share to dx like that of any operator       */
} op_t;

enum { VALUES, TANGENTS };

INLINE int op_has_gradient(const op_t *op, int k) {
    return !((op->constants | op->takes_integers) >> k & 1);
}
INLINE int op_is_term(const op_t *op) { return op->ends || op->adds; }

/* All rows, NULL-terminated: for tests and documentation. */
extern const op_t *const op_rows[];

#define OP(name) extern const op_t op_##name;
#include "kernel/ops.def"
#undef OP

#endif
