/* profiles.h: the layer profiles of one trial, as they are gathered and as they are recorded. */
#ifndef PROBE_PROFILES_H
#define PROBE_PROFILES_H

#include "base/record.h"
#include "spectral/rksp.h"

typedef struct profiles {
    int capacity, count;    /* profiles                                                   */
    int layers, modes;      /* of each                                                    */
    int64_t *step;          /* owned [capacity]                                           */
    double *seconds;        /* owned [capacity] wall clock                                */
    rksp_result_t *results; /* owned [capacity, layers]; their arrays are not used        */
    double *lambda;         /* owned [capacity, layers, modes, 2], NaN beyond the rank    */
    double *residual;       /* owned [capacity, layers, modes], likewise                  */
    void *work;             /* owned, one number for each of results                      */
} profiles_t;

status_t profiles_create(int capacity, int layers, int modes, profiles_t *profiles);
void profiles_destroy(profiles_t *profiles); /* {0} is fine */

/* Keeps one layer of the profile being gathered; NULL: it could not be profiled. */
void profiles_keep(profiles_t *profiles, int layer, const rksp_result_t *result);

/* Ends it: all its layers have been kept. */
void profiles_end(profiles_t *profiles, int64_t step, double seconds);

/* Puts rksp/... and, from the first profile, summary/... in; nothing when there is none. */
void profiles_record(const profiles_t *profiles, record_t *record);

/* Mean near-unit mass of the first profile; NaN when there is none. */
double profiles_first_near_unit(const profiles_t *profiles);

/* Takes the profiles that profiles_record put in out again, into fresh ones of the same trial.
 * STATUS_CORRUPT when they do not fit. */
status_t profiles_load(profiles_t *profiles, const record_t *record);

#endif
