/* space.h: the configurations a sweep file spans, in the form the plan walks them.
 *
 * A grid is the product of its axes over a base: point p takes of every axis the value
 * (p / stride) % count, and of every other field the base value. Axes that move together (zip)
 * share one stride. So a configuration is a grid and a number, however many of them there are; an
 * entry of include is a grid of one point, an entry of exclude a pattern of the same form. */
#ifndef SPEC_SPACE_H
#define SPEC_SPACE_H

#include "spec/catalog.h"
#include "spec/spec.h"
#include "spec/value.h"

typedef struct axis {
    int field;               /* position in the catalog */
    value_t *values;         /* owned [count], in the order of the file */
    size_t count;            /* at least 1 */
    size_t stride;           /* points before the value changes */
    const struct grid *when; /* borrowed; at other points than these the base holds; NULL = none */
    int zip;                 /* 0: varies by itself; those of one number move together */
    int is_searched;         /* the ladder of a search */
} axis_t;

typedef struct grid {
    const catalog_t *catalog; /* borrowed */
    const value_t *base;      /* borrowed [catalog->count] */
    axis_t *axes;             /* owned [axis_count] */
    size_t axis_count;
    size_t points; /* 1 without axes; SIZE_MAX when it does not fit */
    int line;      /* of the entry in the file; 0 for the axes */
} grid_t;

typedef struct grid_list {
    grid_t *grids; /* owned [count] */
    size_t count;
} grid_list_t;

typedef struct arm {
    char name[FIELD_NAME_MAX];
    grid_t grid; /* of one point; no axes = the base */
} arm_t;

typedef struct arm_list {
    arm_t *arms; /* owned [count]; none: everything is the base */
    size_t count;
} arm_list_t;

typedef struct space {
    char name[64];
    uint64_t seed;
    int replicas;
    catalog_t catalog;
    value_t *base; /* owned [catalog.count]: what the file gives, else the default */
    grid_t axes;
    search_t search;        /* key NULL: none */
    grid_list_t conditions; /* of axes that have a say at some points only */
    grid_list_t exclude, include;
    arm_list_t arms;
} space_t;

/* One point of a grid, in one arm. */
struct config {
    const grid_t *grid; /* borrowed, outlives the config */
    size_t point;
    const grid_t *arm; /* borrowed; its values come before the grid's; NULL = the base */
};

/* What a spec holds. Borrowed, lives as long as the spec. */
const space_t *spec_space(const spec_t *spec);
const char *spec_path(const spec_t *spec);

/* The value the configuration has for the field at that position of the catalog: what the file
 * gives it, or the default where the option is switched off (needs.h). */
const value_t *config_value(const config_t *config, int field);

/* What the file gives, whether it acts or not; and 1 when it does (needs.c). */
const value_t *config_given(const config_t *config, int field);
int config_acts(const config_t *config, int field);

/* 1 when the configuration is given all values of the pattern's axes. */
int config_matches(const config_t *config, const grid_t *pattern);

/* Hash of the hashes of the "key: text" lines that differ from the defaults, in canonical order: an
 * option added later leaves it alone. Fields that keep results (field.h) or are switched off
 * (needs.h) are left out, and those with is_ignored[position]; NULL = none.
 * `scratch` has room for one word per field. */
uint64_t config_hash(const config_t *config, const unsigned char *is_ignored, uint64_t *scratch);

/* The same of all that is given, as programs hashed it that did not know what acts. */
uint64_t config_given_hash(const config_t *config, uint64_t *scratch);

/* Writes "train.lr: 0.01, model.norm: none", the values of the axes and of the arm that act, into
 * text[0..size); and the same of all that are given. */
void config_describe(const config_t *config, char *text, size_t size);
void config_describe_given(const config_t *config, char *text, size_t size);

/* A new last axis; room for its values, `count` >= 1 of them, all {0}. NULL when memory is out. */
axis_t *grid_add_axis(grid_t *grid, int field, size_t count, int zip);

/* 1 when one of its axes is of that field; and when one is that has a say at every point. */
int grid_varies(const grid_t *grid, int field);
int grid_always_varies(const grid_t *grid, int field);

/* 1 when no configuration can match both patterns. */
int grids_exclude(const grid_t *a, const grid_t *b);

/* Axes with a condition: does the grid have any; and is `point` one of its configurations? Where a
 * condition does not hold, its axes are walked over, and of their points the first stands for all.
 */
int grid_has_conditions(const grid_t *grid);
int grid_has_point(const grid_t *grid, size_t point);

/* Fixes the strides: the last axis varies fastest, zipped ones of one number are one axis. */
void grid_set_strides(grid_t *grid);

/* Frees what it owns; {0} is fine; leaves {0}. */
void grid_destroy(grid_t *grid);
void space_destroy(space_t *space);

#endif
