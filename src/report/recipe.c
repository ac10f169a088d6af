#include "report/recipe.h"

#include <string.h>

#include "base/status.h"
#include "base/text.h"

const recipe_t *const recipes[] = {&recipe_table1, &recipe_table2, &recipe_strata, NULL};

const recipe_t *recipe_find(const char *name) {
    const char *names[sizeof recipes / sizeof *recipes] = {NULL};
    char list[256];
    for (size_t i = 0; recipes[i]; i++) {
        if (strcmp(recipes[i]->name, name) == 0) return recipes[i];
        names[i] = recipes[i]->name;
    }
    const char *nearest = text_nearest(name, names);
    text_join(names, list, sizeof list);
    status_fail(STATUS_SPEC, "unknown recipe \"%s\"%s%s%s; the recipes are %s", name,
                nearest ? ", did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "",
                list);
    return NULL;
}
