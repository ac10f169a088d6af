#include "figure/figure.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/disk.h"

#define FIGURE(name) extern const figure_t figure_##name;
#include "figure/figures.def"
#undef FIGURE

#define FIGURE(name) &figure_##name,
const figure_t *const figure_rows[] = {
#include "figure/figures.def"
    NULL};
#undef FIGURE

status_t figure_draw(const figure_t *figure, const study_t *study, const canvas_format_t *format,
                     int is_part, canvas_t *canvas) {
    double height = figure->height(study);
    *canvas = canvas_open(format, FIGURE_WIDTH, height, figure->title, figure->caption, is_part);
    figure->draw(study, canvas);
    return canvas_close(canvas);
}

static status_t write_one(const figure_t *figure, const study_t *study, const char *folder,
                          const canvas_format_t *format) {
    char path[PATH_MAX];
    canvas_t canvas;
    status_t status = figure_draw(figure, study, format, 0, &canvas);
    snprintf(path, sizeof path, "%s/%s.%s", folder, figure->name, format->name);
    if (status == STATUS_OK)
        status = disk_replace(path, &(bytes_t){(unsigned char *)canvas.text, canvas.size});
    canvas_free(&canvas);
    return status;
}

status_t figure_write_all(const study_t *study, const char *folder, size_t *count) {
    *count = 0;
    TRY(disk_make_folder(folder));
    for (size_t i = 0; figure_rows[i]; i++) {
        if (figure_rows[i]->height(study) <= 0) continue;
        for (size_t f = 0; canvas_formats[f]; f++)
            TRY(write_one(figure_rows[i], study, folder, canvas_formats[f]));
        ++*count;
    }
    return STATUS_OK;
}

void figure_mark(const study_t *study, canvas_t *canvas, point_t at, size_t row, ink_t ink) {
    canvas->item = (long)row;
    if (study_has_diverged(study, row))
        canvas_cross(canvas, at, 3.2, (pen_t){.ink = INK_BAD, .width = 1.6});
    else
        canvas_circle(canvas, at, 3.2, (pen_t){.ink = ink, .is_filled = 1, .opacity = 0.8});
    canvas->item = -1;
}

double figure_norm_key(const study_t *study, canvas_t *canvas, groups_t *norms) {
    enum { ENTRIES_MAX = 16 };
    legend_t entries[ENTRIES_MAX + 1];
    size_t count = 0;
    *norms = study_groups(study, "model.norm");
    for (; count < norms->count && count < ENTRIES_MAX; count++)
        entries[count] = (legend_t){.mark = MARK_DOT,
                                    .pen = {.ink = ink_series(count), .is_filled = 1},
                                    .text = norms->names[count]};
    entries[count++] =
        (legend_t){.mark = MARK_CROSS, .pen = {.ink = INK_BAD, .width = 1.6}, .text = "diverged"};
    return legend_draw(canvas, (point_t){46, 0}, count, entries);
}

/* The column that holds `key`, first or second; aborts never: a table without it has no number. */
static const report_cell_t *find(const report_table_t *table, size_t row, const char *key) {
    for (size_t c = 0; table && c < table->column_count; c++)
        if (strcmp(table->columns[c].key, key) == 0) return &table->rows[row].cells[c];
    return NULL;
}

double figure_value(const report_table_t *table, size_t row, const char *key) {
    const report_cell_t *cell = find(table, row, key);
    return cell ? cell->value[0] : NAN;
}

interval_t figure_interval(const report_table_t *table, size_t row, const char *key) {
    const report_cell_t *cell = find(table, row, key);
    return cell ? (interval_t){cell->value[0], cell->value[1]} : INTERVAL_NONE;
}
