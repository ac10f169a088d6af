#include "spec/config.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "spec/space.h"

static const value_t *axis_value(const axis_t *axis, size_t point) {
    return &axis->values[point / axis->stride % axis->count];
}

const value_t *config_value(const config_t *config, int field) {
    const grid_t *grid = config->grid, *arm = config->arm;
    for (size_t i = 0; arm && i < arm->axis_count; i++)
        if (arm->axes[i].field == field) return arm->axes[i].values;
    for (size_t i = 0; i < grid->axis_count; i++)
        if (grid->axes[i].field == field) return axis_value(&grid->axes[i], config->point);
    return &grid->base[field];
}

static const value_t *find_value(const config_t *config, const char *key) {
    int field = catalog_find(config->grid->catalog, key);
    return field == CATALOG_NONE ? NULL : config_value(config, field);
}

/* Copies one value to where a member of the row's type lies. */
static void copy_value(const field_t *field, const value_t *value, void *member) {
    switch (field->type) {
    case FIELD_BOOL:
        *(bool *)member = value->integer != 0;
        break;
    case FIELD_INT:
        *(int64_t *)member = value->integer;
        break;
    case FIELD_REAL:
        *(double *)member = value->number;
        break;
    case FIELD_TEXT:
    case FIELD_CHOICE:
        strcpy(member, value->text);
        break; /* checked to fit when read */
    case FIELD_INT_LIST:
        *(int_list_t *)member = *value->list;
        break;
    }
}

void config_read(const config_t *config, const field_set_t *set, void *options) {
    for (size_t i = 0; i < set->count; i++) {
        const field_t *field = &set->fields[i];
        const value_t *value = find_value(config, field->key);
        assert(value && "the field set was not given to spec_load");
        copy_value(field, value, (char *)options + field->offset);
    }
}

status_t field_defaults(const field_set_t *set, void *options) {
    for (size_t i = 0; i < set->count; i++) {
        const field_t *field = &set->fields[i];
        value_t value = {0};
        TRY(value_read_fallback(field, &value));
        copy_value(field, &value, (char *)options + field->offset);
        value_clear(&value);
    }
    return STATUS_OK;
}

const char *config_text(const config_t *config, const char *key) {
    const value_t *value = find_value(config, key);
    return value ? value->text : NULL;
}

int config_keeps_results(const config_t *config, const char *key) {
    int field = catalog_find(config->grid->catalog, key);
    return field != CATALOG_NONE && config->grid->catalog->fields[field]->keeps_results;
}

double config_number(const config_t *config, const char *key) {
    const value_t *value = find_value(config, key);
    return value ? value->number : NAN;
}

const char *config_key(const config_t *config, size_t i) {
    const catalog_t *catalog = config->grid->catalog;
    return i < catalog->count ? catalog->keys[i] : NULL;
}

const char *config_text_at(const config_t *config, size_t i) {
    return i < config->grid->catalog->count ? config_value(config, (int)i)->text : NULL;
}

int config_is_number_at(const config_t *config, size_t i) {
    const catalog_t *catalog = config->grid->catalog;
    if (i >= catalog->count) return 0;
    field_type_t type = catalog->fields[i]->type;
    return type == FIELD_BOOL || type == FIELD_INT || type == FIELD_REAL;
}

int config_is_default_at(const config_t *config, size_t i) {
    const catalog_t *catalog = config->grid->catalog;
    return i < catalog->count && config_value(config, (int)i)->hash == catalog->defaults[i];
}

int config_matches(const config_t *config, const grid_t *pattern) {
    for (size_t i = 0; i < pattern->axis_count; i++) {
        const value_t *wanted = pattern->axes[i].values;
        const value_t *value = config_value(config, pattern->axes[i].field);
        if (value->hash != wanted->hash || strcmp(value->text, wanted->text)) return 0;
    }
    return 1;
}

/* So that all machines give a trial the same id. */
static uint64_t little_endian(uint64_t word) {
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? word : __builtin_bswap64(word);
}

uint64_t config_hash(const config_t *config, const unsigned char *is_ignored, uint64_t *scratch) {
    const grid_t *grid = config->grid, *arm = config->arm;
    const catalog_t *catalog = grid->catalog;
    for (size_t i = 0; i < catalog->count; i++) scratch[i] = grid->base[i].hash;
    for (size_t i = 0; i < grid->axis_count; i++)
        scratch[grid->axes[i].field] = axis_value(&grid->axes[i], config->point)->hash;
    for (size_t i = 0; arm && i < arm->axis_count; i++)
        scratch[arm->axes[i].field] = arm->axes[i].values->hash;
    size_t kept = 0;
    for (size_t i = 0; i < catalog->count; i++)
        if (scratch[i] != catalog->defaults[i] && !catalog->fields[i]->keeps_results &&
            !(is_ignored && is_ignored[i]))
            scratch[kept++] = little_endian(scratch[i]);
    return text_hash(scratch, kept * sizeof *scratch);
}

void config_describe(const config_t *config, char *text, size_t size) {
    const grid_t *const grids[] = {config->grid, config->arm};
    const size_t points[] = {config->point, 0};
    text[0] = '\0';
    for (int k = 0; k < 2 && grids[k]; k++)
        for (size_t i = 0; i < grids[k]->axis_count; i++) {
            const axis_t *axis = &grids[k]->axes[i];
            text_append(text, size, "%s%s: %s", *text ? ", " : "",
                        grids[k]->catalog->keys[axis->field], axis_value(axis, points[k])->text);
        }
}
