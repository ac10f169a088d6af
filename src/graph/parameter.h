/* parameter.h: what is true of a parameter, said once, where it is made (model/build.h).
 *
 * Optimizers, muP, stabilizers and probes go by these facts. Its name is for people, for files, and
 * for the stream that its first values are drawn from; nobody reads a meaning out of it. */
#ifndef GRAPH_PARAMETER_H
#define GRAPH_PARAMETER_H

#include "base/rng.h"
#include "kernel/flt.h"

typedef enum {
    PARAMETER_OTHER,  /* none of these                                  */
    PARAMETER_MATRIX, /* of a linear map y = x W^T: [out, in]           */
    PARAMETER_TABLE,  /* rows that are looked up or added: embeddings   */
    PARAMETER_GAIN,   /* a factor for every column: [1, n]              */
    PARAMETER_BIAS,   /* added to every column: [1, n], or a row a group */
} parameter_kind_t;

/* Its row in muP's table (optim/mup.h). */
typedef enum {
    MUP_UNKNOWN, /* nobody has said how it follows the width */
    MUP_INPUT,   /* from something of constant size: embeddings, biases, gains */
    MUP_HIDDEN,  /* from width to width                                        */
    MUP_OUTPUT,  /* from width to something of constant size                   */
    MUP_FIXED,   /* starts and moves alike at every width                      */
} mup_class_t;

/* What a part of a packed parameter makes. */
typedef enum { ROLE_NONE, ROLE_QUERY, ROLE_KEY, ROLE_VALUE, ROLE_GATE, ROLE_UP } role_t;

typedef struct parameter_part {
    role_t role;
    long units; /* rows; of a gain or a bias: columns */
} parameter_part_t;

/* How its first values are drawn: x[rows * cols] from its own stream. */
typedef struct init init_t;
typedef void init_draw_t(const init_t *init, long rows, long cols, rng_t *rng, flt *x);
struct init {
    init_draw_t *draw; /* NULL: mean + std * normal                                   */
    double mean, std;
    long tail;        /* in so many last rows std is tail_gain times that             */
    double tail_gain; /* read where tail > 0                                          */
};

enum { PARAMETER_PARTS = 4, NO_BLOCK = -1 };

typedef struct parameter_facts {
    parameter_kind_t kind;
    mup_class_t mup;
    int block;        /* it belongs to, or NO_BLOCK                                          */
    int is_output;    /* last matrix of a sub-layer: where it is 0, so is the sub-layer      */
    int never_decays; /* weight decay leaves it alone, whatever train.decay says             */
    int is_constant;  /* nothing moves it: its gradient is 0                                 */
    parameter_part_t parts[PARAMETER_PARTS]; /* in order, ended by units = 0; none = one piece */
    init_t init;
} parameter_facts_t;

/* One entry per row of theta's layout. */
typedef struct parameter {
    const char *name; /* borrowed */
    long rows, cols;
    long offset; /* in theta, elements */
    int is_idle; /* 1: no operator that is not passed over reads it; its gradient is 0 */
    parameter_facts_t facts;
} parameter_t;

/* Elements of one unit: of a row, or of one column of a gain or a bias. */
static inline long parameter_unit(const parameter_t *p) {
    int is_vector = p->facts.kind == PARAMETER_GAIN || p->facts.kind == PARAMETER_BIAS;
    return is_vector ? 1 : p->cols;
}

/* First unit of the part with that role; -1 when it has none. */
static inline long parameter_find(const parameter_t *p, role_t role) {
    long first = 0;
    for (int k = 0; k < PARAMETER_PARTS && p->facts.parts[k].units; k++) {
        if (p->facts.parts[k].role == role) return first;
        first += p->facts.parts[k].units;
    }
    return -1;
}

#endif
