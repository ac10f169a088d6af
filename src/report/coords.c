/* coords.c: the coordinate check of a parametrisation: how sizes in the network, and what training
 * changes of them, go with its width, by normalisation and arm (Yang et al. 2022, arXiv 2203.03466,
 * appendix D.1). The slope is that of log size over log width: 0 is flat. */
#include <math.h>
#include <stdlib.h>

#include "report/cohort.h"
#include "report/recipe.h"
#include "stats/line.h"
#include "stats/moments.h"
#include "stats/scratch.h"

static const struct {
    const char *title, *column;
    double expected;
} coordinates[] = {
#define COORDINATE(...) {__VA_ARGS__},
#include "analysis/coords.def"
#undef COORDINATE
};
enum { COORDINATES = sizeof coordinates / sizeof *coordinates };

static const report_column_t columns[] = {
    {.key = "quantity", .title = "mean |x| of"},
    {.key = "runs", .title = "runs", .kind = CELL_NUMBER},
    {.key = "narrow", .title = "narrowest", .kind = CELL_NUMBER, .decimals = SIGNIFICANT(3)},
    {.key = "wide", .title = "widest", .kind = CELL_NUMBER, .decimals = SIGNIFICANT(3)},
    {.key = "slope", .title = "slope", .kind = CELL_NUMBER, .decimals = 2, .missing = "n/a"},
    {.key = "low",
     .key_two = "high",
     .title = "95%",
     .kind = CELL_INTERVAL,
     .decimals = 2,
     .missing = "n/a"},
    {.key = "expected", .title = "muP", .kind = CELL_NUMBER, .decimals = 0},
};

/* Runs that diverged count: what is checked is the first steps, and these they made. */
typedef struct group {
    cohort_t *cohort; /* borrowed, as the rest */
    const int *member;
    double *x, *y; /* log width and log size; NaN for those outside */
} group_t;

/* Mean size at the largest or the smallest width. */
static double size_at(const group_t *group, double width) {
    double *size = scratch(group->cohort->runs.rows, sizeof *size);
    for (size_t i = 0; i < group->cohort->runs.rows; i++)
        size[i] = group->x[i] == width ? exp(group->y[i]) : NAN;
    double mean = moments(group->cohort->runs.rows, size).mean;
    free(size);
    return mean;
}

static void add_coordinate(report_table_t *table, const char *section, const group_t *group,
                           int which) {
    size_t rows = group->cohort->runs.rows;
    const double *width = cohort_numbers(group->cohort, "model.width");
    const double *size = cohort_numbers(group->cohort, coordinates[which].column);
    for (size_t i = 0; i < rows; i++) {
        int is_in = group->member[i] && size[i] > 0;
        group->x[i] = is_in ? log(width[i]) : NAN;
        group->y[i] = is_in ? log(size[i]) : NAN;
    }
    extent_t widths = extent(rows, group->x);
    line_t line = line_through(rows, group->x, group->y);
    report_add_row(table, section);
    report_set_text(table, "quantity", "%s", coordinates[which].title);
    report_set(table, "runs", (double)line.n);
    report_set(table, "narrow", size_at(group, widths.low));
    report_set(table, "wide", size_at(group, widths.high));
    report_set(table, "slope", line.slope);
    report_set_two(table, "low", line.slopes.low, line.slopes.high);
    report_set(table, "expected", coordinates[which].expected);
}

static void add_group(report_table_t *table, const group_t *group, size_t first) {
    char name[2 * CELL_SHOWN_MAX];
    cohort_name_group(group->cohort, first, name);
    for (int which = 0; which < COORDINATES; which++) add_coordinate(table, name, group, which);
}

/* One group for each normalisation and arm of which a run was measured. */
static void add_groups(report_table_t *table, cohort_t *cohort) {
    size_t rows = cohort->runs.rows;
    int *norm = scratch(rows, sizeof *norm), *arm = scratch(rows, sizeof *arm);
    int *member = scratch(rows, sizeof *member);
    double *x = scratch(rows, sizeof *x), *y = scratch(rows, sizeof *y);
    const double *measured = cohort_numbers(cohort, "coords/hidden_first");
    int norms = cohort_strata(cohort, "model.norm", norm), arms = cohort_strata(cohort, "arm", arm);
    for (int k = 0; k < norms * arms; k++) {
        size_t first = rows;
        for (size_t i = rows; i-- > 0;) {
            member[i] = norm[i] == k / arms && arm[i] == k % arms && !isnan(measured[i]);
            if (member[i]) first = i;
        }
        if (first < rows) add_group(table, &(group_t){cohort, member, x, y}, first);
    }
    free(norm);
    free(arm);
    free(member);
    free(x);
    free(y);
}

report_table_t recipe_coords(const frame_t *trials) {
    report_table_t table =
        report_table_create("coords", columns, sizeof columns / sizeof *columns,
                            "Coordinate check: sizes in the network over its width");
    cohort_t cohort = cohort_create(trials, COHORT_ALL);
    add_groups(&table, &cohort);
    report_note(&table, "", "legend",
                "slope: of log size over log model.width, by least squares over all runs, replicas "
                "included, with Student's 95 %%; 0: the width makes no difference. first, last: "
                "the first and the last of probe.coords.steps; change: mean |x - x at the first|. "
                "muP: what it is under the maximal update parametrisation (Yang et al., arXiv "
                "2203.03466).");
    cohort_note_coverage(trials, &table);
    cohort_destroy(&cohort);
    return table;
}
