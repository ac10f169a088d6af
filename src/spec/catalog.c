#include "spec/catalog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static int by_key(const void *a, const void *b) {
    return strcmp((*(const field_t *const *)a)->key, (*(const field_t *const *)b)->key);
}

static int are_choices_sound(const field_t *field) {
    if (!field->choices) return 0;
    for (const char *const *choice = field->choices(); *choice; choice++)
        if (strlen(*choice) >= FIELD_NAME_MAX) return 0;
    return 1;
}

static status_t check_rows(const catalog_t *catalog) {
    for (size_t i = 0; i < catalog->count; i++) {
        const field_t *field = catalog->fields[i];
        CHECK(i == 0 || strcmp(field->key, catalog->keys[i - 1]), STATUS_BUG,
              "two field tables describe the key %s", field->key);
        CHECK(field->type != FIELD_CHOICE || are_choices_sound(field), STATUS_BUG,
              "field %s is a choice without choices, or one is too long", field->key);
        CHECK(field->fallback && field->doc && field->min <= field->max, STATUS_BUG,
              "field %s lacks its default, its doc or a valid range", field->key);
    }
    return STATUS_OK;
}

static status_t read_fallbacks(catalog_t *catalog) {
    for (size_t i = 0; i < catalog->count; i++) {
        status_t status = value_read_fallback(catalog->fields[i], &catalog->fallbacks[i]);
        if (status != STATUS_OK)
            return status_context(STATUS_BUG, "default of the field %s", catalog->keys[i]);
    }
    return STATUS_OK;
}

/* One row for each name that begins as `wildcard` does. */
static status_t add_free(const field_t *wildcard, const free_names_t *names, catalog_t *catalog) {
    for (size_t i = 0; names && i < names->count; i++) {
        if (!free_is_below(wildcard->key, names->at[i].key)) continue;
        field_t *row = &catalog->free[catalog->free_count];
        *row = *wildcard;
        row->is_numeric = names->at[i].is_numeric;
        row->key = strdup(names->at[i].key);
        CHECK(row->key, STATUS_ENVIRONMENT, "out of memory");
        catalog->free_count++;
        catalog->fields[catalog->count++] = row;
    }
    return STATUS_OK;
}

static status_t add_rows(const field_set_t *const *sets, const free_names_t *names,
                         catalog_t *catalog) {
    for (const field_set_t *const *set = sets; *set; set++)
        for (size_t i = 0; i < (*set)->count; i++) {
            const field_t *row = &(*set)->fields[i];
            if (!free_is_wildcard(row->key)) {
                catalog->fields[catalog->count++] = row;
                continue;
            }
            CHECK(!catalog->free_set, STATUS_BUG, "two rows stand for free options");
            catalog->free_set = *set;
            TRY(add_free(row, names, catalog));
        }
    return STATUS_OK;
}

status_t catalog_create(const field_set_t *const *sets, const free_names_t *names,
                        catalog_t *catalog) {
    status_t status;
    size_t count = names ? names->count : 0;
    *catalog = (catalog_t){.sets = sets, .free = calloc(count + 1, sizeof *catalog->free)};
    for (const field_set_t *const *set = sets; *set; set++) count += (*set)->count;
    catalog->fields = calloc(count + 1, sizeof *catalog->fields);
    catalog->keys = calloc(count + 1, sizeof *catalog->keys);
    catalog->fallbacks = calloc(count + 1, sizeof *catalog->fallbacks);
    CHECK_OR_DONE(catalog->free && catalog->fields && catalog->keys && catalog->fallbacks,
                  STATUS_ENVIRONMENT, "out of memory");
    TRY_OR_DONE(add_rows(sets, names, catalog));
    qsort(catalog->fields, catalog->count, sizeof *catalog->fields, by_key);
    for (size_t i = 0; i < catalog->count; i++) catalog->keys[i] = catalog->fields[i]->key;
    TRY_OR_DONE(check_rows(catalog));
    TRY_OR_DONE(read_fallbacks(catalog));
done:
    if (status != STATUS_OK) catalog_destroy(catalog);
    return status;
}

void catalog_destroy(catalog_t *catalog) {
    for (size_t i = 0; catalog->fallbacks && i < catalog->count; i++)
        value_clear(&catalog->fallbacks[i]);
    for (size_t i = 0; i < catalog->free_count; i++) free((char *)catalog->free[i].key);
    free(catalog->free);
    free(catalog->fields);
    free(catalog->keys);
    free(catalog->fallbacks);
    *catalog = (catalog_t){0};
}

int catalog_find(const catalog_t *catalog, const char *key) {
    size_t low = 0, high = catalog->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(key, catalog->keys[middle]);
        if (order == 0) return (int)middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return CATALOG_NONE;
}

void catalog_mark(const catalog_t *catalog, int (*is_meant)(const field_t *field),
                  unsigned char *marks) {
    for (size_t i = 0; i < catalog->count; i++)
        if (is_meant(catalog->fields[i])) marks[i] = 1;
}

const field_set_t *catalog_set(const catalog_t *catalog, int position) {
    const field_t *field = catalog->fields[position];
    const field_set_t *const *set = catalog->sets;
    if (field >= catalog->free && field < catalog->free + catalog->free_count)
        return catalog->free_set;
    while (field < (*set)->fields || field >= (*set)->fields + (*set)->count) set++;
    return *set;
}

/* Length of "train." in "train.lr"; 0 without a dot. */
static size_t group_length(const char *key) {
    const char *dot = strrchr(key, '.');
    return dot ? (size_t)(dot - key) + 1 : 0;
}

/* The key nearest in spelling; or one that ends in ".key" ("lr" means "train.lr"); or the reserved
 * name nearest to the first part ("axis.product" means "axes"). */
static const char *guess(const catalog_t *catalog, const char *key, const char *const *reserved) {
    char first[FIELD_NAME_MAX];
    const char *nearest = text_nearest(key, catalog->keys);
    for (size_t i = 0; i < catalog->count && !nearest; i++) {
        const char *known = catalog->keys[i];
        if (strcmp(known + group_length(known), key) == 0) nearest = known;
    }
    snprintf(first, sizeof first, "%.*s", (int)strcspn(key, "."), key);
    return nearest ? nearest : text_nearest(first, reserved);
}

/* The keys of the group of `key`: "train.batch, train.lr"; "" when there is no such group. */
static void list_group(const catalog_t *catalog, const char *key, char *text, size_t size) {
    size_t length = group_length(key);
    text[0] = '\0';
    for (size_t i = 0; i < catalog->count; i++) {
        const char *known = catalog->keys[i];
        if (group_length(known) != length || strncmp(known, key, length)) continue;
        text_append(text, size, "%s%s", *text ? ", " : "", known);
    }
}

/* What may stand at the top: the reserved names and "train.*" of every first part of a key. */
static void list_groups(const catalog_t *catalog, const char *const *reserved, char *text,
                        size_t size) {
    const char *last = "";
    text_join(reserved, text, size);
    for (size_t i = 0; i < catalog->count; last = catalog->keys[i++]) {
        const char *key = catalog->keys[i];
        int length = (int)strcspn(key, "."), is_new = strncmp(key, last, (size_t)length + 1);
        if (is_new)
            text_append(text, size, "%s%.*s%s", *text ? ", " : "", length, key,
                        key[length] ? ".*" : "");
    }
}

status_t catalog_unknown(const catalog_t *catalog, const char *key, const char *const *reserved) {
    char list[1024];
    const char *nearest = guess(catalog, key, reserved);
    list_group(catalog, nearest ? nearest : key, list, sizeof list);
    if (!*list) list_groups(catalog, reserved, list, sizeof list);
    return status_fail(STATUS_SPEC, "unknown key; %s%s%sknown: %s", nearest ? "did you mean " : "",
                       nearest ? nearest : "", nearest ? "? " : "", list);
}
