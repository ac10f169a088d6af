/* penalty.h: what penalties on hidden states have in common: the controls that cost what Koopman
 * shaping costs and look at the same states, but know no spectrum.
 *
 *   L + weight mean over l in S of R(h_l, h_{l+1}),   S = a random share of the layers, drawn anew
 *
 * every so many steps. R is an exact function of two neighbouring hidden states, so its gradient
 * enters the network's backward pass there; it is scaled down to a norm of its own before it joins
 * the task's gradient, and left out when it is not finite. All penalties of a step see the same
 * layers, and arms of one comparison draw the same. A penalty is one file with its R plus one row.
 */
#ifndef STABILIZER_PENALTY_H
#define STABILIZER_PENALTY_H

#include "stabilizer/stabilizer.h"

/* Options of all penalties: penalty.every, .layers, .clip. */
extern const field_set_t penalty_fields;

/* The option of one. */
struct penalty_weight {
    double weight;
};

/* One layer transition: [rows, width] states, row-major, and where their gradients are added. */
typedef struct penalty_layer {
    long rows, width;
    const flt *x, *y; /* h_l, h_{l+1}                                              */
    flt *dx, *dy;     /* weighted gradients are added                              */
    double weight;    /* of R in the loss                                          */
    long shift;       /* 1 .. rows-1, random: tells which rows make a pair         */
} penalty_layer_t;

/* Returns R and adds weight dR/dx and weight dR/dy. */
typedef double penalty_formula_t(const penalty_layer_t *layer);

/* Ends a penalty's file: the row of ID, whose R is ID_formula and whose weight the option
 * penalty.ID; 0 there = off. `text` documents the row, `of` what R is. */
#define PENALTY(id, text, of)                                                                      \
    static const field_t fields[] = {                                                              \
        PENALTY_FIELD("penalty." #id, .min = 0, .max = 1e30, .fallback = "0",                      \
                      .doc = "weight of " of "; 0 = off"),                                         \
    };                                                                                             \
    static const field_set_t field_set = FIELD_SET("penalty " #id, fields);                        \
    static status_t needs(const config_t *config, stabilizer_needs_t *needs) {                     \
        return penalty_needs(config, "penalty." #id, needs);                                       \
    }                                                                                              \
    static status_t create(const trial_t *trial, model_t *model, void **state) {                   \
        return penalty_create(trial, model, "penalty." #id, id##_formula, state);                  \
    }                                                                                              \
    const stabilizer_row_t stabilizer_##id = {.name = #id,                                         \
                                              .doc = text,                                         \
                                              .key = "penalty." #id,                               \
                                              .options = &field_set,                               \
                                              .common = &penalty_fields,                           \
                                              .needs = needs,                                      \
                                              .create = create,                                    \
                                              .destroy = penalty_destroy,                          \
                                              .after_gradient = penalty_after_gradient,            \
                                              .is_stateless = 1}

#define PENALTY_FIELD(name, ...)                                                                   \
    {                                                                                              \
        .key = name, .type = FIELD_REAL, .offset = offsetof(struct penalty_weight, weight),        \
        __VA_ARGS__                                                                                \
    }

/* The hooks of such a row. */
status_t penalty_needs(const config_t *config, const char *key, stabilizer_needs_t *needs);
status_t penalty_create(const trial_t *trial, model_t *model, const char *key,
                        penalty_formula_t *formula, void **state);
void penalty_destroy(void *state);
void penalty_after_gradient(void *state, step_t *step);

#endif
