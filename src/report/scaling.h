/* scaling.h: how what is measured goes with the size of the network: straight lines through the
 * runs of a normalisation and arm. For tables over widths and sizes. */
#ifndef REPORT_SCALING_H
#define REPORT_SCALING_H

#include "report/cohort.h"
#include "stats/line.h"

/* Runs that diverged count: what is asked is measured in the first steps, and these they made. */
typedef struct scaling_group {
    cohort_t *cohort;  /* borrowed, as the rest */
    const int *member; /* [cohort->runs.rows]: 1 = of the group */
} scaling_group_t;

typedef struct scaling {
    line_t line;                    /* of y(column) over x(over) */
    double smallest, largest;       /* ends of `over` among the points */
    double at_smallest, at_largest; /* mean of `column` there */
} scaling_t;

/* x, y: scale of an axis, like log; a value that it has no finite number for is no point. */
scaling_t scaling_of(const scaling_group_t *group, const char *over, double (*x)(double),
                     const char *column, double (*y)(double));

/* Calls add once for each normalisation and arm of which a run has a value of `measured`, in the
 * order of both. section: the group's name, for its rows. */
void scaling_by_group(report_table_t *table, cohort_t *cohort, const char *measured,
                      void (*add)(report_table_t *table, const char *section,
                                  const scaling_group_t *group));

#endif
