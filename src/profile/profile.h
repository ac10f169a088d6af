/* profile.h: the spectral profile (spectral/rksp.h) of every transition of a network that is there,
 * from hidden states wherever they come from. */
#ifndef PROFILE_PROFILE_H
#define PROFILE_PROFILE_H

#include "profile/source.h"
#include "spectral/rksp.h"

typedef struct profile_row {
    rksp_result_t result; /* arrays: into the profile's; all NaN, rank 0: could not be measured */
    double seconds;       /* of its spectrum                                                    */
} profile_row_t;

/* Whoever measures transitions in place of this process alone: other ranks (ranks/). */
typedef struct measurer {
    /* Takes a transition; x and y may be overwritten afterwards. Its row is filled in, with arrays
     * lambda [modes,2] and residual [modes], now or in `finish`. STATUS_FAILED: it has no profile,
     * and the row is NaN. */
    status_t (*take)(void *context, const flt *x, const flt *y, profile_row_t *row, double *lambda,
                     double *residual);
    status_t (*finish)(void *context);
    void *context;
} measurer_t;

typedef struct profile_options {
    int rank;                   /* modes of a random projection; 0 = all                       */
    int values_only;            /* what eigenvalues alone tell (rksp.h)                        */
    int with_norm;              /* one more row: the last transition with the final norm       */
    int is_telling;             /* progress, with what is left, by log_info                    */
    const char *name;           /* of the convention, for people; borrowed                     */
    const measurer_t *measurer; /* NULL: this process, one transition after the other */
} profile_options_t;

typedef struct profile {
    const char *name;
    int layers, count;         /* transitions, and rows: one more with the final norm */
    int width, modes, rank;    /* most modes of a row; rank as asked for              */
    int64_t samples, distinct; /* of the states                                       */
    int values_only, vocab;
    double loss;         /* of the tokens, nats; NaN: not known          */
    profile_row_t *rows; /* owned [count]                                */
    double *lambda;      /* owned [count, modes, 2], NaN beyond the rank */
    double *residual;    /* owned [count, modes], likewise               */
} profile_t;             /* {0} is an empty one */

/* Runs through the states. A transition whose states are not finite, or do not vary at all, gets
 * NaN and a warning. STATUS_SPEC: fewer samples than modes. On failure nothing is held. */
status_t profile_run(const profile_options_t *options, source_t *source, profile_t *profile);
void profile_clear(profile_t *profile);

/* What rksp.h is asked for, with a projection of its own where rank is not 0: the same one wherever
 * width and rank are. The caller frees rksp->basis. */
status_t profile_rksp_options(int rank, int values_only, int width, rksp_options_t *rksp);

/* Measures one transition, [samples, width] each, into the row; lambda and residual have room for
 * the modes. STATUS_FAILED: the row is NaN, status_message() says why. */
status_t profile_measure(rksp_workspace_t *workspace, int width, const flt *x, const flt *y,
                         profile_row_t *row, double *lambda, double *residual);

/* A row that could not be measured: NaN, of rank 0. */
void profile_forget(rksp_result_t *result);

/* Fewer distinct samples than modes, or just as many: the regression interpolates, and its error
 * eta_nl says nothing. */
int profile_is_exact(const profile_t *profile);

/* Third of the network that transition `layer` of `layers` is in: 0 early, 1 mid, 2 late; the
 * larger parts come first, as the published groups have it: 11, 11, 10 of 32. */
enum { PROFILE_GROUPS = 3 };
extern const char *const profile_groups[PROFILE_GROUPS];
int profile_group(int layer, int layers);

#endif
