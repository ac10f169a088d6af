#include "report/recipe.h"

#include <string.h>

#include "base/status.h"
#include "base/text.h"

const recipe_t recipes[] = {
#define RECIPE(id, by_default, of_arms, line)                                                      \
    {.name = #id, .is_default = by_default, .has_base = of_arms, .doc = line, .make = recipe_##id},
#include "report/recipes.def"
#undef RECIPE
    {0}};

/* Unknown names are a user's: they are answered with the nearest and the list, as everywhere. */
const recipe_t *recipe_find(const char *name) {
    const char *names[sizeof recipes / sizeof *recipes] = {NULL};
    char help[256];
    for (size_t i = 0; recipes[i].name; i++) {
        if (strcmp(recipes[i].name, name) == 0) return &recipes[i];
        names[i] = recipes[i].name;
    }
    text_suggest(name, names, help, sizeof help);
    status_fail(STATUS_SPEC, "unknown recipe %s; %s", name, help);
    return NULL;
}
