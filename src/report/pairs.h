/* pairs.h: the arms of a comparison with their runs, each beside its partner in the base arm. */
#ifndef REPORT_PAIRS_H
#define REPORT_PAIRS_H

#include "report/cohort.h"
#include "spec/spec.h"

/* The runs of one arm that have a result. */
typedef struct arm_runs {
    const char *name; /* borrowed from the cohort                                             */
    size_t *run;      /* owned [count]: rows of the cohort                                    */
    size_t *partner;  /* owned [count]: the base arm's row of the same pair, PAIRS_NONE       */
    size_t count, diverged;
    size_t pairs;                /* runs whose partner has a result too                       */
    size_t only_base, only_here; /* pairs in which one of the two diverged, by which          */
} arm_runs_t;

typedef struct pairs {
    cohort_t cohort;  /* owned                                                       */
    arm_runs_t *arms; /* owned [arm_count], in the order of the sweep; base is first */
    size_t arm_count;
} pairs_t;

enum { PAIRS_NONE = -1 };

/* The base arm is the one that a column `pairs.base` of the trials names, else ARM_BASE. Without a
 * run of it, arm_count is 0. */
pairs_t pairs_create(const frame_t *trials);
void pairs_destroy(pairs_t *pairs);

/* difference[i] = value of run i less that of its partner, NaN where either is unknown. */
void pairs_differences(const arm_runs_t *arm, const double *value, double *difference);

/* Notes what base means in the table, where it is not ARM_BASE, or that it has no result yet. */
void pairs_note_base(const pairs_t *pairs, report_table_t *table);

#endif
