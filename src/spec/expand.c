#include "spec/expand.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Free text is quoted; names, numbers and lists are written so that they need no quotes. */
static void print_value(FILE *out, const field_t *field, const value_t *value) {
    if (field->type == FIELD_FREE) {
        free_print_json(out, value->text);
        return;
    }
    if (field->type != FIELD_TEXT) {
        fputs(value->text, out);
        return;
    }
    fputc('"', out);
    for (const char *at = value->text; *at; at++) {
        if (*at == '"' || *at == '\\') fputc('\\', out);
        fputc(*at, out);
    }
    fputc('"', out);
}

static void print_axis(FILE *out, const axis_t *axis, const field_t *field) {
    fprintf(out, "%s: [", field->key);
    for (size_t i = 0; i < axis->count; i++) {
        if (i) fputs(", ", out);
        print_value(out, field, &axis->values[i]);
    }
    fputs("]\n", out);
}

/* Which axes are meant: of one condition, of one zip (0: of the product). */
static int is_meant(const axis_t *axis, const grid_t *when, int zip) {
    return axis->zip == zip && axis->when == when && !axis->is_searched;
}

/* The axes of one mapping, each line behind `indent`, the first behind `first`. */
static void print_mapping(FILE *out, const grid_t *grid, const grid_t *when, int zip,
                          const char *first, const char *indent) {
    for (const axis_t *axis = grid->axes; axis < grid->axes + grid->axis_count; axis++) {
        if (!is_meant(axis, when, zip)) continue;
        fputs(first, out);
        first = indent;
        print_axis(out, axis, grid->catalog->fields[axis->field]);
    }
}

/* The number of the next zip of that condition after `zip`; 0 = there is none. */
static int next_zip(const grid_t *grid, const grid_t *when, int zip) {
    int next = 0;
    for (size_t i = 0; i < grid->axis_count; i++) {
        const axis_t *axis = &grid->axes[i];
        if (axis->zip > zip && is_meant(axis, when, axis->zip) && (!next || axis->zip < next))
            next = axis->zip;
    }
    return next;
}

static int has_product(const grid_t *grid, const grid_t *when) {
    for (size_t i = 0; i < grid->axis_count; i++)
        if (is_meant(&grid->axes[i], when, 0)) return 1;
    return 0;
}

static void print_axes(FILE *out, const grid_t *grid, const grid_t *when) {
    const char *indent = when ? "        " : "    ";
    int zip = next_zip(grid, when, 0), is_alone = !next_zip(grid, when, zip);
    char item[16];
    if (has_product(grid, when)) fprintf(out, "%sproduct:\n", indent + 2);
    print_mapping(out, grid, when, 0, indent, indent);
    if (zip) fprintf(out, "%szip:\n", indent + 2);
    snprintf(item, sizeof item, "%s%s", indent, is_alone ? "" : "- ");
    for (; zip; zip = next_zip(grid, when, zip))
        print_mapping(out, grid, when, zip, item,
                      is_alone ? indent
                      : when   ? "          "
                               : "      ");
}

static void print_conditions(FILE *out, const space_t *space) {
    if (space->conditions.count) fputs("  when:\n", out);
    for (size_t i = 0; i < space->conditions.count; i++) {
        const grid_t *when = &space->conditions.grids[i];
        for (size_t k = 0; k < when->axis_count; k++) {
            const field_t *field = space->catalog.fields[when->axes[k].field];
            fprintf(out, "    %s %s: ", k ? " " : "-", field->key);
            print_value(out, field, when->axes[k].values);
            fputc('\n', out);
        }
        print_axes(out, &space->axes, when);
    }
}

/* "{train.lr: 3, model.norm: none}" */
static void print_point(FILE *out, const grid_t *grid) {
    fputc('{', out);
    for (const axis_t *axis = grid->axes; axis < grid->axes + grid->axis_count; axis++) {
        const field_t *field = grid->catalog->fields[axis->field];
        fprintf(out, "%s%s: ", axis > grid->axes ? ", " : "", field->key);
        print_value(out, field, axis->values);
    }
    fputs("}\n", out);
}

static void print_entries(FILE *out, const char *name, const grid_list_t *list) {
    if (list->count) fprintf(out, "%s:\n", name);
    for (const grid_t *grid = list->grids; grid < list->grids + list->count; grid++) {
        fputs("  - ", out);
        print_point(out, grid);
    }
}

static void print_search(FILE *out, const search_t *search) {
    char from[32], to[32], below[32];
    value_format(search->from, from, sizeof from);
    value_format(search->to, to, sizeof to);
    value_format(search->below, below, sizeof below);
    fprintf(out, "search: {key: %s, from: %s, to: %s, rounds: %d, below: %s}\n", search->key, from,
            to, search->rounds, below);
}

static void print_arms(FILE *out, const arm_list_t *list) {
    if (list->count) fputs("arms:\n", out);
    for (const arm_t *arm = list->arms; arm < list->arms + list->count; arm++) {
        fprintf(out, "  %s: ", arm->name);
        print_point(out, &arm->grid);
    }
}

static char *expand(const space_t *space, int with_all) {
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    if (!out) return NULL;
    fprintf(out, "name: \"%s\"\nseed: %" PRIu64 "\nreplicas: %d\n", space->name, space->seed,
            space->replicas);
    for (size_t i = 0; i < space->catalog.count; i++) {
        if (catalog_set(&space->catalog, (int)i)->is_of_arms) continue; /* at its default */
        if (space->catalog.fields[i]->keeps_results && !with_all) continue;
        if (free_is_absent(space->catalog.fields[i], &space->base[i])) continue;
        fprintf(out, "%s: ", space->catalog.keys[i]);
        print_value(out, space->catalog.fields[i], &space->base[i]);
        fputc('\n', out);
    }
    if (space->axes.axis_count > (space->search.key != NULL)) fputs("axes:\n", out);
    print_axes(out, &space->axes, NULL);
    print_conditions(out, space);
    if (space->search.key) print_search(out, &space->search);
    print_entries(out, "exclude", &space->exclude);
    print_entries(out, "include", &space->include);
    print_arms(out, &space->arms);
    if (fclose(out) == 0) return text;
    free(text);
    return NULL;
}

char *expand_space(const space_t *space) { return expand(space, 1); }
char *expand_terms(const space_t *space) { return expand(space, 0); }
