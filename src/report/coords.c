/* coords.c: the coordinate check of a parametrisation: how sizes in the network, and what training
 * changes of them, go with its width, by normalisation and arm (Yang et al. 2022, arXiv 2203.03466,
 * appendix D.1). The slope is that of log size over log width: 0 is flat. */
#include <math.h>

#include "report/recipe.h"
#include "report/scaling.h"

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

static void add_group(report_table_t *table, const char *section, const scaling_group_t *group) {
    for (int k = 0; k < COORDINATES; k++) {
        scaling_t found = scaling_of(group, "model.width", log, coordinates[k].column, log);
        report_add_row(table, section);
        report_set_text(table, "quantity", "%s", coordinates[k].title);
        report_set(table, "runs", (double)found.line.n);
        report_set(table, "narrow", found.at_smallest);
        report_set(table, "wide", found.at_largest);
        report_set(table, "slope", found.line.slope);
        report_set_two(table, "low", found.line.slopes.low, found.line.slopes.high);
        report_set(table, "expected", coordinates[k].expected);
    }
}

report_table_t recipe_coords(const frame_t *trials) {
    report_table_t table =
        report_table_create("coords", columns, sizeof columns / sizeof *columns,
                            "Coordinate check: sizes in the network over its width");
    cohort_t cohort = cohort_create(trials, COHORT_ALL);
    scaling_by_group(&table, &cohort, "coords/hidden_first", add_group);
    report_note(&table, "", "legend",
                "slope: of log size over log model.width, by least squares over all runs, replicas "
                "included, with Student's 95 %%; 0: the width makes no difference. first, last: "
                "the first and the last of probe.coords.steps; change: mean |x - x at the first|. "
                "muP: what it is under the maximal update parametrisation (Yang et al., arXiv "
                "2203.03466).");
    if (!table.row_count)
        report_note(&table, "", "not_measured", "No run was measured; set probe.coords.steps.");
    cohort_note_coverage(trials, &table);
    cohort_destroy(&cohort);
    return table;
}
