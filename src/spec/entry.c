#include "spec/entry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { PATH_MAX_BYTES = 256 };

static const char *const no_names[] = {NULL};

status_t entries_open(entries_t *entries) {
    entries->lines = calloc(entries->catalog->count + 1, sizeof *entries->lines);
    CHECK(entries->lines, STATUS_ENVIRONMENT, "out of memory");
    return STATUS_OK;
}

void entries_close(entries_t *entries) {
    free(entries->lines);
    entries->lines = NULL;
}

static int position(const char *const *names, const char *name) {
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], name) == 0) return i;
    return -1;
}

/* "train: 5", or "train:" with nothing below: a section is not misspelt. */
static int is_section(const catalog_t *catalog, const char *path) {
    size_t length = strlen(path);
    for (size_t i = 0; i < catalog->count; i++)
        if (!strncmp(catalog->keys[i], path, length) && catalog->keys[i][length] == '.') return 1;
    return 0;
}

/* Is what stands before one of the dots an option? "train.lr" of "train.lr.geomspace.from". */
static int option_above(const catalog_t *catalog, const char *path, char *option) {
    for (const char *dot = strchr(path, '.'); dot; dot = strchr(dot + 1, '.')) {
        snprintf(option, PATH_MAX_BYTES, "%.*s", (int)(dot - path), path);
        if (catalog_find(catalog, option) != CATALOG_NONE) return 1;
    }
    return 0;
}

static status_t unknown_field(const entries_t *entries, const char *path, int line) {
    if (is_section(entries->catalog, path))
        return document_fail(entries->document, line,
                             "%s: options stand below it, as \"key: value\" pairs indented by "
                             "spaces; write some or remove it",
                             path);
    char option[PATH_MAX_BYTES];
    if (option_above(entries->catalog, path, option))
        return document_fail(entries->document, line,
                             "%s: unknown key; %s takes a value, not a mapping; below axes.product "
                             "and zip a range may stand: {logspace: {from: 1e-4, to: 1e-1, count: "
                             "5}}, or linspace",
                             path, option);
    if (position(entries->top, path) >= 0)
        return document_fail(entries->document, line,
                             "%s: stands at the top of the file only; replicas: N repeats every "
                             "configuration with other random numbers",
                             path);
    const char *const *also = entries->is_top ? entries->top : no_names;
    return document_context(entries->document, line, path,
                            catalog_unknown(entries->catalog, path, also));
}

static status_t take_field(entries_t *entries, const char *path, const yaml_node_t *key,
                           const yaml_node_t *value) {
    const document_t *document = entries->document;
    int line = document_line(key), field = catalog_find(entries->catalog, path);
    if (field == CATALOG_NONE) return unknown_field(entries, path, line);
    if (entries->lines[field])
        return document_fail(document, line, "%s: is given twice, first in line %d; remove one",
                             path, entries->lines[field]);
    if (catalog_set(entries->catalog, field)->is_of_arms && !entries->is_arm)
        return document_fail(
            document, line,
            "%s: only an arm may set it; write it below arms, beside what that arm "
            "changes",
            path);
    entries->lines[field] = line;
    entry_t entry = {field, entries->catalog->keys[field], key, value};
    return entries->take(entries->context, document, &entry);
}

/* A section that stands twice in a mapping: one of the two may have been meant to be another. */
static status_t check_once(const document_t *document, const char *prefix,
                           const yaml_node_pair_t *first, const yaml_node_pair_t *pair) {
    const yaml_node_t *key = document_node(document, pair->key);
    if (document_node(document, pair->value)->type != YAML_MAPPING_NODE) return STATUS_OK;
    if (key->type != YAML_SCALAR_NODE) return STATUS_OK;
    for (; first < pair; first++) {
        const yaml_node_t *other = document_node(document, first->key);
        if (other->type != YAML_SCALAR_NODE) continue;
        if (strcmp(document_text(other), document_text(key)) != 0) continue;
        return document_fail(document, document_line(key),
                             "%s%.60s: is given twice, first in line %d; join the two", prefix,
                             document_text(key), document_line(other));
    }
    return STATUS_OK;
}

/* One pair below `prefix` ("" or "train."). */
static status_t take_pair(entries_t *entries, const char *prefix, const yaml_node_t *key,
                          const yaml_node_t *value) {
    const document_t *document = entries->document;
    char path[PATH_MAX_BYTES];
    int line = document_line(key);
    if (key->type != YAML_SCALAR_NODE)
        return document_fail(document, line, "a key is a word, not a list or mapping");
    int length = snprintf(path, sizeof path, "%s%s", prefix, document_text(key));
    if (length >= PATH_MAX_BYTES)
        return document_fail(document, line, "%.60s...: unknown key; no key is that long", path);
    if (value->type != YAML_MAPPING_NODE) return take_field(entries, path, key, value);

    const yaml_node_pair_t *first = value->data.mapping.pairs.start, *pair = first;
    if (pair == value->data.mapping.pairs.top || length + 1 == PATH_MAX_BYTES)
        return document_fail(document, line, "%s: is empty; remove it", path);
    strcat(path, ".");
    for (; pair < value->data.mapping.pairs.top; pair++) {
        TRY(check_once(document, path, first, pair));
        TRY(take_pair(entries, path, document_node(document, pair->key),
                      document_node(document, pair->value)));
    }
    return STATUS_OK;
}

static status_t check_mapping(const document_t *document, const char *name,
                              const yaml_node_t *node) {
    int is_filled = node->type == YAML_MAPPING_NODE &&
                    node->data.mapping.pairs.start < node->data.mapping.pairs.top;
    if (is_filled) return STATUS_OK;
    return document_fail(document, document_line(node),
                         "%s: expected \"key: value\" pairs here; write some or remove %s", name,
                         name);
}

status_t entries_walk(entries_t *entries, const char *name, const yaml_node_t *node) {
    TRY(check_mapping(entries->document, name, node));
    const yaml_node_pair_t *first = node->data.mapping.pairs.start, *pair = first;
    for (; pair < node->data.mapping.pairs.top; pair++) {
        TRY(check_once(entries->document, "", first, pair));
        TRY(take_pair(entries, "", document_node(entries->document, pair->key),
                      document_node(entries->document, pair->value)));
    }
    return STATUS_OK;
}

static status_t unknown_section(const document_t *document, const char *name,
                                const char *const *names, const yaml_node_t *key) {
    char help[256];
    const char *word = key->type == YAML_SCALAR_NODE ? document_text(key) : "a list or mapping";
    text_suggest(word, names, help, sizeof help);
    return document_fail(document, document_line(key), "%s.%.60s: unknown key; %s", name, word,
                         help);
}

status_t entry_sections(const document_t *document, const char *name, const yaml_node_t *node,
                        const char *const *names, const yaml_node_t **found, entries_t *entries) {
    TRY(check_mapping(document, name, node));
    const yaml_node_pair_t *first = node->data.mapping.pairs.start, *pair = first;
    for (; pair < node->data.mapping.pairs.top; pair++) {
        TRY(check_once(document, "", first, pair));
        const yaml_node_t *key = document_node(document, pair->key);
        const yaml_node_t *value = document_node(document, pair->value);
        int i = key->type == YAML_SCALAR_NODE ? position(names, document_text(key)) : -1;
        if (i < 0 && entries)
            TRY(take_pair(entries, "", key, value));
        else if (i < 0)
            return unknown_section(document, name, names, key);
        else if (found[i])
            return document_fail(document, document_line(key), "%s: is given twice; remove one",
                                 names[i]);
        else
            found[i] = value;
    }
    return STATUS_OK;
}

word_t entry_word(const yaml_node_t *scalar) {
    return (word_t){document_text(scalar), scalar->data.scalar.style != YAML_PLAIN_SCALAR_STYLE};
}

status_t entry_words(const document_t *document, const char *key, const yaml_node_t *node,
                     word_t **words, size_t *count) {
    const int *item = node->data.sequence.items.start;
    *count = (size_t)(node->data.sequence.items.top - item);
    *words = calloc(*count + 1, sizeof **words);
    CHECK(*words, STATUS_ENVIRONMENT, "out of memory");
    for (size_t i = 0; i < *count; i++) {
        const yaml_node_t *scalar = document_node(document, item[i]);
        if (scalar->type != YAML_SCALAR_NODE) {
            free(*words);
            *words = NULL;
            return document_fail(document, document_line(scalar),
                                 "%s: a list of single values is meant here", key);
        }
        (*words)[i] = entry_word(scalar);
    }
    return STATUS_OK;
}
