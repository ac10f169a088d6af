#include "spec/space.h"

#include <stdlib.h>

axis_t *grid_add_axis(grid_t *grid, int field, size_t count, int zip) {
    axis_t *axes = reallocarray(grid->axes, grid->axis_count + 1, sizeof *axes);
    if (!axes) return NULL;
    grid->axes = axes;
    value_t *values = calloc(count, sizeof *values);
    if (!values) return NULL;
    axes += grid->axis_count++;
    *axes = (axis_t){.field = field, .values = values, .count = count, .zip = zip};
    return axes;
}

int grid_varies(const grid_t *grid, int field) {
    for (size_t i = 0; i < grid->axis_count; i++)
        if (grid->axes[i].field == field) return 1;
    return 0;
}

int grid_always_varies(const grid_t *grid, int field) {
    for (size_t i = 0; i < grid->axis_count; i++)
        if (grid->axes[i].field == field && !grid->axes[i].when) return 1;
    return 0;
}

/* A later axis that moves along with number `i`, or NULL. */
static const axis_t *zipped_after(const grid_t *grid, size_t i) {
    const axis_t *axis = &grid->axes[i];
    for (size_t k = i + 1; axis->zip && k < grid->axis_count; k++)
        if (grid->axes[k].zip == axis->zip) return &grid->axes[k];
    return NULL;
}

void grid_set_strides(grid_t *grid) {
    size_t points = 1;
    for (size_t i = grid->axis_count; i-- > 0;) {
        axis_t *axis = &grid->axes[i];
        const axis_t *partner = zipped_after(grid, i);
        axis->stride = partner ? partner->stride : points;
        if (partner) continue;
        if (__builtin_mul_overflow(points, axis->count, &points)) points = SIZE_MAX;
    }
    grid->points = points;
}

void grid_destroy(grid_t *grid) {
    for (size_t i = 0; i < grid->axis_count; i++) {
        for (size_t j = 0; j < grid->axes[i].count; j++) value_clear(&grid->axes[i].values[j]);
        free(grid->axes[i].values);
    }
    free(grid->axes);
    *grid = (grid_t){0};
}

int grids_exclude(const grid_t *a, const grid_t *b) {
    for (size_t i = 0; i < a->axis_count; i++)
        for (size_t k = 0; b && k < b->axis_count; k++)
            if (a->axes[i].field == b->axes[k].field &&
                a->axes[i].values->hash != b->axes[k].values->hash)
                return 1;
    return 0;
}

static void list_destroy(grid_list_t *list) {
    for (size_t i = 0; i < list->count; i++) grid_destroy(&list->grids[i]);
    free(list->grids);
    *list = (grid_list_t){0};
}

void space_destroy(space_t *space) {
    grid_destroy(&space->axes);
    list_destroy(&space->conditions);
    list_destroy(&space->exclude);
    list_destroy(&space->include);
    for (size_t i = 0; i < space->arms.count; i++) grid_destroy(&space->arms.arms[i].grid);
    free(space->arms.arms);
    for (size_t i = 0; space->base && i < space->catalog.count; i++) value_clear(&space->base[i]);
    free(space->base);
    catalog_destroy(&space->catalog);
    *space = (space_t){0};
}
