/* Parallel coordinates: the options that vary, then what came of it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "figure/figure.h"

enum { AXES_MAX = 12, TOP_ROOM = 34, VALUES_NAMED = 8 };

typedef struct coordinate {
    const char *title;
    axis_t axis;
    double *place; /* owned [rows]: a number of the axis */
    groups_t groups;
    int has_few; /* options with few values: each has its tick */
} coordinate_t;

static double height(const study_t *study) {
    return study->shown_count > 1 && study->varied_count ? 340 : 0;
}

/* A rate from 1e-4 to 1e-1 has no room on a linear axis. */
static int wants_log(size_t rows, const double *x) {
    double low = INFINITY, high = 0;
    for (size_t i = 0; i < rows; i++) {
        if (!(x[i] > 0)) return 0;
        low = fmin(low, x[i]);
        high = fmax(high, x[i]);
    }
    return high >= 8 * low;
}

static coordinate_t take(const study_t *study, const char *column, const char *title) {
    size_t rows = study->trials.rows;
    const double *number = study_numbers(study, column);
    coordinate_t c = {.title = title, .place = memory_take(rows, sizeof(double), "a figure")};
    c.groups = study_groups(study, column);
    if (number) {
        memcpy(c.place, number, rows * sizeof *number);
        c.axis = axis_over(rows, number, wants_log(rows, number), NULL);
    } else {
        for (size_t row = 0; row < rows; row++) c.place[row] = (double)c.groups.of[row];
        c.axis = axis_of_names(c.groups.names, c.groups.count, NULL);
    }
    return c;
}

static size_t take_all(const study_t *study, coordinate_t *coordinates) {
    static const char *const results[][2] = {{"summary/m_near_unit", "M~1"},
                                             {"summary/rho", "rho"},
                                             {"outcome/valid_loss", "held-out loss"}};
    size_t count = 0, most = AXES_MAX - sizeof results / sizeof *results;
    for (size_t k = 0; k < study->varied_count && count < most; k++) {
        coordinates[count] = take(study, study->varied[k], study->varied[k]);
        coordinates[count].has_few = coordinates[count].groups.count <= VALUES_NAMED;
        count++;
    }
    for (size_t k = 0; k < sizeof results / sizeof *results; k++)
        if (study_numbers(study, results[k][0]))
            coordinates[count++] = take(study, results[k][0], results[k][1]);
    return count;
}

static double across(size_t k, size_t count) {
    double width = FIGURE_WIDTH - 120;
    return 60 + (count > 1 ? width * (double)k / (double)(count - 1) : width / 2);
}

static point_t place(const canvas_t *canvas, const coordinate_t *c, size_t k, size_t count,
                     double at) {
    double share = axis_place(&c->axis, at), room = canvas->height - TOP_ROOM - 12;
    return (point_t){across(k, count), TOP_ROOM + (1 - share) * room};
}

/* A tick at every value, its text as the sweep has it. */
static size_t value_ticks(const coordinate_t *c, size_t rows, tick_t ticks[AXIS_TICKS_MAX]) {
    for (size_t row = rows; row-- > 0;) {
        tick_t *tick = &ticks[c->groups.of[row]];
        tick->at = c->place[row];
        snprintf(tick->text, sizeof tick->text, "%s", c->groups.names[c->groups.of[row]]);
    }
    return c->groups.count;
}

/* On a ground that keeps the lines from running through it. */
static void draw_tick(canvas_t *canvas, point_t at, const char *text) {
    enum { SIZE = 8 };
    canvas_box(canvas, (point_t){at.x + 2, at.y - 5}, canvas_text_width(text, SIZE) + 4, 10,
               (pen_t){.ink = INK_PAPER, .is_filled = 1, .opacity = 0.8});
    canvas_text(canvas, (point_t){at.x + 4, at.y + 3}, (lettering_t){.ink = INK_TEXT, .size = SIZE},
                text);
}

/* "train.lr" is longer than its place where there are many: its last word tells enough. */
static void draw_axis(const study_t *study, canvas_t *canvas, const coordinate_t *c, size_t k,
                      size_t count) {
    tick_t ticks[AXIS_TICKS_MAX];
    size_t tick_count =
        c->has_few ? value_ticks(c, study->trials.rows, ticks) : axis_ticks(&c->axis, 8, ticks);
    const char *dot = strrchr(c->title, '.'), *title = count > 6 && dot ? dot + 1 : c->title;
    double x = across(k, count);
    canvas_line(canvas, (point_t){x, TOP_ROOM}, (point_t){x, canvas->height - 12},
                (pen_t){.ink = INK_MUTED});
    canvas_text(canvas, (point_t){x, k % 2 ? 24 : 12},
                (lettering_t){.ink = INK_TEXT, .size = 9, .align = ALIGN_MIDDLE, .is_bold = 1},
                title);
    for (size_t t = 0; t < tick_count; t++)
        draw_tick(canvas, place(canvas, c, k, count, ticks[t].at), ticks[t].text);
}

static void draw_trial(const study_t *study, canvas_t *canvas, const coordinate_t *coordinates,
                       size_t count, size_t row) {
    point_t points[AXES_MAX];
    int diverged = study_has_diverged(study, row);
    for (size_t k = 0; k < count; k++)
        points[k] = place(canvas, &coordinates[k], k, count, coordinates[k].place[row]);
    canvas->item = (long)row;
    canvas_path(canvas, count, points,
                (pen_t){.ink = diverged ? INK_BAD : ink_series(0),
                        .width = 0.9,
                        .opacity = 0.45,
                        .is_dashed = diverged});
    canvas->item = -1;
}

static void draw(const study_t *study, canvas_t *canvas) {
    coordinate_t coordinates[AXES_MAX];
    size_t count = take_all(study, coordinates);
    for (size_t i = 0; i < study->shown_count; i++)
        draw_trial(study, canvas, coordinates, count, study->shown[i].row);
    for (size_t k = 0; k < count; k++) draw_axis(study, canvas, &coordinates[k], k, count);
    for (size_t k = 0; k < count; k++) {
        free(coordinates[k].place);
        groups_free(&coordinates[k].groups);
    }
}

const figure_t figure_parallel = {
    .name = "parallel",
    .section = "Options",
    .title = "Parallel coordinates: what varied, and what came of it",
    .caption =
        "A line is a trial: through its options, then through its results. Dashed vermilion: "
        "it diverged; its line ends where a result is missing. Drag along an axis to keep "
        "only the trials that pass there, in all figures; click to let go.",
    .height = height,
    .draw = draw};
