#include "spec/arms.h"

#include <stdlib.h>
#include <string.h>

#include "spec/read.h"

enum { ARMS_MAX = 64 };
#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-"

static status_t read_name(const document_t *document, const yaml_node_t *key, space_t *space) {
    arm_t *arm = &space->arms.arms[space->arms.count];
    const char *name = key->type == YAML_SCALAR_NODE ? document_text(key) : "";
    size_t length = strlen(name);
    if (length == 0 || length >= sizeof arm->name || strspn(name, NAME_LETTERS) != length)
        return document_fail(document, document_line(key),
                             "arms: the name of an arm takes 1 to %zu letters, digits and _ . + -",
                             sizeof arm->name - 1);
    for (size_t i = 0; i < space->arms.count; i++)
        if (strcmp(space->arms.arms[i].name, name) == 0)
            return document_fail(document, document_line(key),
                                 "arms: %s is given twice; remove or rename one", name);
    memcpy(arm->name, name, length + 1);
    return STATUS_OK;
}

static int is_empty(const yaml_node_t *node) {
    return node->type == YAML_MAPPING_NODE &&
           node->data.mapping.pairs.start == node->data.mapping.pairs.top;
}

/* "control: {}" is most likely the base under a name of its own. */
static int is_base_misnamed(const document_t *document, const yaml_node_t *node,
                            const yaml_node_t *options) {
    const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
    for (; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = document_node(document, pair->key);
        if (key->type == YAML_SCALAR_NODE && strcmp(document_text(key), ARM_BASE) == 0) return 0;
    }
    return is_empty(options);
}

static status_t read_arm(const document_t *document, const yaml_node_t *node,
                         const yaml_node_pair_t *pair, space_t *space) {
    char context[FIELD_NAME_MAX + 8];
    const yaml_node_t *key = document_node(document, pair->key);
    const yaml_node_t *options = document_node(document, pair->value);
    arm_t *arm = &space->arms.arms[space->arms.count];
    TRY(read_name(document, key, space));
    space->arms.count++;
    arm->grid = (grid_t){.catalog = &space->catalog, .line = document_line(key), .points = 1};
    int is_base = strcmp(arm->name, ARM_BASE) == 0;
    if (is_base && is_empty(options)) return STATUS_OK;
    if (is_base)
        return document_fail(document, document_line(key),
                             "arms.base takes no options: it is every configuration as it stands; "
                             "write \"base: {}\"");
    if (is_base_misnamed(document, node, options))
        return document_fail(document, document_line(key),
                             "arms.%s changes nothing and base is missing: the arm that the others "
                             "are compared with is called base; write \"base: {}\" instead",
                             arm->name);
    snprintf(context, sizeof context, "arms.%s", arm->name);
    return read_grid(document, context, options, 1, space, &arm->grid);
}

static int varies_in_space(const space_t *space, int field) {
    int is_varied = grid_varies(&space->axes, field);
    for (size_t i = 0; i < space->include.count; i++)
        is_varied |= grid_varies(&space->include.grids[i], field);
    return is_varied;
}

/* Do the trials of this arm have partners? */
static status_t check_pairs(const document_t *document, const space_t *space, const arm_t *arm) {
    for (size_t i = 0; i < arm->grid.axis_count; i++) {
        int field = arm->grid.axes[i].field;
        const char *key = space->catalog.keys[field];
        if (varies_in_space(space, field))
            return document_fail(document, arm->grid.line,
                                 "arms.%s: axes or include vary %s too, so its trials have no "
                                 "partner in the base arm; take it out of one of the two",
                                 arm->name, key);
        if (catalog_set(&space->catalog, field)->is_shared)
            return document_fail(document, arm->grid.line,
                                 "arms.%s: %s is the same in all trials of a pair, or they would "
                                 "not be compared on the same data and terms; set it for all arms",
                                 arm->name, key);
    }
    return STATUS_OK;
}

/* Has the gate of this arm something to switch on? */
static status_t check_gate(const document_t *document, const space_t *space, const arm_t *arm) {
    for (size_t i = 0; i < arm->grid.axis_count; i++)
        if (!catalog_set(&space->catalog, arm->grid.axes[i].field)->is_of_arms) return STATUS_OK;
    if (arm->grid.axis_count == 0) return STATUS_OK;
    return document_fail(document, arm->grid.line,
                         "arms.%s: a gate alone switches nothing on; write beside it what the arm "
                         "changes, such as train.clip: 1",
                         arm->name);
}

static int has_base(const space_t *space) {
    for (size_t i = 0; i < space->arms.count; i++)
        if (strcmp(space->arms.arms[i].name, ARM_BASE) == 0) return 1;
    return 0;
}

status_t arms_read(const document_t *document, const yaml_node_t *node, space_t *space) {
    int is_mapping = node->type == YAML_MAPPING_NODE;
    const yaml_node_pair_t *pair = is_mapping ? node->data.mapping.pairs.start : NULL;
    size_t count = is_mapping ? (size_t)(node->data.mapping.pairs.top - pair) : 0;
    if (count < 2 || count > ARMS_MAX)
        return document_fail(document, document_line(node),
                             "arms takes 2 to %d arms; write arms: {base: {}, clip1: {train.clip: "
                             "1}}",
                             ARMS_MAX);
    space->arms.arms = calloc(count, sizeof *space->arms.arms);
    CHECK(space->arms.arms, STATUS_ENVIRONMENT, "out of memory");
    for (; pair < node->data.mapping.pairs.top; pair++) TRY(read_arm(document, node, pair, space));
    if (!has_base(space))
        return document_fail(document, document_line(node),
                             "arms: base is missing, the arm all others are compared with; add "
                             "\"base: {}\"");
    for (size_t i = 0; i < count; i++) {
        TRY(check_pairs(document, space, &space->arms.arms[i]));
        TRY(check_gate(document, space, &space->arms.arms[i]));
    }
    return STATUS_OK;
}
