/* scaling.c: lines through the runs of a normalisation and arm. */
#include "report/scaling.h"

#include <math.h>
#include <stdlib.h>

#include "stats/moments.h"
#include "stats/scratch.h"

/* Mean of value where x is `at`. */
static double mean_at(size_t rows, const double *x, const double *value, double at) {
    double *there = scratch(rows, sizeof *there);
    for (size_t i = 0; i < rows; i++) there[i] = x[i] == at ? value[i] : NAN;
    double mean = moments(rows, there).mean;
    free(there);
    return mean;
}

scaling_t scaling_of(const scaling_group_t *group, const char *over, double (*x)(double),
                     const char *column, double (*y)(double)) {
    size_t rows = group->cohort->runs.rows;
    const double *size = cohort_numbers(group->cohort, over);
    const double *value = cohort_numbers(group->cohort, column);
    double *at = scratch(rows, sizeof *at), *height = scratch(rows, sizeof *height);
    double *point = scratch(rows, sizeof *point); /* its size; NaN where there is none */
    for (size_t i = 0; i < rows; i++) {
        at[i] = x(size[i]), height[i] = y(value[i]);
        int is_point = group->member[i] && isfinite(at[i]) && isfinite(height[i]);
        if (!is_point) at[i] = NAN;
        point[i] = is_point ? size[i] : NAN;
    }
    extent_t sizes = extent(rows, point);
    scaling_t scaling = {.line = line_through(rows, at, height),
                         .smallest = sizes.low,
                         .largest = sizes.high,
                         .at_smallest = mean_at(rows, point, value, sizes.low),
                         .at_largest = mean_at(rows, point, value, sizes.high)};
    free(at);
    free(height);
    free(point);
    return scaling;
}

void scaling_by_group(report_table_t *table, cohort_t *cohort, const char *measured,
                      void (*add)(report_table_t *table, const char *section,
                                  const scaling_group_t *group)) {
    size_t rows = cohort->runs.rows;
    int *norm = scratch(rows, sizeof *norm), *arm = scratch(rows, sizeof *arm);
    int *member = scratch(rows, sizeof *member);
    const double *value = cohort_numbers(cohort, measured);
    int norms = cohort_strata(cohort, "model.norm", norm), arms = cohort_strata(cohort, "arm", arm);
    for (int k = 0; k < norms * arms; k++) {
        size_t first = rows;
        for (size_t i = rows; i-- > 0;) {
            member[i] = norm[i] == k / arms && arm[i] == k % arms && !isnan(value[i]);
            if (member[i]) first = i;
        }
        if (first == rows) continue;
        char name[2 * CELL_SHOWN_MAX];
        cohort_name_group(cohort, first, name);
        add(table, name, &(scaling_group_t){cohort, member});
    }
    free(norm);
    free(arm);
    free(member);
}
