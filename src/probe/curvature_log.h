/* curvature_log.h: the curvature estimates of one trial, as they are gathered and recorded. */
#ifndef PROBE_CURVATURE_LOG_H
#define PROBE_CURVATURE_LOG_H

#include "base/record.h"
#include "base/status.h"

/* What is measured: H, and G = P^-1/2 H P^-1/2 with the optimizer's P. */
typedef enum { CURVATURE_HESSIAN, CURVATURE_PRECONDITIONED, CURVATURE_MATRICES } curvature_matrix_t;

/* One estimate of one matrix. */
typedef struct curvature_estimate {
    double lambda, smallest; /* Rayleigh quotient; other end of the spectrum (Lanczos), else NaN  */
    double residual;         /* |A v - lambda v|                                                  */
    double angle;            /* to the last estimate's eigenvector, radians; NaN for the first    */
    double standard_error;   /* of lambda over batches; NaN for one batch                         */
    double lr_lambda;        /* learning rate of the step times lambda                            */
    double edge;             /* lambda at the edge of stability with that rate; NaN: not known    */
    double products;         /* Hessian-vector products used                                      */
} curvature_estimate_t;

typedef struct curvature_log {
    size_t capacity, count;          /* estimates                                              */
    int is_on[CURVATURE_MATRICES];   /* what is measured                                       */
    size_t batches, layers;          /* per estimate; layers = 0: blocks are not measured      */
    int64_t *step, *batch;           /* owned [capacity]; [capacity, batches]                  */
    double *seconds;                 /* owned [capacity] wall clock                            */
    curvature_estimate_t *estimates; /* owned [CURVATURE_MATRICES, capacity]                   */
    double *blocks;                  /* owned [CURVATURE_MATRICES, capacity, layers]           */
    void *work;                      /* owned, one number per estimate                         */
} curvature_log_t;

/* Room for as many estimates as `log` says (capacity, is_on, batches, layers; the rest is set). */
status_t curvature_log_create(curvature_log_t *log);
void curvature_log_destroy(curvature_log_t *log); /* {0} is fine */

/* Where the present estimate goes. Valid until curvature_log_end. */
curvature_estimate_t *curvature_log_estimate(curvature_log_t *log, curvature_matrix_t matrix);
double *curvature_log_blocks(curvature_log_t *log, curvature_matrix_t matrix); /* [layers]  */
int64_t *curvature_log_batches(curvature_log_t *log);                          /* [batches] */

/* Ends the present estimate. */
void curvature_log_end(curvature_log_t *log, int64_t step, double seconds);

/* For checkpoints, under "curvature_log/...". STATUS_CORRUPT: a record of another trial. */
void curvature_log_save(const curvature_log_t *log, record_t *record);
status_t curvature_log_load(curvature_log_t *log, const record_t *record);

/* Puts curvature/... and summary/... in; nothing when there was no estimate. */
void curvature_log_record(const curvature_log_t *log, record_t *record);

#endif
