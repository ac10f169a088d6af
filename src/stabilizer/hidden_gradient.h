/* hidden_gradient.h: gradients that enter the network at its hidden states: what penalties on them
 * and Koopman spectral shaping have in common.
 *
 *   hidden_gradient_begin    states of the step's batch are at hand; a random share of the layer
 *                            transitions h_l -> h_{l+1} is drawn
 *   hidden_gradient_at       where the caller adds d penalty / d h_l
 *   hidden_gradient_enter    back through the network; scaled down to a norm of its own, it
 *                            joins the task's gradient, or is left out when it is not finite */
#ifndef STABILIZER_HIDDEN_GRADIENT_H
#define STABILIZER_HIDDEN_GRADIENT_H

#include "base/rng.h"
#include "stabilizer/stabilizer.h"

typedef struct hidden_gradient {
    int depth;          /* layer transitions                                       */
    int is_local;       /* gradients at h_{l+1} stop at h_l                        */
    int *layers;        /* owned [depth]: transitions, those drawn first           */
    flt *kept;          /* owned [model_size]: the gradient so far                 */
    flt **seeds;        /* owned [depth + 1] of owned [B T, d]: d penalty / d h_l  */
    int *is_seeded;     /* owned [depth + 1]                                       */
    int *states;        /* owned [depth + 1]: hidden states with a gradient        */
    const flt **chosen; /* owned [depth + 1]: theirs, borrowed from seeds          */
} hidden_gradient_t;

/* `is_local`: a gradient at h_{l+1} reaches the parameters of block l alone, as if it were computed
 * from a constant h_l; none may be put at h_0. */
status_t hidden_gradient_create(const model_t *model, int is_local, hidden_gradient_t *hidden);
void hidden_gradient_destroy(hidden_gradient_t *hidden); /* {0} is fine */

/* What it costs beside the penalty itself, every `every` steps. */
void hidden_gradient_needs(const config_t *config, double every, stabilizer_needs_t *needs);

/* Runs the blocks on the step's batch, unless its activations are there still; draws ceil(share
 * depth) transitions, at least one, into layers[0 .. count), with numbers from `rng`. Returns the
 * count. */
int hidden_gradient_begin(hidden_gradient_t *hidden, const step_t *step, double share, rng_t *rng);

/* The gradient at h_l, [B T, d], zero at first in every step. Borrowed. */
flt *hidden_gradient_at(hidden_gradient_t *hidden, const step_t *step, int l);

/* Changes a parameter gradient of `n` numbers before it joins. */
typedef void hidden_gradient_turn_t(void *context, flt *gradient, long n);

/* Returns the norm before scaling, not finite when the gradient was left out. `turn` may be NULL.
 */
double hidden_gradient_enter(hidden_gradient_t *hidden, step_t *step, double limit,
                             hidden_gradient_turn_t *turn, void *context);

#endif
