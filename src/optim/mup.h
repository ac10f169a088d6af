/* mup.h: the maximal update parametrisation: hyperparameters found at one width hold at another
 * (Yang et al. 2022, Tensor Programs V, arXiv 2203.03466, Table 3: no multipliers, all of it in the
 * initialisation and the learning rates).
 *
 * With m = model.width / train.mup_base_width, each relative to the model of the base width (same
 * heads, same ratio of the MLP), where nothing changes:
 *
 *                               standard deviation   learning rate: AdamW, Lion   SGD
 *   embeddings, biases, gains   1                    1                            m
 *   matrices in the blocks      m^-1/2               1/m                          1
 *   output matrix               1/m                  1/m                          1/m
 *   its bias                    1                    1                            1
 *   rows that make queries      m^-1/2 more          m^-1/2 more                  1/m more
 *
 * The last row is the 1/head_size in place of 1/sqrt(head_size) of attention, moved into the
 * weights (their Lemma J.1). LAMB moves a tensor in proportion to its norm: matrices in the blocks
 * m^-1/2, all others 1. Weight decay is divided by the factor of the learning rate, so that tensors
 * shrink as at the base width. */
#ifndef OPTIM_MUP_H
#define OPTIM_MUP_H

#include "optim/optim.h"

extern const field_set_t mup_fields; /* train.mup_base_width */

/* STATUS_SPEC where the table above is silent: a tied output matrix, a parameter of that graph
 * whose row nobody has said (parameter_facts_t.mup). The graph need only be described. */
status_t mup_check(const config_t *config, const graph_t *graph);

/* model.width / train.mup_base_width; 1 when that is 0: switched off. */
double mup_width_ratio(const config_t *config);

/* A stretch of a parameter with one factor. */
typedef struct mup_slice {
    long first, count; /* elements from the parameter's own first                          */
    double exponent;   /* of the learning rate, as `exponents` say                         */
    double init;       /* exponent of the standard deviation                               */
} mup_slice_t;

/* Cuts a parameter into slices, neighbours of one factor being one; returns how many. */
int mup_slices(const parameter_t *parameter, const mup_exponents_t *exponents,
               mup_slice_t slices[PARAMETER_PARTS]);

/* Scales freshly drawn parameters to the standard deviations above. */
void mup_scale_init(const config_t *config, graph_t *graph);

#endif
