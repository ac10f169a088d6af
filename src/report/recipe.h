/* recipe.h: how the trials of a sweep become a table. A recipe is one file plus one row in
 * recipe.c; what it lists, and the published values beside ours, stand in analysis/. */
#ifndef REPORT_RECIPE_H
#define REPORT_RECIPE_H

#include "base/frame.h"
#include "report/table.h"

typedef struct recipe {
    const char *name; /* "table1" */
    const char *doc;  /* one line */
    int is_default;   /* 1: made when the user names none */

    /* Makes the table from all trials of a sweep, one per row as store_load gives them (columns id,
     * replica, state, config keys, scalar items of hdf5_schemas/trial.def). A column that is not
     * there is unknown everywhere. Never fails: what cannot be computed is shown as such. */
    report_table_t (*make)(const frame_t *trials);
} recipe_t;

extern const recipe_t recipe_table1, recipe_table2, recipe_strata;

extern const recipe_t *const recipes[]; /* NULL-terminated */

/* The recipe of that name; NULL, with the nearest name and the list as status_message(), when there
 * is none. */
const recipe_t *recipe_find(const char *name);

#endif
