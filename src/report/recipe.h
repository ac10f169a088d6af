/* recipe.h: how the trials of a sweep become a table. A recipe is one file plus one line here; what
 * it lists, and the published values beside ours, stand in analysis/. */
#ifndef REPORT_RECIPE_H
#define REPORT_RECIPE_H

#include <math.h>

#include "base/frame.h"
#include "report/table.h"

/* In analysis/: the paper gives no value. */
#define NONE NAN

/* Name, whether it is made when the user names none, one line for --help. */
#define RECIPES(X)                                                                                 \
    X(table1, 1, "spectra at initialisation and divergence per normalisation")                     \
    X(table2, 1, "AUROC of every predictor, beside baselines that measure nothing")                \
    X(arms, 0, "arms of a paired comparison against the base arm")                                 \
    X(max_lr, 0, "largest stable learning rate of every normalisation and arm")                    \
    X(gate, 0, "arms switched on by risk: what the policy is worth, against its random control")   \
    X(sensitivity, 0, "what the choice of the learning rate costs, by normalisation and arm")      \
    X(strata, 0, "AUROC inside each normalisation, depth and learning rate")                       \
    X(curvature, 0, "largest eigenvalues while training, by depth")                                \
    X(awu, 0, "curvature, divergence, perplexity and cost of stabilizers, by learning rate")

typedef struct recipe {
    const char *name;
    int is_default;
    const char *doc;

    /* Makes the table from all trials of a sweep, one per row as store_load gives them (columns id,
     * replica, state, config keys, scalar items of hdf5_schemas/trial.def). A column that is not
     * there is unknown everywhere. Never fails: what cannot be computed is shown as such. */
    report_table_t (*make)(const frame_t *trials);
} recipe_t;

#define RECIPE_DECLARE(name, is_default, doc) report_table_t recipe_##name(const frame_t *trials);
RECIPES(RECIPE_DECLARE)
#undef RECIPE_DECLARE

extern const recipe_t recipes[]; /* ends with a row {0} */

/* The recipe of that name; NULL, with the nearest name and the list as status_message(), when there
 * is none. */
const recipe_t *recipe_find(const char *name);

#endif
