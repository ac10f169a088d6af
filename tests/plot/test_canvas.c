/* Figures are well-formed documents, whatever the texts in them, and say what was drawn. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plot/panel.h"

static const char hostile[] = "</title><script>alert(1)</script>\" onload=\"x\x01 )Tj ( \\";

static canvas_t draw(const canvas_format_t *format, const char *text) {
    canvas_t canvas = canvas_open(format, 320, 200, text, text, 0);
    const double x[] = {1e-3, 1e-2, 1e-1}, y[] = {0.5, NAN, 2};
    const double low[] = {0.4, 0.5, 1}, high[] = {0.6, 0.7, 3};
    panel_t panel = panel_fill(&canvas, 16, axis_over(3, x, 1, text), axis_over(3, y, 0, text));
    panel_draw(&panel);
    panel_band(&panel, 3, x, low, high, (pen_t){.ink = ink_series(0), .opacity = 0.2});
    panel_line(&panel, 3, x, y, (pen_t){.ink = ink_series(1), .is_dashed = 1});
    canvas.item = 7;
    canvas_cross(&canvas, panel_place(&panel, 1e-2, 1), 3, (pen_t){.ink = INK_BAD});
    canvas_circle(&canvas, panel_place(&panel, 1e-2, 1), 3, (pen_t){.ink = ink_heat(0.5)});
    canvas.item = -1;
    legend_draw(&canvas, (point_t){40, 0}, 1,
                &(legend_t){.mark = MARK_LINE, .pen = {.ink = INK_BAD}, .text = text});
    assert_int_equal(canvas_close(&canvas), STATUS_OK);
    return canvas;
}

static size_t count_of(const char *text, const char *word) {
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, word)); at += strlen(word)) count++;
    return count;
}

/* Every "<" opens one of our elements or closes it, and no attribute came in by a text. */
static void no_text_becomes_markup(void **state) {
    (void)state;
    canvas_t plain = draw(&canvas_svg, "x"), canvas = draw(&canvas_svg, hostile);
    assert_int_equal(count_of(canvas.text, "<"), count_of(plain.text, "<"));
    assert_int_equal(count_of(canvas.text, "\""), count_of(plain.text, "\""));
    assert_null(strstr(canvas.text, "<script"));
    assert_null(strchr(canvas.text, 1));
    assert_non_null(strstr(canvas.text, "&lt;script&gt;alert(1)"));
    canvas_free(&plain);
    canvas_free(&canvas);
}

static void elements_of_a_trial_carry_its_number(void **state) {
    (void)state;
    canvas_t canvas = draw(&canvas_svg, "x");
    assert_int_equal(count_of(canvas.text, "data-t=\"7\""), 2);
    canvas_free(&canvas);
}

static void a_missing_number_breaks_the_line(void **state) {
    (void)state;
    canvas_t canvas = draw(&canvas_svg, "x");
    assert_null(strstr(canvas.text, "nan"));
    assert_null(strstr(canvas.text, "stroke-dasharray")); /* two lone points are no line */
    canvas_free(&canvas);
}

/* The table at the end of a PDF says where each object begins, the drawing how long it is. */
static void a_pdf_knows_where_its_objects_are(void **state) {
    (void)state;
    canvas_t canvas = draw(&canvas_pdf, hostile);
    const char *text = canvas.text, *tail = strstr(text, "startxref\n");
    assert_non_null(tail);
    const char *table = text + atol(tail + strlen("startxref\n"));
    assert_memory_equal(table, "xref\n0 8\n", 9);
    for (int k = 1; k < 8; k++) {
        char begin[16];
        int length = snprintf(begin, sizeof begin, "%d 0 obj", k);
        assert_memory_equal(text + atol(table + 9 + 20 * k), begin, (size_t)length);
    }
    const char *drawing = strstr(text, "stream\n") + strlen("stream\n");
    size_t length = strtoul(strstr(text, "/Length ") + 8, NULL, 10);
    assert_memory_equal(drawing + length, "endstream", 9);
    canvas_free(&canvas);
}

/* An unescaped parenthesis would end the string, and the rest be read as operators. */
static void no_text_becomes_an_operator_of_a_pdf(void **state) {
    (void)state;
    canvas_t canvas = draw(&canvas_pdf, hostile);
    assert_null(strstr(canvas.text, "x )Tj"));
    assert_non_null(strstr(canvas.text, "x  \\)Tj \\( \\\\"));
    canvas_free(&canvas);
}

static void helvetica_is_as_wide_as_adobe_says(void **state) {
    (void)state;
    assert_true(fabs(canvas_text_width("AV i", 10) - (6.67 + 6.67 + 2.78 + 2.22)) < 1e-9);
    assert_true(fabs(canvas_text_width("±", 10) - canvas_text_width("0", 10)) < 1e-9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_text_becomes_markup),
        cmocka_unit_test(elements_of_a_trial_carry_its_number),
        cmocka_unit_test(a_missing_number_breaks_the_line),
        cmocka_unit_test(a_pdf_knows_where_its_objects_are),
        cmocka_unit_test(no_text_becomes_an_operator_of_a_pdf),
        cmocka_unit_test(helvetica_is_as_wide_as_adobe_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
