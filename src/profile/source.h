/* source.h: hidden states, transition by transition, wherever they come from. A source is one file
 * with a function that opens it. */
#ifndef PROFILE_SOURCE_H
#define PROFILE_SOURCE_H

#include <stdint.h>

#include "checkpoint/walk.h"
#include "profile/convention.h"
#include "profile/trained.h"

typedef struct source {
    int layers;       /* transitions h_l -> h_{l+1}                                        */
    int has_norm;     /* one more can be asked for: h_{L-1} -> the final norm of h_L       */
    int width;        /* d                                                                 */
    int vocab;        /* of the tokens that made them; 0: not known                        */
    int64_t samples;  /* N rows of every state                                             */
    int64_t distinct; /* of them                                                           */
    /* Transition `layer`, asked for in ascending order: x and y are [N, d], borrowed until the next
     * call. `layers` = the one with the final norm. */
    status_t (*next)(void *context, int layer, const flt **x, const flt **y);
    /* Mean cross-entropy of the tokens that made the states, nats; NULL = none is known. After the
     * last transition. */
    status_t (*loss)(void *context, double *loss);
    void (*close)(void *context);
    void *context;
} source_t;

/* A checkpoint's own, of these tokens; both are borrowed. */
status_t source_of_checkpoint(const checkpoint_t *c, const input_t *input, source_t *source);

/* A trained trial's own, of samples of its task that no training has seen, as its probes draw them:
 * as many as the convention has for its width, `samples` of them in its place where that is not 0.
 * STATUS_ENVIRONMENT: no memory for all its states; what the task says of its data. The trial is
 * borrowed. */
status_t source_of_trained(trained_t *trained, const convention_t *convention, int64_t samples,
                           source_t *source);

/* Those that another program left in a safetensors, HDF5 or NumPy (.npz) file: matrices h.0 .. h.L,
 * [N, d] each, the same rows in the same order. STATUS_CORRUPT with file, tensor and what is wrong.
 */
status_t source_of_file(const char *path, source_t *source);

void source_close(source_t *source); /* {0} is fine */

/* Rows of [count, width] that differ, told by their hashes: for those sources. */
int64_t source_count_distinct(const flt *rows, int64_t count, int width);

#endif
