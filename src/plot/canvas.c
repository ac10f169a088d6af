#include "plot/canvas.h"

#include <math.h>
#include <stdlib.h>

#define CANVAS_ROW(name) &canvas_##name,
const canvas_format_t *const canvas_formats[] = {CANVAS_FORMATS(CANVAS_ROW) NULL};
#undef CANVAS_ROW

canvas_t canvas_open(const canvas_format_t *format, double width, double height, const char *title,
                     const char *caption, int is_part) {
    return (canvas_t){.format = format,
                      .width = width,
                      .height = height,
                      .title = title,
                      .caption = caption,
                      .is_part = is_part,
                      .item = -1};
}

/* The stream opens with the first stroke, since a canvas is handed on by value before: it keeps
 * the addresses of text and size. */
static FILE *stream(canvas_t *canvas) {
    if (canvas->out) return canvas->out;
    canvas->out = open_memstream(&canvas->text, &canvas->size);
    if (canvas->out) canvas->format->open(canvas);
    return canvas->out;
}

status_t canvas_close(canvas_t *canvas) {
    int is_whole = stream(canvas) != NULL;
    if (is_whole) {
        is_whole = canvas->format->close(canvas) == STATUS_OK && !ferror(canvas->out);
        is_whole &= fclose(canvas->out) == 0;
    }
    canvas->out = NULL;
    CHECK(is_whole, STATUS_ENVIRONMENT, "out of memory for a figure");
    return STATUS_OK;
}

void canvas_free(canvas_t *canvas) {
    if (canvas->out) fclose(canvas->out);
    free(canvas->text);
    *canvas = (canvas_t){0};
}

static int is_finite(point_t p) { return isfinite(p.x) && isfinite(p.y); }

void canvas_path(canvas_t *canvas, size_t count, const point_t *points, pen_t pen) {
    if (!stream(canvas)) return;
    for (size_t start = 0, end; start < count; start = end + 1) {
        for (end = start; end < count && is_finite(points[end]);) end++;
        if (end - start > 1) canvas->format->path(canvas, end - start, points + start, &pen);
    }
}

void canvas_line(canvas_t *canvas, point_t from, point_t to, pen_t pen) {
    canvas_path(canvas, 2, (point_t[]){from, to}, pen);
}

void canvas_box(canvas_t *canvas, point_t corner, double width, double height, pen_t pen) {
    double x = corner.x, y = corner.y;
    const point_t corners[] = {
        {x, y}, {x + width, y}, {x + width, y + height}, {x, y + height}, {x, y}};
    canvas_path(canvas, 5, corners, pen);
}

void canvas_circle(canvas_t *canvas, point_t centre, double radius, pen_t pen) {
    if (is_finite(centre) && stream(canvas)) canvas->format->circle(canvas, centre, radius, &pen);
}

/* One line in one go, so that a cross is one element of a page. */
void canvas_cross(canvas_t *canvas, point_t centre, double radius, pen_t pen) {
    double x = centre.x, y = centre.y, r = radius;
    const point_t strokes[] = {
        {x - r, y - r}, {x + r, y + r}, {x, y}, {x - r, y + r}, {x + r, y - r}};
    canvas_path(canvas, 5, strokes, pen);
}

void canvas_text(canvas_t *canvas, point_t at, lettering_t how, const char *text) {
    if (how.size <= 0) how.size = CANVAS_TEXT_SIZE;
    if (is_finite(at) && *text && stream(canvas)) canvas->format->text(canvas, at, &how, text);
}

/* Adobe's metrics of Helvetica, thousandths of the size, from the blank to the tilde. */
static const short helvetica[] = {
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333,  278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667,  611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278,  556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500,  500, 334, 260, 334, 584};

double canvas_text_width(const char *text, double size) {
    double width = 0;
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if ((*c & 0xc0) == 0x80) continue; /* the rest of a letter beyond ASCII */
        width += *c >= ' ' && *c <= '~' ? helvetica[*c - ' '] : 556;
    }
    return width * size / 1000;
}
