#include "spec/spec.h"

#include <stdlib.h>
#include <string.h>

#include "spec/expand.h"
#include "spec/foreign.h"
#include "spec/free.h"
#include "spec/needs.h"
#include "spec/ranges.h"
#include "spec/read.h"
#include "spec/space.h"

struct spec {
    space_t space;       /* owned; its grids point into it, so a spec never moves */
    char *path;          /* owned */
    char *expanded;      /* owned */
    const char **varied; /* owned; the keys are the catalog's */
    grid_t plain;        /* of the base alone */
    config_t config;     /* its only point */
};

/* What the file gives will replace it. */
static status_t start_from_fallbacks(space_t *space) {
    space->base = calloc(space->catalog.count + 1, sizeof *space->base);
    CHECK(space->base, STATUS_ENVIRONMENT, "out of memory");
    for (size_t i = 0; i < space->catalog.count; i++)
        TRY(value_read_fallback(space->catalog.fields[i], &space->base[i]));
    return STATUS_OK;
}

static status_t find_varied(spec_t *spec) {
    const space_t *space = &spec->space;
    size_t count = 0;
    spec->varied = calloc(space->catalog.count + 1, sizeof *spec->varied);
    CHECK(spec->varied, STATUS_ENVIRONMENT, "out of memory");
    for (size_t field = 0; field < space->catalog.count; field++) {
        int is_varied = grid_varies(&space->axes, (int)field);
        for (size_t i = 0; i < space->include.count && !is_varied; i++)
            is_varied = grid_varies(&space->include.grids[i], (int)field);
        for (size_t i = 0; i < space->arms.count && !is_varied; i++)
            is_varied = grid_varies(&space->arms.arms[i].grid, (int)field);
        if (is_varied) spec->varied[count++] = space->catalog.keys[field];
    }
    return STATUS_OK;
}

status_t spec_parse(const char *path, const char *text, size_t length,
                    const field_set_t *const *sets, spec_t **spec) {
    status_t status;
    document_t document = {0};
    free_names_t names = {0};
    spec_t *fresh = calloc(1, sizeof *fresh);
    *spec = NULL;
    CHECK_OR_DONE(fresh && (fresh->path = strdup(path)), STATUS_ENVIRONMENT, "out of memory");
    TRY_OR_DONE(document_parse(path, text, length, &document));
    TRY_OR_DONE(foreign_check(&document, sets));
    TRY_OR_DONE(ranges_expand(&document, sets));
    TRY_OR_DONE(free_names_find(&document, sets, &names));
    TRY_OR_DONE(catalog_create(sets, &names, &fresh->space.catalog));
    TRY_OR_DONE(start_from_fallbacks(&fresh->space));
    TRY_OR_DONE(read_space(&document, &fresh->space));
    TRY_OR_DONE(needs_check(&document, &fresh->space));
    TRY_OR_DONE(find_varied(fresh));
    fresh->plain =
        (grid_t){.catalog = &fresh->space.catalog, .base = fresh->space.base, .points = 1};
    fresh->config = (config_t){.grid = &fresh->plain};
    fresh->expanded = expand_space(&fresh->space);
    CHECK_OR_DONE(fresh->expanded, STATUS_ENVIRONMENT, "out of memory");
    *spec = fresh;
    fresh = NULL;
done:
    free_names_destroy(&names);
    document_destroy(&document);
    spec_destroy(&fresh);
    return status;
}

status_t spec_load(const char *path, const field_set_t *const *sets, spec_t **spec) {
    char *text;
    size_t length;
    *spec = NULL;
    TRY(document_read_file(path, &text, &length));
    status_t status = spec_parse(path, text, length, sets, spec);
    free(text);
    return status;
}

void spec_destroy(spec_t **spec) {
    if (!*spec) return;
    space_destroy(&(*spec)->space);
    free((*spec)->path);
    free((*spec)->expanded);
    free((*spec)->varied);
    free(*spec);
    *spec = NULL;
}

const config_t *spec_config(const spec_t *spec) { return &spec->config; }
const char *spec_name(const spec_t *spec) { return spec->space.name; }

uint64_t spec_seed(const spec_t *spec) { return spec->space.seed; }

int spec_replicas(const spec_t *spec) { return spec->space.replicas; }

size_t spec_arm_count(const spec_t *spec) {
    return spec->space.arms.count ? spec->space.arms.count : 1;
}

const char *spec_arm(const spec_t *spec, size_t index) {
    return spec->space.arms.count ? spec->space.arms.arms[index].name : ARM_BASE;
}

const search_t *spec_search(const spec_t *spec) {
    return spec->space.search.key ? &spec->space.search : NULL;
}

const char *spec_expanded(const spec_t *spec) { return spec->expanded; }

char *spec_difference(const spec_t *before, const spec_t *after) {
    char *a = expand_terms(&before->space), *b = expand_terms(&after->space);
    char *difference = a && b ? spec_diff(a, b) : NULL;
    free(a);
    free(b);
    return difference;
}

const char *const *spec_varied(const spec_t *spec) { return spec->varied; }

const space_t *spec_space(const spec_t *spec) { return &spec->space; }

const char *spec_path(const spec_t *spec) { return spec->path; }
