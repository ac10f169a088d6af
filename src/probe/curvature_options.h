/* curvature_options.h: what a sweep file says about measuring curvature, and what follows from it
 * alone. For the curvature probe only. */
#ifndef PROBE_CURVATURE_OPTIONS_H
#define PROBE_CURVATURE_OPTIONS_H

#include "spec/config.h"

typedef struct curvature_options {
    int64_t every;                  /* steps from one estimate to the next; 0 = off              */
    bool hessian, preconditioned;   /* which matrices: H, P^-1/2 H P^-1/2                       */
    char method[FIELD_NAME_MAX];    /* power, lanczos                                            */
    int64_t products;               /* of one estimate by power iteration                        */
    int64_t lanczos_steps;          /* the same of Lanczos                                       */
    bool cold_start;                /* from a random vector each time                            */
    bool blocks;                    /* also of every block's parameters alone                    */
    int64_t batches;                /* H is the mean over these                                  */
    int64_t chunk;                  /* samples at a time; 0 = the whole batch                    */
    char precision[FIELD_NAME_MAX]; /* of what function: f32, train                          */
} curvature_options_t;

/* Reads and checks them for a trial of `steps` steps; STATUS_SPEC when they do not go together.
 * Nothing is checked when they are off. */
status_t curvature_options_read(const config_t *config, int64_t steps,
                                curvature_options_t *options);

int curvature_options_use_lanczos(const curvature_options_t *options);

/* 1: of what train.precision computes; 0: of the float32 function. */
int curvature_options_follow_training(const curvature_options_t *options);

/* Estimates of a trial; elements of the solver's memory. */
int64_t curvature_options_estimates(const curvature_options_t *options, int64_t steps);
long curvature_options_work(const curvature_options_t *options, long parameters);

#endif
