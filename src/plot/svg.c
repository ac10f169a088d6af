/* SVG 1.1, one element a shape. A shape that belongs to a trial carries its number in data-t, by
 * which a page's script finds all that belongs together. */
#include <math.h>
#include <string.h>

#include "plot/canvas.h"

/* Whatever a user may call things: markup in it stays text. Control characters, which XML has no
 * way to write, become blanks. */
static void write_text(FILE *out, const char *text) {
    for (const char *c = text; *c; c++) {
        if (*c == '<')
            fputs("&lt;", out);
        else if (*c == '>')
            fputs("&gt;", out);
        else if (*c == '&')
            fputs("&amp;", out);
        else if (*c == '"')
            fputs("&quot;", out);
        else
            fputc((unsigned char)*c < ' ' ? ' ' : *c, out);
    }
}

/* A tenth of a point is finer than any screen, and shorter than more digits. */
static void write_number(FILE *out, double x) {
    char text[32];
    snprintf(text, sizeof text, "%.1f", x);
    size_t length = strlen(text);
    if (text[length - 1] == '0') text[length - 2] = '\0';
    fputs(strcmp(text, "-0") == 0 ? "0" : text, out);
}

static void write_attribute(FILE *out, const char *name, double x) {
    fprintf(out, " %s=\"", name);
    write_number(out, x);
    fputc('"', out);
}

static void open(canvas_t *canvas) {
    FILE *out = canvas->out;
    fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\"", canvas->width,
            canvas->height);
    fprintf(out, " width=\"%g\" height=\"%g\" role=\"img\"", canvas->width, canvas->height);
    fputs(" font-family=\"Helvetica,Arial,sans-serif\"><title>", out);
    write_text(out, canvas->title);
    fputs("</title><desc>", out);
    write_text(out, canvas->caption);
    fputs("</desc>\n", out);
    if (canvas->is_part) return;
    fputs("<style>\n", out);
    ink_write_css(out, THEME_LIGHT, "");
    fprintf(out, "</style><rect width=\"100%%\" height=\"100%%\" class=\"f%d\"/>\n", INK_PAPER);
}

static status_t close(canvas_t *canvas) {
    fputs("</svg>\n", canvas->out);
    return STATUS_OK;
}

static void write_pen(canvas_t *canvas, const pen_t *pen) {
    FILE *out = canvas->out;
    if (pen->is_filled)
        fprintf(out, " class=\"f%d\"", pen->ink);
    else
        fprintf(out, " class=\"s%d\" fill=\"none\"", pen->ink);
    if (!pen->is_filled && pen->width > 0) write_attribute(out, "stroke-width", pen->width);
    if (pen->opacity > 0 && pen->opacity < 1) fprintf(out, " opacity=\"%.2g\"", pen->opacity);
    if (pen->is_dashed) fputs(" stroke-dasharray=\"4 3\"", out);
    if (canvas->item >= 0) fprintf(out, " data-t=\"%ld\"", canvas->item);
    fputs("/>\n", out);
}

static void path(canvas_t *canvas, size_t count, const point_t *points, const pen_t *pen) {
    FILE *out = canvas->out;
    fputs("<path d=\"", out);
    for (size_t i = 0; i < count; i++) {
        fputc(i ? 'L' : 'M', out);
        write_number(out, points[i].x);
        fputc(' ', out);
        write_number(out, points[i].y);
    }
    fputc('"', out);
    write_pen(canvas, pen);
}

static void circle(canvas_t *canvas, point_t centre, double radius, const pen_t *pen) {
    fputs("<circle", canvas->out);
    write_attribute(canvas->out, "cx", centre.x);
    write_attribute(canvas->out, "cy", centre.y);
    write_attribute(canvas->out, "r", radius);
    write_pen(canvas, pen);
}

static void text(canvas_t *canvas, point_t at, const lettering_t *how, const char *text) {
    static const char *const anchors[] = {
        [ALIGN_LEFT] = NULL, [ALIGN_MIDDLE] = "middle", [ALIGN_RIGHT] = "end"};
    FILE *out = canvas->out;
    fputs("<text", out);
    write_attribute(out, "x", at.x);
    write_attribute(out, "y", at.y);
    write_attribute(out, "font-size", how->size);
    fprintf(out, " class=\"f%d\"", how->ink);
    if (anchors[how->align]) fprintf(out, " text-anchor=\"%s\"", anchors[how->align]);
    if (how->is_bold) fputs(" font-weight=\"bold\"", out);
    if (how->is_upward) {
        fputs(" transform=\"rotate(-90 ", out);
        write_number(out, at.x);
        fputc(' ', out);
        write_number(out, at.y);
        fputs(")\"", out);
    }
    if (canvas->item >= 0) fprintf(out, " data-t=\"%ld\"", canvas->item);
    fputc('>', out);
    write_text(out, text);
    fputs("</text>\n", out);
}

const canvas_format_t canvas_svg = {
    .name = "svg", .open = open, .path = path, .circle = circle, .text = text, .close = close};
