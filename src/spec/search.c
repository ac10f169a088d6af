#include "spec/search.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "spec/entry.h"

enum { KEY, FROM, TO, ROUNDS, BELOW, PARTS, ROUNDS_MAX = 10 };
static const char *const names[PARTS + 1] = {
    [KEY] = "key", [FROM] = "from", [TO] = "to", [ROUNDS] = "rounds", [BELOW] = "below"};
static const field_t fields[PARTS] = {
    [KEY] = {.key = "search.key", .type = FIELD_TEXT, .fallback = "train.lr", .doc = "the option"},
    [FROM] = {.key = "search.from",
              .type = FIELD_REAL,
              .min = 1e-30,
              .max = 1e30,
              .fallback = "1e-4",
              .doc = "below the ladder"},
    [TO] = {.key = "search.to",
            .type = FIELD_REAL,
            .min = 1e-30,
            .max = 1e30,
            .fallback = "1e-1",
            .doc = "above the ladder"},
    [ROUNDS] = {.key = "search.rounds",
                .type = FIELD_INT,
                .min = 1,
                .max = ROUNDS_MAX,
                .fallback = "5",
                .doc = "halvings"},
    [BELOW] = {.key = "search.below",
               .type = FIELD_REAL,
               .min = 1e-6,
               .max = 1,
               .fallback = "0.2",
               .doc = "rate still stable"},
};

static status_t read_part(const document_t *document, int part, const yaml_node_t *node,
                          value_t *value) {
    const field_t *field = &fields[part];
    if (!node) return value_read_fallback(field, value);
    status_t status = node->type == YAML_SCALAR_NODE ? value_read(field, entry_word(node), value)
                                                     : status_fail(STATUS_SPEC, "takes one value");
    if (status == STATUS_OK) return STATUS_OK;
    return document_context(document, document_line(node), field->key, status);
}

static status_t find_key(const document_t *document, int line, const char *key, space_t *space,
                         int *field) {
    static const char *const nothing[] = {NULL};
    *field = catalog_find(&space->catalog, key);
    if (*field == CATALOG_NONE)
        return document_context(document, line, key,
                                catalog_unknown(&space->catalog, key, nothing));
    const field_t *found = space->catalog.fields[*field];
    int is_number = found->type == FIELD_REAL || (found->type == FIELD_FREE && found->is_numeric);
    if (!is_number || found->keeps_results || catalog_set(&space->catalog, *field)->is_of_arms)
        return document_fail(document, line,
                             "search.key: %s is no number along which to search; take one such as "
                             "train.lr",
                             key);
    if (grid_varies(&space->axes, *field))
        return document_fail(document, line,
                             "search.key: axes vary %s too; take it out of one of the two", key);
    space->search.key = found->key;
    return STATUS_OK;
}

/* Rung i of 0 .. rungs - 1, three digits. */
static void write_rung(const search_t *search, size_t i, char text[32]) {
    double share = (double)(i + 1) / (double)(search->rungs + 1);
    snprintf(text, 32, "%.3g", search->from * pow(search->to / search->from, share));
}

static status_t add_ladder(const document_t *document, int line, int field, space_t *space) {
    const search_t *search = &space->search;
    char text[32];
    axis_t *axis = grid_add_axis(&space->axes, field, search->rungs, 0);
    CHECK(axis, STATUS_ENVIRONMENT, "out of memory");
    axis->is_searched = 1;
    for (size_t i = 0; i < search->rungs; i++) {
        write_rung(search, i, text);
        status_t status =
            value_read(space->catalog.fields[field], (word_t){text, 0}, &axis->values[i]);
        if (status != STATUS_OK) return document_context(document, line, search->key, status);
        axis->values[i].line = line;
        if (i && axis->values[i].hash == axis->values[i - 1].hash)
            return document_fail(document, line,
                                 "search: %d rounds between %g and %g are closer than three digits "
                                 "can tell apart; use fewer, or a wider range",
                                 search->rounds, search->from, search->to);
    }
    return STATUS_OK;
}

status_t search_read(const document_t *document, const yaml_node_t *node, space_t *space) {
    const yaml_node_t *found[PARTS] = {NULL};
    value_t values[PARTS] = {0};
    int field = CATALOG_NONE, line = document_line(node);
    status_t status = entry_sections(document, "search", node, names, found, NULL);
    for (int part = 0; part < PARTS && status == STATUS_OK; part++)
        status = read_part(document, part, found[part], &values[part]);
    if (status == STATUS_OK) {
        space->search = (search_t){.from = values[FROM].number,
                                   .to = values[TO].number,
                                   .below = values[BELOW].number,
                                   .rounds = (int)values[ROUNDS].integer};
        space->search.rungs = ((size_t)1 << space->search.rounds) - 1;
        status = find_key(document, line, values[KEY].text, space, &field);
    }
    for (int part = 0; part < PARTS; part++) value_clear(&values[part]);
    TRY(status);
    if (!(space->search.from < space->search.to))
        return document_fail(document, line, "search: from %g is not below to %g",
                             space->search.from, space->search.to);
    return add_ladder(document, line, field, space);
}

status_t search_check(const document_t *document, const space_t *space) {
    const char *key = space->search.key;
    if (!key) return STATUS_OK;
    int field = catalog_find(&space->catalog, key);
    for (size_t i = 0; i < space->exclude.count; i++)
        if (grid_varies(&space->exclude.grids[i], field))
            return document_fail(document, space->exclude.grids[i].line,
                                 "exclude: %s is searched, and a search needs all its rungs; name "
                                 "other options only",
                                 key);
    if (space->include.count)
        return document_fail(document, space->include.grids[0].line,
                             "include: a sweep with search has none: one configuration is no "
                             "ladder; put it into a sweep of its own");
    return STATUS_OK;
}
