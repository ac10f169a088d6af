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

/* Does the axis have a say at this point? Its condition speaks of axes that always have. */
static int is_axis_on(const grid_t *grid, const axis_t *axis, size_t point) {
    if (!axis->when) return 1;
    const config_t config = {.grid = grid, .point = point};
    return config_matches(&config, axis->when);
}

int grid_has_conditions(const grid_t *grid) {
    for (size_t i = 0; i < grid->axis_count; i++)
        if (grid->axes[i].when) return 1;
    return 0;
}

int grid_has_point(const grid_t *grid, size_t point) {
    for (size_t i = 0; i < grid->axis_count; i++) {
        const axis_t *axis = &grid->axes[i];
        int is_first = !axis->when || point / axis->stride % axis->count == 0;
        if (!is_first && !is_axis_on(grid, axis, point)) return 0;
    }
    return 1;
}

const value_t *config_given(const config_t *config, int field) {
    const grid_t *grid = config->grid, *arm = config->arm;
    for (size_t i = 0; arm && i < arm->axis_count; i++)
        if (arm->axes[i].field == field) return arm->axes[i].values;
    for (size_t i = 0; i < grid->axis_count; i++)
        if (grid->axes[i].field == field && is_axis_on(grid, &grid->axes[i], config->point))
            return axis_value(&grid->axes[i], config->point);
    return &grid->base[field];
}

/* Most options are at their defaults, where it makes no difference. */
const value_t *config_value(const config_t *config, int field) {
    const value_t *given = config_given(config, field);
    const value_t *fallback = &config->grid->catalog->fallbacks[field];
    return given->hash == fallback->hash || config_acts(config, field) ? given : fallback;
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
    case FIELD_FREE:
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
    const field_t *field = catalog->fields[i];
    if (field->type == FIELD_FREE) return field->is_numeric;
    return field->type == FIELD_BOOL || field->type == FIELD_INT || field->type == FIELD_REAL;
}

int config_is_absent_at(const config_t *config, size_t i) {
    const catalog_t *catalog = config->grid->catalog;
    return i < catalog->count && catalog->fields[i]->type == FIELD_FREE &&
           !*config_value(config, (int)i)->text;
}

/* Of a free option the text tells: another number has a point or an exponent (free.h). */
static int is_whole(const char *text) {
    return *text && (!strpbrk(text, ".e") || !strcmp(text, "true") || !strcmp(text, "false"));
}

int config_is_integer_at(const config_t *config, size_t i) {
    const catalog_t *catalog = config->grid->catalog;
    if (!config_is_number_at(config, i)) return 0;
    if (catalog->fields[i]->type == FIELD_FREE) return is_whole(config_text_at(config, i));
    return catalog->fields[i]->type != FIELD_REAL;
}

int config_is_default_at(const config_t *config, size_t i) {
    const catalog_t *catalog = config->grid->catalog;
    return i < catalog->count && config_value(config, (int)i)->hash == catalog->fallbacks[i].hash;
}

int config_is_off(const config_t *config, const char *key) {
    int field = catalog_find(config->grid->catalog, key);
    return field != CATALOG_NONE && !config_acts(config, field);
}

const char *config_shown(const config_t *config, const char *key) {
    return config_is_off(config, key) ? "-" : config_text(config, key);
}

int config_matches(const config_t *config, const grid_t *pattern) {
    for (size_t i = 0; i < pattern->axis_count; i++) {
        const value_t *wanted = pattern->axes[i].values;
        const value_t *value = config_given(config, pattern->axes[i].field);
        if (value->hash != wanted->hash || strcmp(value->text, wanted->text)) return 0;
    }
    return 1;
}

/* So that all machines give a trial the same id. */
static uint64_t little_endian(uint64_t word) {
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? word : __builtin_bswap64(word);
}

/* The hashes of all values as they are given. */
static void gather(const config_t *config, uint64_t *hashes) {
    const grid_t *grid = config->grid, *arm = config->arm;
    for (size_t i = 0; i < grid->catalog->count; i++) hashes[i] = grid->base[i].hash;
    for (size_t i = 0; i < grid->axis_count; i++)
        if (is_axis_on(grid, &grid->axes[i], config->point))
            hashes[grid->axes[i].field] = axis_value(&grid->axes[i], config->point)->hash;
    for (size_t i = 0; arm && i < arm->axis_count; i++)
        hashes[arm->axes[i].field] = arm->axes[i].values->hash;
}

static uint64_t hash(const config_t *config, const unsigned char *is_ignored, int only_acting,
                     uint64_t *scratch) {
    const catalog_t *catalog = config->grid->catalog;
    size_t kept = 0;
    gather(config, scratch);
    for (size_t i = 0; i < catalog->count; i++) {
        int is_default = scratch[i] == catalog->fallbacks[i].hash;
        if (is_default || catalog->fields[i]->keeps_results || (is_ignored && is_ignored[i]))
            continue;
        if (only_acting && !config_acts(config, (int)i)) continue;
        scratch[kept++] = little_endian(scratch[i]);
    }
    return text_hash(scratch, kept * sizeof *scratch);
}

uint64_t config_hash(const config_t *config, const unsigned char *is_ignored, uint64_t *scratch) {
    return hash(config, is_ignored, 1, scratch);
}

uint64_t config_given_hash(const config_t *config, uint64_t *scratch) {
    return hash(config, NULL, 0, scratch);
}

/* "train.lr: 0.01" of the axes of one grid that have a say. */
static void describe(const config_t *config, const grid_t *grid, int only_acting, char *text,
                     size_t size) {
    for (size_t i = 0; i < grid->axis_count; i++) {
        const axis_t *axis = &grid->axes[i];
        if (grid == config->grid && !is_axis_on(grid, axis, config->point)) continue;
        if (only_acting && !config_acts(config, axis->field)) continue;
        const value_t *value =
            grid == config->grid ? axis_value(axis, config->point) : axis->values;
        text_append(text, size, "%s%s: %s", *text ? ", " : "", grid->catalog->keys[axis->field],
                    value->text);
    }
}

void config_describe(const config_t *config, char *text, size_t size) {
    text[0] = '\0';
    describe(config, config->grid, 1, text, size);
    if (config->arm) describe(config, config->arm, 1, text, size);
}

void config_describe_given(const config_t *config, char *text, size_t size) {
    text[0] = '\0';
    describe(config, config->grid, 0, text, size);
    if (config->arm) describe(config, config->arm, 0, text, size);
}
