#include "store/trial_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/defaults.h"

enum { AXES_MAX = 512 };

/* --- what there is --- */

static size_t group_length(const char *path) { return strcspn(path, "/"); }

static int is_in_group(const char *path, const char *group) {
    size_t length = group_length(path);
    return path[length] == '/' && length == group_length(group) && !strncmp(path, group, length);
}

static status_t note_group(trial_tree_t *tree, const char *path) {
    for (size_t i = 0; i < tree->group_count; i++)
        if (is_in_group(path, tree->groups[i])) return STATUS_OK;
    CHECK(path[group_length(path)] && tree->group_count < TREE_GROUPS_MAX, STATUS_BUG,
          "%s is in no group, or in one too many", path);
    tree->groups[tree->group_count++] = path;
    return STATUS_OK;
}

status_t trial_tree_open(const record_t *identity, const config_t *config, const record_t *record,
                         trial_tree_t *tree) {
    *tree = (trial_tree_t){
        .identity = identity, .record = record, .config = config, .labels_at = PLAIN_NOWHERE};
    TRY(schema_check(record, STATUS_BUG, tree->extent));
    for (size_t i = 0; i < record->count; i++) TRY(note_group(tree, record->items[i].path));
    tree->item = memory_take(record->count + 1, sizeof *tree->item, "a result file");
    tree->defaults = defaults_write(config);
    return STATUS_OK;
}

void trial_tree_close(trial_tree_t *tree) {
    free(tree->item);
    free(tree->defaults);
    *tree = (trial_tree_t){0};
}

/* The dimension whose coordinates the item is, or -1. */
static int scale_of(const record_item_t *item) {
    for (int d = 0; trial_dimensions[d].name; d++)
        if (strcmp(trial_dimensions[d].path, item->path) == 0) return d;
    return -1;
}

/* Where a dimension's scale lies. */
static uint64_t scale_address(const trial_tree_t *tree, int d) {
    if (!*trial_dimensions[d].path) return tree->counter[d];
    for (size_t i = 0; i < tree->record->count; i++)
        if (strcmp(tree->record->items[i].path, trial_dimensions[d].path) == 0)
            return tree->item[i];
    return PLAIN_NOWHERE; /* schema_check saw it */
}

/* --- arrays --- */

/* All axes along dimension d but its own. */
static size_t find_axes(const trial_tree_t *tree, int d, plain_axis_t axes[AXES_MAX]) {
    size_t count = 0;
    for (size_t i = 0; i < tree->record->count; i++) {
        const record_item_t *item = &tree->record->items[i];
        const schema_row_t *row = item->rank ? schema_find(item->path) : NULL;
        if (row && strcmp(trial_dimensions[d].path, item->path) == 0) continue;
        for (int axis = 0; row && axis < item->rank; axis++)
            if (schema_axis(row, axis) == d && count < AXES_MAX)
                axes[count++] = (plain_axis_t){tree->item[i], (unsigned)axis};
    }
    return count;
}

static void put_scale(const trial_tree_t *tree, plain_t *p, int d) {
    plain_axis_t axes[AXES_MAX];
    plain_scale(p, trial_dimensions[d].name, axes, find_axes(tree, d, axes));
}

static void put_axes(const trial_tree_t *tree, plain_t *p, const record_item_t *item) {
    uint64_t scales[RECORD_RANK_MAX];
    const schema_row_t *row = schema_find(item->path);
    for (int axis = 0; axis < item->rank; axis++)
        scales[axis] = scale_address(tree, schema_axis(row, axis));
    plain_axes(p, item->rank, scales);
}

/* Returns the object's address. */
static uint64_t put_item(const trial_tree_t *tree, plain_t *p, const record_item_t *item,
                         int scale) {
    plain_chunk_t chunk;
    int is_large = plain_is_large(item);
    if (is_large) plain_put_chunk(p, item, &chunk);
    uint64_t address = plain_here(p);
    plain_open_object(p);
    plain_array(p, item, is_large ? &chunk : NULL);
    if (scale >= 0)
        put_scale(tree, p, scale);
    else if (item->rank)
        put_axes(tree, p, item);
    plain_close_object(p);
    return address;
}

static void put_items(trial_tree_t *tree, plain_t *p) {
    for (size_t i = 0; i < tree->record->count; i++) {
        const record_item_t *item = &tree->record->items[i];
        tree->item[i] = put_item(tree, p, item, item->rank ? scale_of(item) : -1);
    }
}

/* Coordinates 0 .. n-1 of a dimension that has none of its own. */
static void put_counter(trial_tree_t *tree, plain_t *p, int d) {
    size_t n = tree->extent[d];
    int64_t *counter = memory_take(n + 1, sizeof *counter, "a result file");
    for (size_t i = 0; i < n; i++) counter[i] = (int64_t)i;
    record_item_t item = {.type = RECORD_I64, .rank = 1, .shape = {n}, .data = counter};
    tree->counter[d] = put_item(tree, p, &item, d);
    free(counter);
}

static int has_counter(const trial_tree_t *tree, int d) {
    return !*trial_dimensions[d].path && tree->extent[d] != EXTENT_UNKNOWN;
}

static void put_counters(trial_tree_t *tree, plain_t *p) {
    for (int d = 0; trial_dimensions[d].name; d++)
        if (has_counter(tree, d)) put_counter(tree, p, d);
}

/* --- labels --- */

static void put_labels(plain_t *p, plain_chunk_t *chunk, uint64_t *address) {
    if (!chunk->size) return;
    chunk->address = plain_here(p);
    plain_put(p, chunk->borrowed, chunk->size);
    *address = plain_here(p);
    plain_open_object(p);
    plain_texts(p, chunk);
    plain_close_object(p);
}

/* --- groups --- */

static void put_group(trial_tree_t *tree, plain_t *p, size_t group) {
    tree->group[group] = plain_here(p);
    plain_open_object(p);
    plain_group(p);
    for (size_t i = 0; i < tree->record->count; i++) {
        const char *path = tree->record->items[i].path;
        if (is_in_group(path, tree->groups[group]))
            plain_link(p, path + group_length(path) + 1, tree->item[i]);
    }
    plain_close_object(p);
}

/* Options that are not at their defaults. */
static void put_config(trial_tree_t *tree, plain_t *p) {
    const config_t *config = tree->config;
    tree->config_at = plain_here(p);
    plain_open_object(p);
    plain_group(p);
    plain_attributes(p);
    for (size_t i = 0; config_key(config, i); i++) {
        const char *key = config_key(config, i);
        if (config_is_absent_at(config, i) || config_is_default_at(config, i)) continue;
        if (config_is_number_at(config, i))
            plain_attribute_f64(p, key, config_number(config, key));
        else
            plain_attribute_text(p, key, config_text_at(config, i));
    }
    plain_close_object(p);
}

static void put_identity(const trial_tree_t *tree, plain_t *p) {
    plain_attributes(p);
    for (size_t i = 0; i < tree->identity->count; i++) {
        const record_item_t *item = &tree->identity->items[i];
        if (item->path[0] != '@' || strcmp(item->path, "@defaults") == 0) continue;
        const char *name = item->path + 1;
        if (item->type == RECORD_TEXT)
            plain_attribute_text(p, name, item->data);
        else if (strcmp(name, "seed") == 0)
            plain_attribute_u64(p, name, *(const uint64_t *)item->data);
        else
            plain_attribute_i64(p, name, *(const int64_t *)item->data);
    }
    plain_attribute_text(p, "defaults", tree->defaults);
}

static void put_links(const trial_tree_t *tree, plain_t *p) {
    for (size_t i = 0; i < tree->group_count; i++) {
        char name[RECORD_PATH_MAX];
        snprintf(name, sizeof name, "%.*s", (int)group_length(tree->groups[i]), tree->groups[i]);
        plain_link(p, name, tree->group[i]);
    }
    for (int d = 0; trial_dimensions[d].name; d++)
        if (has_counter(tree, d)) plain_link(p, trial_dimensions[d].name, tree->counter[d]);
    plain_link(p, "config", tree->config_at);
    if (tree->labels_at != PLAIN_NOWHERE) plain_link(p, "labels", tree->labels_at);
}

static uint64_t write_once(trial_tree_t *tree, plain_t *p, uint64_t origin, size_t before,
                           int as_block) {
    plain_begin(p, origin, before);
    put_items(tree, p);
    put_counters(tree, p);
    put_labels(p, &tree->labels, &tree->labels_at);
    for (size_t i = 0; i < tree->group_count; i++) put_group(tree, p, i);
    put_config(tree, p);
    uint64_t root = plain_here(p);
    if (as_block)
        plain_open_block(p);
    else
        plain_open_object(p);
    plain_group(p);
    put_identity(tree, p);
    put_links(tree, p);
    plain_close_object(p);
    tree->end = plain_here(p);
    plain_put_heap(p);
    return root;
}

uint64_t trial_tree_write(trial_tree_t *tree, plain_t *p, uint64_t origin, size_t before,
                          int as_block) {
    p->is_draft = 1;
    write_once(tree, p, origin, before, as_block);
    p->is_draft = 0;
    return write_once(tree, p, origin, before, as_block);
}
