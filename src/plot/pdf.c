/* PDF 1.4, one page of vectors and Helvetica, which every reader has; so nothing is embedded.
 * Objects: 1 catalogue, 2 pages, 3 the page, 4 and 5 fonts, 6 opacities, 7 what is drawn. */
#include <stdlib.h>
#include <string.h>

#include "plot/canvas.h"

enum { OBJECTS = 7, OPACITIES = 10 };

/* The drawing is one object whose length stands in front of it: it is written into the canvas's
 * stream, and what goes around it is put there at the end. */
static void open(canvas_t *canvas) {
    const canvas_t *c = canvas;
    fprintf(c->out, "1 0 0 -1 0 %g cm\n1 J 1 j\n", c->height);
}

static void set_colour(canvas_t *canvas, ink_t ink, const char *operation) {
    colour_t c = ink_colour(THEME_LIGHT, ink);
    fprintf(canvas->out, "%.3f %.3f %.3f %s\n", c.red / 255.0, c.green / 255.0, c.blue / 255.0,
            operation);
}

static void set_pen(canvas_t *canvas, const pen_t *pen) {
    int tenths =
        pen->opacity > 0 && pen->opacity < 1 ? (int)(pen->opacity * OPACITIES + .5) : OPACITIES;
    fprintf(canvas->out, "/O%d gs\n", tenths < 1 ? 1 : tenths);
    set_colour(canvas, pen->ink, pen->is_filled ? "rg" : "RG");
    if (!pen->is_filled)
        fprintf(canvas->out, "%g w %s d\n", pen->width > 0 ? pen->width : 1,
                pen->is_dashed ? "[4 3] 0" : "[] 0");
}

static void path(canvas_t *canvas, size_t count, const point_t *points, const pen_t *pen) {
    set_pen(canvas, pen);
    for (size_t i = 0; i < count; i++)
        fprintf(canvas->out, "%.2f %.2f %c\n", points[i].x, points[i].y, i ? 'l' : 'm');
    fputs(pen->is_filled ? "f\n" : "S\n", canvas->out);
}

/* Four Bezier arcs; their handles are 4/3 (sqrt 2 - 1) radii long. */
static void circle(canvas_t *canvas, point_t p, double r, const pen_t *pen) {
    static const double corner[4][2] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
    double h = 0.55228475 * r;
    set_pen(canvas, pen);
    fprintf(canvas->out, "%.2f %.2f m\n", p.x + r, p.y);
    for (int k = 0; k < 4; k++) {
        const double *a = corner[k], *b = corner[(k + 1) % 4];
        fprintf(canvas->out, "%.2f %.2f %.2f %.2f %.2f %.2f c\n", p.x + r * a[0] + h * b[0],
                p.y + r * a[1] + h * b[1], p.x + r * b[0] + h * a[0], p.y + r * b[1] + h * a[1],
                p.x + r * b[0], p.y + r * b[1]);
    }
    fputs(pen->is_filled ? "f\n" : "S\n", canvas->out);
}

/* What the fonts' encoding (WinAnsi) has beyond ASCII and figures use, or what stands for it. */
static const char *const letters[][2] = {
    {"±", "\\261"},  {"·", "\\267"}, {"×", "\\327"}, {"²", "\\262"}, {"–", "\\226"},
    {"—", "\\227"},  {"−", "-"},     {"†", "\\206"}, {"≤", "<="},    {"≥", ">="},
    {"λ", "lambda"}, {"ρ", "rho"},   {"κ", "kappa"}, {"η", "eta"},   {"α", "alpha"},
    {"Δ", "Delta"},  {"…", "\\205"}, {"“", "\\223"}, {"”", "\\224"}, {"’", "\\222"},
};

/* The letter at `text`, written; returns what follows it. */
static const char *write_letter(FILE *out, const char *text) {
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++) {
        size_t length = strlen(letters[i][0]);
        if (strncmp(text, letters[i][0], length) != 0) continue;
        fputs(letters[i][1], out);
        return text + length;
    }
    if ((unsigned char)*text < 0x80) {
        if (strchr("()\\", *text)) fputc('\\', out);
        fputc((unsigned char)*text < ' ' ? ' ' : *text, out);
        return text + 1;
    }
    fputc('?', out);
    for (text++; (*text & 0xc0) == 0x80;) text++;
    return text;
}

static void text(canvas_t *canvas, point_t at, const lettering_t *how, const char *text) {
    FILE *out = canvas->out;
    double width = canvas_text_width(text, how->size);
    double back = how->align == ALIGN_LEFT ? 0 : how->align == ALIGN_RIGHT ? width : width / 2;
    set_colour(canvas, how->ink, "rg");
    fprintf(out, "/O%d gs BT /F%d %g Tf ", OPACITIES, how->is_bold ? 2 : 1, how->size);
    if (how->is_upward) /* letters stand on their heads where y goes down: turned back here */
        fprintf(out, "0 -1 -1 0 %.2f %.2f Tm (", at.x, at.y + back);
    else
        fprintf(out, "1 0 0 -1 %.2f %.2f Tm (", at.x - back, at.y);
    while (*text) text = write_letter(out, text);
    fputs(") Tj ET\n", out);
}

static void write_title(FILE *out, const char *title) {
    fputs("/Title (", out);
    while (*title) title = write_letter(out, title);
    fputs(")", out);
}

static void write_objects(canvas_t *canvas, FILE *out, const char *drawing, size_t size) {
    long at[OBJECTS + 1];
    fputs("%PDF-1.4\n", out);
    at[1] = ftell(out);
    fputs("1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\n", out);
    at[2] = ftell(out);
    fputs("2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj\n", out);
    at[3] = ftell(out);
    fprintf(out,
            "3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 %g %g] /Contents 7 0 R\n"
            "/Resources << /Font << /F1 4 0 R /F2 5 0 R >> /ExtGState 6 0 R >> >> endobj\n",
            canvas->width, canvas->height);
    for (int bold = 0; bold < 2; bold++) {
        at[4 + bold] = ftell(out);
        fprintf(out,
                "%d 0 obj << /Type /Font /Subtype /Type1 /BaseFont /Helvetica%s\n"
                "/Encoding /WinAnsiEncoding >> endobj\n",
                4 + bold, bold ? "-Bold" : "");
    }
    at[6] = ftell(out);
    fputs("6 0 obj <<", out);
    for (int o = 1; o <= OPACITIES; o++)
        fprintf(out, " /O%d << /ca %g /CA %g >>", o, (double)o / OPACITIES, (double)o / OPACITIES);
    fputs(" >> endobj\n", out);
    at[7] = ftell(out);
    fprintf(out, "7 0 obj << /Length %zu >> stream\n", size);
    fwrite(drawing, 1, size, out);
    fputs("endstream endobj\n", out);
    long table = ftell(out);
    fprintf(out, "xref\n0 %d\n0000000000 65535 f \n", OBJECTS + 1);
    for (int k = 1; k <= OBJECTS; k++) fprintf(out, "%010ld 00000 n \n", at[k]);
    fprintf(out, "trailer << /Size %d /Root 1 0 R /Info << ", OBJECTS + 1);
    write_title(out, canvas->title);
    fprintf(out, " >> >>\nstartxref\n%ld\n%%%%EOF\n", table);
}

static status_t close(canvas_t *canvas) {
    fflush(canvas->out);
    size_t size = canvas->size;
    char *drawing = malloc(size + 1);
    CHECK(drawing, STATUS_ENVIRONMENT, "out of memory for a figure");
    memcpy(drawing, canvas->text, size);
    rewind(canvas->out);
    write_objects(canvas, canvas->out, drawing, size);
    free(drawing);
    return STATUS_OK;
}

const canvas_format_t canvas_pdf = {
    .name = "pdf", .open = open, .path = path, .circle = circle, .text = text, .close = close};
