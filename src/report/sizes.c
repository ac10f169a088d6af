/* sizes.c: how spectra at initialisation go with the size of the model, by normalisation and arm,
 * beside the paper's Figure 3. The slope is per tenfold of the parameters: 0 is flat. */
#include <math.h>

#include "report/recipe.h"
#include "report/scaling.h"

static const struct {
    const char *title, *column, *published;
} quantities[] = {
#define QUANTITY(...) {__VA_ARGS__},
#include "analysis/sizes.def"
#undef QUANTITY
};
enum { QUANTITIES = sizeof quantities / sizeof *quantities };

#define END(name, heading)                                                                         \
    {                                                                                              \
        .key = name, .title = heading, .kind = CELL_NUMBER, .decimals = SIGNIFICANT(3),            \
        .missing = "n/a"                                                                           \
    }

static const report_column_t columns[] = {
    {.key = "quantity", .title = "mean of"},
    {.key = "runs", .title = "runs", .kind = CELL_NUMBER},
    END("from", "parameters\nfrom"),
    END("to", "to"),
    END("smallest", "smallest"),
    END("largest", "largest"),
    {.key = "slope", .title = "per\ntenfold", .kind = CELL_NUMBER, .decimals = 3, .missing = "n/a"},
    {.key = "low",
     .key_two = "high",
     .title = "95%",
     .kind = CELL_INTERVAL,
     .decimals = 3,
     .missing = "n/a"},
    {.key = "published", .title = "paper"},
};

static double as_it_is(double value) { return value; }

static void add_group(report_table_t *table, const char *section, const scaling_group_t *group) {
    for (int k = 0; k < QUANTITIES; k++) {
        scaling_t found =
            scaling_of(group, "outcome/parameters", log10, quantities[k].column, as_it_is);
        if (!(found.smallest < found.largest)) continue; /* the size does not vary */
        report_add_row(table, section);
        report_set_text(table, "quantity", "%s", quantities[k].title);
        report_set(table, "runs", (double)found.line.n);
        report_set(table, "from", found.smallest);
        report_set(table, "to", found.largest);
        report_set(table, "smallest", found.at_smallest);
        report_set(table, "largest", found.at_largest);
        report_set(table, "slope", found.line.slope);
        report_set_two(table, "low", found.line.slopes.low, found.line.slopes.high);
        report_set_text(table, "published", "%s", quantities[k].published);
    }
}

report_table_t recipe_sizes(const frame_t *trials) {
    report_table_t table =
        report_table_create("sizes", columns, sizeof columns / sizeof *columns,
                            "Spectra at initialisation over the size of the model");
    cohort_t cohort = cohort_create(trials, COHORT_ALL);
    scaling_by_group(&table, &cohort, "summary/m_near_unit", add_group);
    report_note(
        &table, "", "legend",
        "Means over layers at initialisation; smallest, largest: of the runs with the fewest "
        "and the most parameters. per tenfold: slope over log10 of the parameters, by least "
        "squares over all runs, replicas included, with Student's 95 %%; 0: the size makes "
        "no difference. M~1, M>1: share of a layer's eigenvalues with modulus in [0.90, "
        "1.05], above 1.05; rho: the largest modulus; eta_nl: what the linear operator "
        "leaves over. Paper: the direction in Figure 3, which prints no numbers.");
    if (!table.row_count)
        report_note(&table, "", "one_size",
                    "No normalisation and arm has spectra of several sizes.");
    cohort_note_coverage(trials, &table);
    cohort_destroy(&cohort);
    return table;
}
