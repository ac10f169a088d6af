#include "spec/read.h"

#include <stdlib.h>
#include <string.h>

#include "spec/arms.h"
#include "spec/entry.h"
#include "spec/foreign.h"
#include "spec/search.h"

enum { REPLICAS_MAX = 1000000 };
#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

/* What stands at the top of a file beside the options; the first three are fields like any other.
 */
enum {
    TOP_NAME,
    TOP_SEED,
    TOP_REPLICAS,
    TOP_AXES,
    TOP_SEARCH,
    TOP_EXCLUDE,
    TOP_INCLUDE,
    TOP_ARMS,
    TOP_COUNT
};
static const char *const top_names[TOP_COUNT + 1] = {
    [TOP_NAME] = "name", [TOP_SEED] = "seed",       [TOP_REPLICAS] = "replicas",
    [TOP_AXES] = "axes", [TOP_EXCLUDE] = "exclude", [TOP_INCLUDE] = "include",
    [TOP_ARMS] = "arms", [TOP_SEARCH] = "search",
};
static const field_t top_fields[] = {
    [TOP_NAME] = {.key = "name",
                  .type = FIELD_TEXT,
                  .fallback = "",
                  .doc = "of the sweep and its run directory"},
    [TOP_SEED] = {.key = "seed",
                  .type = FIELD_INT,
                  .min = 0,
                  .max = 999999999999999,
                  .fallback = "42",
                  .doc = "of all random numbers"},
    [TOP_REPLICAS] = {.key = "replicas",
                      .type = FIELD_INT,
                      .min = 1,
                      .max = REPLICAS_MAX,
                      .fallback = "1",
                      .doc = "of every trial"},
};

/* One value where a field stands: a word, or a list for FIELD_INT_LIST. */
static status_t read_value(const document_t *document, const field_t *field,
                           const yaml_node_t *node, value_t *value) {
    status_t status;
    if (node->type == YAML_SCALAR_NODE)
        status = value_read(field, entry_word(node), value);
    else if (node->type == YAML_MAPPING_NODE)
        status = status_fail(STATUS_SPEC, "takes a value, not a mapping");
    else {
        word_t *words;
        size_t count;
        TRY(entry_words(document, field->key, node, &words, &count));
        status = value_read_list(field, words, count, value);
        free(words);
    }
    value->line = document_line(node);
    if (status == STATUS_OK) return STATUS_OK;
    return document_context(document, value->line, field->key, status);
}

/* Options: each replaces its default. */
static status_t take_option(void *context, const document_t *document, const entry_t *entry) {
    space_t *space = context;
    value_t value;
    TRY(read_value(document, space->catalog.fields[entry->field], entry->value, &value));
    value_clear(&space->base[entry->field]);
    space->base[entry->field] = value;
    return STATUS_OK;
}

/* Trials that differ in it alone would be one trial run twice. */
static status_t check_tells_apart(const grid_t *grid, const document_t *document,
                                  const entry_t *entry) {
    if (!grid->catalog->fields[entry->field]->keeps_results) return STATUS_OK;
    return document_fail(document, document_line(entry->key),
                         "%s changes no result, so it tells no trials apart; set it at the top of "
                         "the file, for all",
                         grid->catalog->keys[entry->field]);
}

/* Entries of include and exclude: one value for each of their keys. */
static status_t take_single(void *context, const document_t *document, const entry_t *entry) {
    grid_t *grid = context;
    TRY(check_tells_apart(grid, document, entry));
    axis_t *axis = grid_add_axis(grid, entry->field, 1, 0);
    CHECK(axis, STATUS_ENVIRONMENT, "out of memory");
    return read_value(document, grid->catalog->fields[entry->field], entry->value, axis->values);
}

/* Axes that are being read. */
typedef struct axes_reader {
    grid_t *grid;       /* borrowed */
    const grid_t *when; /* borrowed; where they have a say; NULL = everywhere */
    int zip;            /* number of the group that is being read; 0 = product */
} axes_reader_t;

/* Values of one option that hold at the same point would contradict each other. */
static status_t check_free(const axes_reader_t *reader, const document_t *document,
                           const entry_t *entry) {
    for (size_t i = 0; i < reader->grid->axis_count; i++) {
        const axis_t *axis = &reader->grid->axes[i];
        if (axis->field != entry->field || axis->when == reader->when) continue;
        if (axis->when && grids_exclude(axis->when, reader->when)) continue;
        return document_fail(document, document_line(entry->key),
                             "axes.when: %s varies elsewhere under conditions that can hold at the "
                             "same time; take it out of one of the two",
                             entry->name);
    }
    return STATUS_OK;
}

static status_t take_axis(const axes_reader_t *reader, const document_t *document,
                          const entry_t *entry) {
    grid_t *grid = reader->grid;
    const field_t *field = grid->catalog->fields[entry->field];
    const yaml_node_t *list = entry->value;
    TRY(check_tells_apart(grid, document, entry));
    TRY(check_free(reader, document, entry));
    if (list->type != YAML_SEQUENCE_NODE)
        return foreign_range(document, entry->key, field->key, document_text(list));
    const int *first = list->data.sequence.items.start, *end = list->data.sequence.items.top;
    if (first == end)
        return document_fail(document, document_line(entry->key),
                             "%s: the axis is empty; give it values or remove it", field->key);
    axis_t *axis = grid_add_axis(grid, entry->field, (size_t)(end - first), reader->zip);
    CHECK(axis, STATUS_ENVIRONMENT, "out of memory");
    axis->when = reader->when;
    for (size_t i = 0; i < axis->count; i++)
        TRY(read_value(document, field, document_node(document, first[i]), &axis->values[i]));
    return STATUS_OK;
}

static int by_text(const void *a, const void *b) {
    const value_t *const *x = a, *const *y = b;
    return strcmp((*x)->text, (*y)->text);
}

/* A value listed twice, perhaps in two spellings, would make trials run twice. */
static status_t check_distinct(const document_t *document, const entry_t *entry,
                               const axis_t *axis) {
    status_t status = STATUS_OK;
    const value_t **sorted = calloc(axis->count, sizeof *sorted);
    CHECK(sorted, STATUS_ENVIRONMENT, "out of memory");
    for (size_t i = 0; i < axis->count; i++) sorted[i] = &axis->values[i];
    qsort(sorted, axis->count, sizeof *sorted, by_text);
    for (size_t i = 1; i < axis->count && status == STATUS_OK; i++)
        if (strcmp(sorted[i - 1]->text, sorted[i]->text) == 0)
            status = document_fail(document, document_line(entry->key),
                                   "%s: the axis lists %.80s twice; remove one", entry->name,
                                   sorted[i]->text);
    free(sorted);
    return status;
}

static status_t take_product(void *context, const document_t *document, const entry_t *entry) {
    const axes_reader_t *reader = context;
    TRY(take_axis(reader, document, entry));
    return check_distinct(document, entry, &reader->grid->axes[reader->grid->axis_count - 1]);
}

static status_t take_zipped(void *context, const document_t *document, const entry_t *entry) {
    const axes_reader_t *reader = context;
    const grid_t *grid = reader->grid;
    size_t first = 0, before = grid->axis_count;
    while (first < before && grid->axes[first].zip != reader->zip) first++;
    TRY(take_axis(reader, document, entry));
    size_t count = grid->axes[first].count, fresh = grid->axes[before].count;
    if (count == fresh) return STATUS_OK;
    return document_fail(document, document_line(entry->key),
                         "%s: zipped axes need equally long lists, but this one has %zu values and "
                         "%s has %zu",
                         entry->name, fresh, grid->catalog->keys[grid->axes[first].field], count);
}

/* "{product: {...}, zip: {...}}", found before. A key may stand in one of the two only. */
static const char *const axis_parts[] = {"product", "zip", "when", "random", NULL};
enum { PRODUCT, ZIP, WHEN, RANDOM, AXIS_PARTS };

/* "zip: {...}", or a list of groups, each of which is one axis. */
static status_t read_zips(const document_t *document, const yaml_node_t *node, entries_t *entries) {
    axes_reader_t *reader = entries->context;
    int is_list = node->type == YAML_SEQUENCE_NODE;
    const int *item = is_list ? node->data.sequence.items.start : NULL;
    size_t count = is_list ? (size_t)(node->data.sequence.items.top - item) : 1;
    const grid_t *grid = reader->grid;
    for (size_t i = 0; i < grid->axis_count; i++)
        if (grid->axes[i].zip > reader->zip) reader->zip = grid->axes[i].zip;
    if (count == 0)
        return document_fail(document, document_line(node),
                             "zip: the list is empty; write mappings into it, or remove it");
    for (size_t i = 0; i < count; i++) {
        reader->zip++;
        TRY(entries_walk(entries, "zip", is_list ? document_node(document, item[i]) : node));
    }
    return STATUS_OK;
}

static status_t read_parts(const document_t *document, const yaml_node_t *const *found,
                           space_t *space, const grid_t *when) {
    axes_reader_t reader = {&space->axes, when, 0};
    entries_t entries = {.document = document,
                         .catalog = &space->catalog,
                         .top = top_names,
                         .context = &reader,
                         .take = take_product};
    status_t status = entries_open(&entries);
    if (status == STATUS_OK && found[PRODUCT])
        status = entries_walk(&entries, axis_parts[PRODUCT], found[PRODUCT]);
    entries.take = take_zipped;
    if (status == STATUS_OK && found[ZIP]) status = read_zips(document, found[ZIP], &entries);
    entries_close(&entries);
    return status;
}

/* What a condition speaks of must vary, and have that value somewhere. */
static status_t check_condition(const document_t *document, const space_t *space,
                                const grid_t *condition) {
    if (condition->axis_count == 0)
        return document_fail(document, condition->line,
                             "axes.when: under which condition? Write beside product what holds "
                             "there, such as train.optimizer: sgd");
    for (size_t i = 0; i < condition->axis_count; i++) {
        const axis_t *wanted = &condition->axes[i];
        int is_there = 0;
        for (size_t k = 0; k < space->axes.axis_count; k++) {
            const axis_t *axis = &space->axes.axes[k];
            for (size_t v = 0; axis->field == wanted->field && !axis->when && v < axis->count; v++)
                is_there |= axis->values[v].hash == wanted->values->hash;
        }
        if (!is_there)
            return document_fail(document, condition->line,
                                 "axes.when: %s: %s is no value that product or zip give it, so "
                                 "the condition never holds",
                                 space->catalog.keys[wanted->field], wanted->values->text);
    }
    return STATUS_OK;
}

/* "{train.optimizer: sgd, product: {train.momentum: [...]}}" */
static status_t read_condition(const document_t *document, const yaml_node_t *node, space_t *space,
                               grid_t *condition) {
    static const char *const parts[] = {"product", "zip", NULL};
    const yaml_node_t *found[] = {NULL, NULL};
    *condition =
        (grid_t){.catalog = &space->catalog, .base = space->base, .line = document_line(node)};
    entries_t entries = {.document = document,
                         .catalog = &space->catalog,
                         .top = top_names,
                         .take = take_single,
                         .context = condition};
    TRY(entries_open(&entries));
    status_t status = entry_sections(document, "axes.when", node, parts, found, &entries);
    entries_close(&entries);
    grid_set_strides(condition);
    TRY(status);
    TRY(check_condition(document, space, condition));
    if (!found[PRODUCT] && !found[ZIP])
        return document_fail(document, condition->line,
                             "axes.when: what varies there? Write product: {key: [values]} or zip "
                             "beside the condition");
    return read_parts(document, found, space, condition);
}

static status_t read_conditions(const document_t *document, const yaml_node_t *node,
                                space_t *space) {
    grid_list_t *list = &space->conditions;
    int is_list = node->type == YAML_SEQUENCE_NODE;
    const int *item = is_list ? node->data.sequence.items.start : NULL;
    size_t count = is_list ? (size_t)(node->data.sequence.items.top - item) : 0;
    if (count == 0)
        return document_fail(document, document_line(node),
                             "axes.when takes a list of mappings; write when: [{key: value, "
                             "product: {key: [values]}}]");
    list->grids = calloc(count, sizeof *list->grids);
    CHECK(list->grids, STATUS_ENVIRONMENT, "out of memory");
    for (size_t i = 0; i < count; i++) /* counted first: a failure leaves it to space_destroy */
        TRY(read_condition(document, document_node(document, item[i]), space,
                           &list->grids[list->count++]));
    return STATUS_OK;
}

static status_t read_axes(const document_t *document, const yaml_node_t *node, space_t *space) {
    const yaml_node_t *found[AXIS_PARTS] = {NULL};
    TRY(entry_sections(document, "axes", node, axis_parts, found, NULL));
    if (found[RANDOM]) /* one is a zip by now: ranges.h */
        return document_fail(document, document_line(found[RANDOM]),
                             "axes.random: is given twice; join the two");
    TRY(read_parts(document, found, space, NULL));
    return found[WHEN] ? read_conditions(document, found[WHEN], space) : STATUS_OK;
}

status_t read_grid(const document_t *document, const char *name, const yaml_node_t *node,
                   int is_arm, space_t *space, grid_t *grid) {
    *grid = (grid_t){.catalog = &space->catalog, .base = space->base, .line = document_line(node)};
    entries_t entries = {.document = document,
                         .catalog = &space->catalog,
                         .top = top_names,
                         .is_arm = is_arm,
                         .take = take_single,
                         .context = grid};
    status_t status = entries_open(&entries);
    if (status == STATUS_OK) status = entries_walk(&entries, name, node);
    entries_close(&entries);
    grid_set_strides(grid);
    return status;
}

static status_t read_grids(const document_t *document, const char *name, const yaml_node_t *node,
                           space_t *space, grid_list_t *list) {
    int is_list = node->type == YAML_SEQUENCE_NODE;
    size_t count =
        is_list ? (size_t)(node->data.sequence.items.top - node->data.sequence.items.start) : 0;
    if (count == 0)
        return document_fail(document, document_line(node),
                             "%s takes a list of mappings; write %s: [{key: value}]", name, name);
    list->grids = calloc(count, sizeof *list->grids);
    CHECK(list->grids, STATUS_ENVIRONMENT, "out of memory");
    for (; list->count < count; list->count++) {
        const yaml_node_t *entry =
            document_node(document, node->data.sequence.items.start[list->count]);
        grid_t *grid = &list->grids[list->count];
        status_t status = read_grid(document, name, entry, 0, space, grid);
        if (status != STATUS_OK) {
            grid_destroy(grid);
            return status;
        }
    }
    return STATUS_OK;
}

static status_t read_name(const document_t *document, const yaml_node_t *node, space_t *space) {
    value_t value = {0};
    if (!node)
        return document_fail(document, 1, "name is missing; add a line such as \"name: my_sweep\"");
    TRY(read_value(document, &top_fields[TOP_NAME], node, &value));
    size_t length = strlen(value.text), good = strspn(value.text, NAME_LETTERS);
    int is_good = length > 0 && good == length && length < sizeof space->name && *value.text != '-';
    if (is_good) memcpy(space->name, value.text, length + 1);
    value_clear(&value);
    if (is_good) return STATUS_OK;
    return document_fail(
        document, document_line(node),
        "name: takes 1 to %zu letters, digits, _ and inner -; it names the run directory",
        sizeof space->name - 1);
}

static status_t read_top_number(const document_t *document, const field_t *field,
                                const yaml_node_t *node, int64_t *number) {
    value_t value = {0};
    TRY(node ? read_value(document, field, node, &value) : value_read_fallback(field, &value));
    *number = value.integer;
    value_clear(&value);
    return STATUS_OK;
}

static status_t read_options(const document_t *document, space_t *space,
                             const yaml_node_t **found) {
    entries_t entries = {.document = document,
                         .catalog = &space->catalog,
                         .context = space,
                         .top = top_names,
                         .is_top = 1,
                         .take = take_option};
    TRY(entries_open(&entries));
    status_t status =
        entry_sections(document, "the file", document_root(document), top_names, found, &entries);
    entries_close(&entries);
    return status;
}

status_t read_space(const document_t *document, space_t *space) {
    const yaml_node_t *found[TOP_COUNT] = {NULL};
    int64_t seed, replicas;
    space->axes = (grid_t){.catalog = &space->catalog, .base = space->base};
    TRY(read_options(document, space, found));
    TRY(read_name(document, found[TOP_NAME], space));
    TRY(read_top_number(document, &top_fields[TOP_SEED], found[TOP_SEED], &seed));
    TRY(read_top_number(document, &top_fields[TOP_REPLICAS], found[TOP_REPLICAS], &replicas));
    space->seed = (uint64_t)seed;
    space->replicas = (int)replicas;
    if (found[TOP_AXES]) TRY(read_axes(document, found[TOP_AXES], space));
    if (found[TOP_SEARCH]) TRY(search_read(document, found[TOP_SEARCH], space));
    grid_set_strides(&space->axes);
    if (found[TOP_EXCLUDE])
        TRY(read_grids(document, "exclude", found[TOP_EXCLUDE], space, &space->exclude));
    if (found[TOP_INCLUDE])
        TRY(read_grids(document, "include", found[TOP_INCLUDE], space, &space->include));
    TRY(search_check(document, space));
    if (found[TOP_ARMS]) TRY(arms_read(document, found[TOP_ARMS], space));
    return STATUS_OK;
}
