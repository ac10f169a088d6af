/* canvas.h: a page to draw on: what figures need and no more.
 *
 * A format is one file plus its name in the list here: SVG for pages, PDF for papers. Lengths are
 * points (1/72 inch), x to the right, y down. Text is UTF-8; nothing that is written can become
 * markup. Colours are inks, so that a page may choose them (light, dark), and a format that cannot
 * be told later takes the light ones.
 *
 * Drawing never fails: what memory cannot hold is reported by canvas_close. Not thread-safe. */
#ifndef PLOT_CANVAS_H
#define PLOT_CANVAS_H

#include <stdio.h>

#include "base/status.h"
#include "plot/ink.h"

#define CANVAS_FORMATS(X) X(svg) X(pdf)

typedef struct point {
    double x, y;
} point_t;

typedef struct pen {
    ink_t ink;
    double width;   /* of a line; 0 = 1                  */
    double opacity; /* 0 = 1: solid                      */
    int is_dashed;
    int is_filled; /* the shape, instead of its outline */
} pen_t;

typedef enum { ALIGN_LEFT, ALIGN_MIDDLE, ALIGN_RIGHT } align_t;

typedef struct lettering {
    ink_t ink;
    double size; /* 0 = CANVAS_TEXT_SIZE */
    align_t align;
    int is_upward; /* turned a quarter to the left */
    int is_bold;
} lettering_t;

#define CANVAS_TEXT_SIZE 10.0

typedef struct canvas canvas_t;

typedef struct canvas_format {
    const char *name; /* "svg": also what its files' names end in */
    void (*open)(canvas_t *canvas);
    void (*path)(canvas_t *canvas, size_t count, const point_t *points, const pen_t *pen);
    void (*circle)(canvas_t *canvas, point_t centre, double radius, const pen_t *pen);
    void (*text)(canvas_t *canvas, point_t at, const lettering_t *how, const char *text);
    status_t (*close)(canvas_t *canvas);
} canvas_format_t;

#define CANVAS_DECLARE(name) extern const canvas_format_t canvas_##name;
CANVAS_FORMATS(CANVAS_DECLARE)
#undef CANVAS_DECLARE

struct canvas {
    const canvas_format_t *format;
    double width, height;
    const char *title, *caption; /* borrowed: the text alternative of the whole         */
    int is_part;                 /* of a page that has the inks' colours already (SVG)  */
    long item;                   /* what is drawn next belongs to it; -1 = to none      */
    FILE *out;                   /* the format writes here                              */
    char *text;                  /* owned; complete after canvas_close                  */
    size_t size;
};

/* Every format, NULL-terminated. */
extern const canvas_format_t *const canvas_formats[];

/* An empty page. `title` and `caption` are borrowed until it is closed; the caller frees it with
 * canvas_free. */
canvas_t canvas_open(const canvas_format_t *format, double width, double height, const char *title,
                     const char *caption, int is_part);

/* The whole document is in text[0..size) then. STATUS_ENVIRONMENT: out of memory. */
status_t canvas_close(canvas_t *canvas);
void canvas_free(canvas_t *canvas); /* {0} is fine */

/* A line through the points, or the polygon that they bound where the pen fills. A point that is
 * not finite breaks a line in two. */
void canvas_path(canvas_t *canvas, size_t count, const point_t *points, pen_t pen);
void canvas_line(canvas_t *canvas, point_t from, point_t to, pen_t pen);
void canvas_box(canvas_t *canvas, point_t corner, double width, double height, pen_t pen);
void canvas_circle(canvas_t *canvas, point_t centre, double radius, pen_t pen);
void canvas_cross(canvas_t *canvas, point_t centre, double radius, pen_t pen);

/* `at` is on the base line. */
void canvas_text(canvas_t *canvas, point_t at, lettering_t how, const char *text);

/* How wide the text will be, points: by the widths of Helvetica, which others are near. */
double canvas_text_width(const char *text, double size);

#endif
