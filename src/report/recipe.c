#include "report/recipe.h"

#include <string.h>

#include "base/status.h"
#include "base/text.h"

#define RECIPE_ROW(name, is_default, doc) {#name, is_default, doc, recipe_##name},
const recipe_t recipes[] = {RECIPES(RECIPE_ROW){0}};

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
