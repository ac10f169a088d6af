#include "spec/needs.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* A list of names may grow with every row of its registry. */
enum { NEED_VALUES_MAX = 512 };

/* One of the things that would do. */
typedef struct need {
    char key[FIELD_NAME_MAX];
    char values[NEED_VALUES_MAX]; /* "adamw|lamb"; "" = anything but the default */
} need_t;

/* Takes the next need off `rest`; 0 when there is none. */
static int next_need(const char **rest, need_t *need) {
    size_t length = strcspn(*rest, " ");
    size_t key = strcspn(*rest, "= ");
    if (length == 0) return 0;
    snprintf(need->key, sizeof need->key, "%.*s", (int)key, *rest);
    snprintf(need->values, sizeof need->values, "%.*s", key < length ? (int)(length - key - 1) : 0,
             *rest + key + 1);
    *rest += length + strspn(*rest + length, " ");
    return 1;
}

static int is_listed(const char *word, const char *list) {
    size_t length = strlen(word);
    for (; *list; list += strcspn(list, "|"), list += *list == '|')
        if (strcspn(list, "|") == length && strncmp(list, word, length) == 0) return 1;
    return 0;
}

/* "" = any value but the default. */
static int fits(const catalog_t *catalog, int field, const value_t *value, const char *values) {
    return *values ? is_listed(value->text, values) : value->hash != catalog->fallbacks[field].hash;
}

/* --- in one configuration --- */

/* Has the configuration any of them, and does that itself act? A key outside the catalog cannot be
 * judged: `unknown` then. */
static int has_any(const config_t *config, const char *needs, int unknown) {
    need_t need;
    const catalog_t *catalog = config->grid->catalog;
    while (next_need(&needs, &need)) {
        int field = catalog_find(catalog, need.key);
        if (field == CATALOG_NONE) return unknown;
        if (fits(catalog, field, config_given(config, field), need.values) &&
            config_acts(config, field))
            return 1;
    }
    return 0;
}

int config_acts(const config_t *config, int position) {
    const field_t *field = config->grid->catalog->fields[position];
    if (field->needs && !has_any(config, field->needs, 1)) return 0;
    return !field->off_with || !has_any(config, field->off_with, 0);
}

/* --- in a whole file --- */

static const value_t *find_in_grid(const grid_t *grid, int field, const char *values) {
    for (size_t i = 0; i < grid->axis_count; i++) {
        const axis_t *axis = &grid->axes[i];
        for (size_t k = 0; k < axis->count && axis->field == field; k++)
            if (fits(grid->catalog, field, &axis->values[k], values)) return &axis->values[k];
    }
    return NULL;
}

/* The first value that the file gives trials of the arm (NULL: of any) for `field` and that fits,
 * or NULL. */
static const value_t *find_value(const space_t *space, const arm_t *arm, int field,
                                 const char *values) {
    if (arm && grid_varies(&arm->grid, field)) return find_in_grid(&arm->grid, field, values);
    const value_t *found = find_in_grid(&space->axes, field, values);
    int is_base_used = !grid_always_varies(&space->axes, field) || space->include.count > 0;
    if (!found && is_base_used && fits(&space->catalog, field, &space->base[field], values))
        found = &space->base[field];
    for (size_t i = 0; i < space->include.count && !found; i++)
        found = find_in_grid(&space->include.grids[i], field, values);
    for (size_t i = 0; i < space->arms.count && !found && !arm; i++)
        found = find_in_grid(&space->arms.arms[i].grid, field, values);
    return found;
}

/* NULL, or what is missing: `needs` itself, or what its option needs in turn. */
static const char *find_missing(const space_t *space, const arm_t *arm, const char *needs) {
    need_t need;
    const char *missing = needs, *rest = needs;
    while (next_need(&rest, &need)) {
        int field = catalog_find(&space->catalog, need.key);
        if (field == CATALOG_NONE) return NULL;
        if (!find_value(space, arm, field, need.values)) continue;
        const char *further = space->catalog.fields[field]->needs;
        missing = further ? find_missing(space, arm, further) : NULL;
        if (!missing) return NULL;
    }
    return missing;
}

void needs_describe(const char *needs, char *text, size_t size) {
    need_t need;
    *text = '\0';
    while (next_need(&needs, &need)) {
        text_append(text, size, "%s%s", *text ? " or " : "", need.key);
        const char *separator = ": ";
        for (const char *value = need.values; *value; value += *value == '|') {
            text_append(text, size, "%s%.*s", separator, (int)strcspn(value, "|"), value);
            value += strcspn(value, "|");
            separator = " or ";
        }
    }
}

/* `given`, a value of `field`, in trials of the arm (NULL: of any). */
static status_t check_value(const document_t *document, const space_t *space, const arm_t *arm,
                            const field_t *field, const value_t *given) {
    char wanted[256];
    const char *missing = find_missing(space, arm, field->needs);
    if (!missing) return STATUS_OK;
    needs_describe(missing, wanted, sizeof wanted);
    return document_fail(document, given->line,
                         "%s: %s has no effect: it only matters with %s, which no trial%s%s has; "
                         "set that or remove %s",
                         field->key, given->text, wanted, arm ? " of arm " : "",
                         arm ? arm->name : "", field->key);
}

status_t needs_check(const document_t *document, const space_t *space) {
    for (size_t i = 0; i < space->catalog.count; i++) {
        const field_t *field = space->catalog.fields[i];
        const value_t *given = field->needs ? find_value(space, NULL, (int)i, "") : NULL;
        if (!given) continue;
        TRY(check_value(document, space, NULL, field, given));
        for (size_t k = 0; k < space->arms.count; k++) {
            const arm_t *arm = &space->arms.arms[k];
            given = find_in_grid(&arm->grid, (int)i, "");
            if (given) TRY(check_value(document, space, arm, field, given));
        }
    }
    return STATUS_OK;
}
