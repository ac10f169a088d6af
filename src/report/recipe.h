/* recipe.h: how the trials of a sweep become a table. A recipe is one file plus one line here; what
 * it lists, and the published values beside ours, stand in analysis/. */
#ifndef REPORT_RECIPE_H
#define REPORT_RECIPE_H

#include <math.h>

#include "base/frame.h"
#include "report/table.h"

/* In analysis/: the paper gives no value. */
#define NONE NAN

typedef struct recipe {
    const char *name;
    int is_default, has_base;
    const char *doc;

    /* Makes the table from all trials of a sweep, one per row as store_load gives them (columns id,
     * replica, state, config keys, scalar items of hdf5_schemas/trial.def). A column that is not
     * there is unknown everywhere. Never fails: what cannot be computed is shown as such. */
    report_table_t (*make)(const frame_t *trials);
} recipe_t;

#define RECIPE(name, is_default, has_base, doc) report_table_t recipe_##name(const frame_t *trials);
#include "report/recipes.def"
#undef RECIPE

extern const recipe_t recipes[]; /* ends with a row {0} */

/* The recipe of that name; NULL, with the nearest name and the list as status_message(), when there
 * is none. */
const recipe_t *recipe_find(const char *name);

#endif
