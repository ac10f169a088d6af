/* print_schema.c: store_print_schema: hdf5_schemas/ as Markdown. */
#include <stdio.h>

#include "store/schema.h"

/* "|" ends a cell of a table, unless escaped. */
static void print_cell(const char *text) {
    printf(" ");
    for (; *text; text++) printf(*text == '|' ? "\\|" : "%c", *text);
    printf(" |");
}

static void print_rows(const schema_row_t *rows) {
    printf("| path | type | shape | unit | writer | meaning |\n|---|---|---|---|---|---|\n");
    for (const schema_row_t *row = rows; row->path; row++) {
        printf("| `%s` |", row->path);
        print_cell(schema_type_name(row->type));
        print_cell(*row->shape ? row->shape : "scalar");
        print_cell(row->unit);
        print_cell(row->writer);
        print_cell(row->doc);
        printf("\n");
    }
}

static void print_attributes(void) {
    printf("| attribute | type | meaning |\n|---|---|---|\n");
    for (const attribute_row_t *row = trial_attributes; row->name; row++) {
        printf("| `%s` | %s |", row->name, schema_type_name(row->type));
        print_cell(row->doc);
        printf("\n");
    }
}

static void print_dimensions(void) {
    printf("| dimension | coordinates | meaning |\n|---|---|---|\n");
    for (const dimension_row_t *row = trial_dimensions; row->name; row++) {
        if (*row->path)
            printf("| %s | `%s` |", row->name, row->path);
        else
            printf("| %s | 0 .. n-1 |", row->name);
        print_cell(row->doc);
        printf("\n");
    }
}

void store_print_schema(void) {
    printf("### Trial file: attributes of the root group\n\n");
    print_attributes();
    printf("\n### Trial file: dimensions\n\n");
    print_dimensions();
    printf("\n### Trial file: arrays, and scalars, which are attributes of their group\n\n");
    print_rows(trial_schema);
    printf("\n### Index `sweep.h5`\n\n");
    print_rows(index_schema);
    printf("\n### Profile of a trained network\n\n");
    print_rows(profile_schema);
}
