/* Every format says the same as the table, and keeps to its own rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cjson/cJSON.h>
#include <stdlib.h>

#include "base/status.h"
#include "report/plain.h"
#include "report/recipe.h"
#include "report/render.h"
#include "report/sweep_frame.h"

static const report_column_t columns[] = {
    {"name", NULL, "name", CELL_TEXT, 0, "", 0},
    {"x", NULL, "the\nx", CELL_NUMBER, 2, "n/a", 0},
    {"mean", "sd", "mean", CELL_SPREAD, 2, "", 0},
    {"low", "high", "95%", CELL_INTERVAL, 1, "", 0},
    {"hits", "n", "rate", CELL_RATE, 0, "", 0},
    {"hidden", NULL, "hidden", CELL_NUMBER, 0, "", 1},
};

/* Two sections, a missing number, and characters that some format treats specially. */
static report_table_t small_table(void) {
    report_table_t table = report_table_create("small", columns, 6, "A %s", "title");
    report_add_row(&table, "first");
    report_set_text(&table, "name", "a,\"b\" | c_d & 5%%");
    report_set(&table, "x", 1.0 / 3);
    report_set_two(&table, "mean", 12.5, 0.25);
    report_set_two(&table, "low", 0.1, 0.9);
    report_set_two(&table, "hits", 3, 4);
    report_set(&table, "hidden", 7);
    report_mark(&table, "*");
    report_add_row(&table, "second");
    report_set_text(&table, "name", "M~1");
    report_set_two(&table, "mean", 1.5, NAN);
    report_note(&table, "*", "remark", "a remark");
    report_note_value(&table, "p", 0.5);
    return table;
}

/* What the renderer writes; the caller frees. */
static char *render(const char *format, const report_table_t *tables, size_t count) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    render_find(format)->render(tables, count, out);
    fclose(out);
    return text;
}

static void check_small(const char *format, const char *expected) {
    report_table_t table = small_table();
    char *text = render(format, &table, 1);
    assert_string_equal(text, expected);
    free(text);
    report_table_destroy(&table);
}

static void text_is_aligned(void **state) {
    (void)state;
    check_small("text", "A title\n"
                        "\n"
                        "                       the\n"
                        "name                     x          mean      95%  rate\n"
                        "───────────────────────────────────────────────────────\n"
                        "first\n"
                        "  a,\"b\" | c_d & 5% *  0.33  12.50 ± 0.25  0.1–0.9   3/4\n"
                        "second\n"
                        "  M~1                  n/a   1.50\n"
                        "───────────────────────────────────────────────────────\n"
                        "* a remark\n");
}

static void csv_has_every_column_in_full_precision(void **state) {
    (void)state;
    check_small("csv",
                "table,section,name,x,mean,sd,low,high,hits,n,hidden\n"
                "small,first,\"a,\"\"b\"\" | c_d & 5%\",0.3333333333333333,12.5,0.25,0.1,0.9,"
                "3,4,7\n"
                "small,second,M~1,,1.5,,,,,,\n");
}

static void markdown_escapes_and_keeps_columns_equal(void **state) {
    (void)state;
    check_small("markdown", "**A title**\n\n"
                            "| name | the x | mean | 95% | rate |\n"
                            "|---|--:|--:|--:|--:|\n"
                            "| **first** | | | | |\n"
                            "| a,\"b\" \\| c\\_d & 5% \\* | 0.33 | 12.50 ± 0.25 | 0.1–0.9 | 3/4 |\n"
                            "| **second** | | | | |\n"
                            "| M\\~1 | n/a | 1.50 |  |  |\n"
                            "\n- \\* a remark\n");
}

static void latex_escapes_what_it_treats_specially(void **state) {
    (void)state;
    report_table_t table = small_table();
    char *text = render("latex", &table, 1);
    assert_non_null(strstr(text, "a,\"b\" | c\\_d \\& 5\\%\\textsuperscript{*} & 0.33 & "
                                 "12.50 $\\pm$ 0.25 & 0.1--0.9 & 3/4 \\\\\n"));
    assert_non_null(strstr(text, "$M_{\\approx 1}$ & n/a & 1.50 &  &  \\\\\n"));
    assert_non_null(strstr(text, "\\begin{tabular}{lrrrr}"));
    free(text);
    report_table_destroy(&table);
}

static void json_is_versioned_and_missing_is_null(void **state) {
    (void)state;
    report_table_t table = small_table();
    char *text = render("json", &table, 1);
    cJSON *document = cJSON_Parse(text);
    assert_non_null(document);
    assert_string_equal(cJSON_GetObjectItem(document, "format")->valuestring, "koopsweep.tables");
    assert_int_equal(cJSON_GetObjectItem(document, "version")->valueint, 2);
    cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItem(document, "tables"), 0);
    cJSON *rows = cJSON_GetObjectItem(first, "rows");
    assert_true(cJSON_GetObjectItem(cJSON_GetArrayItem(rows, 0), "x")->valuedouble == 1.0 / 3);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(cJSON_GetArrayItem(rows, 1), "x")));
    cJSON *note = cJSON_GetArrayItem(cJSON_GetObjectItem(first, "notes"), 0);
    assert_true(cJSON_GetObjectItem(cJSON_GetObjectItem(note, "values"), "p")->valuedouble == 0.5);
    cJSON_Delete(document);
    free(text);
    report_table_destroy(&table);
}

static void text_is_ascii_where_the_locale_is(void **state) {
    (void)state;
    setenv("LC_ALL", "C", 1);
    check_small("text", "A title\n"
                        "\n"
                        "                       the\n"
                        "name                     x           mean      95%  rate\n"
                        "--------------------------------------------------------\n"
                        "first\n"
                        "  a,\"b\" | c_d & 5% *  0.33  12.50 +- 0.25  0.1-0.9   3/4\n"
                        "second\n"
                        "  M~1                  n/a   1.50\n"
                        "--------------------------------------------------------\n"
                        "* a remark\n");
    frame_t frame = sweep_frame();
    for (size_t i = 0; recipes[i].name; i++) {
        report_table_t table = recipes[i].make(&frame);
        char *text = render("text", &table, 1);
        for (const char *c = text; *c; c++)
            if ((unsigned char)*c > 0x7f) fail_msg("%s: not ASCII: %.40s", recipes[i].name, c);
        if (strstr(text, "?? ")) fail_msg("%s: unknown characters", recipes[i].name);
        free(text);
        report_table_destroy(&table);
    }
    frame_clear(&frame);
    setenv("LC_ALL", "C.UTF-8", 1);
}

static void the_first_locale_that_is_set_counts(void **state) {
    (void)state;
    setenv("LC_ALL", "", 1);
    setenv("LC_CTYPE", "", 1);
    setenv("LANG", "de_DE.utf8", 1);
    assert_false(plain_is_wanted());
    setenv("LC_CTYPE", "POSIX", 1);
    assert_true(plain_is_wanted());
    setenv("LC_ALL", "en_US.UTF-8", 1);
    assert_false(plain_is_wanted());
    unsetenv("LC_ALL");
    unsetenv("LC_CTYPE");
    setenv("LANG", "de_DE", 1);
    assert_true(plain_is_wanted());
    unsetenv("LANG");
    assert_true(plain_is_wanted());
    setenv("LC_ALL", "C.UTF-8", 1);
}

static void plain_text_has_words_for_signs(void **state) {
    (void)state;
    char copy[64];
    plain_copy("κ(V) 0.16 ± 0.01, 1–2 † ü", copy, sizeof copy);
    assert_string_equal(copy, "kappa(V) 0.16 +- 0.01, 1-2 ^ ?");
    plain_copy("κκ", copy, 8);
    assert_string_equal(copy, "kappaka");
    plain_copy("a\xc3", copy, sizeof copy); /* cut in the middle of a character */
    assert_string_equal(copy, "a?");
}

static void recipes_fit_110_columns(const frame_t *frame) {
    for (size_t i = 0; recipes[i].name; i++) {
        report_table_t table = recipes[i].make(frame);
        char *text = render("text", &table, 1), *rest = text;
        for (char *line; (line = strsep(&rest, "\n"));) {
            int width = 0;
            for (char *c = line; *c; c++) width += ((unsigned char)*c & 0xc0) != 0x80;
            if (width > 110) fail_msg("%s: %d columns: %s", recipes[i].name, width, line);
        }
        free(text);
        report_table_destroy(&table);
    }
}

static void every_recipe_fits_110_columns(void **state) {
    (void)state;
    frame_t sweep = sweep_frame(), arms = arms_frame();
    recipes_fit_110_columns(&sweep);
    recipes_fit_110_columns(&arms);
    frame_clear(&sweep);
    frame_clear(&arms);
}

static void shows(cell_kind_t kind, double value, const char *expected) {
    const report_column_t column = {"p", NULL, "p", kind, 3, "", 0};
    report_cell_t cell = {.value = {value, NAN}, .decimals = 3};
    char text[CELL_SHOWN_MAX];
    report_show(&column, &cell, text);
    assert_string_equal(text, expected);
}

static void no_probability_is_shown_as_zero(void **state) {
    (void)state;
    shows(CELL_P_VALUE, 0.0123, "0.012");
    shows(CELL_P_VALUE, 0.0006, "0.001");
    shows(CELL_P_VALUE, 0.0004, "<0.001");
    shows(CELL_P_VALUE, NAN, "");
    shows(CELL_NUMBER, 0.0004, "0.000");
    shows(CELL_NUMBER, -0.0004, "0.000");
}

static void large_numbers_stay_short(void **state) {
    (void)state;
    shows(CELL_NUMBER, 99999.25, "99999.250");
    shows(CELL_NUMBER, 681060.7, "6.81e+05");
    shows(CELL_NUMBER, -3279806861155558227968.0, "-3.28e+21");
}

static void numbers_read_back_exactly(void **state) {
    (void)state;
    double values[] = {0.1, 1.0 / 3, 1e300, 123456789, -0.0, 5e-324, 0.30000000000000004};
    char text[32];
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        render_number(values[i], text);
        assert_true(strtod(text, NULL) == values[i]);
    }
    render_number(0.1, text);
    assert_string_equal(text, "0.1");
    render_number(NAN, text);
    assert_string_equal(text, "");
}

static void unknown_names_are_answered(void **state) {
    (void)state;
    assert_null(render_find("html"));
    assert_null(recipe_find("tabel1"));
    assert_non_null(strstr(status_message(), "did you mean table1?"));
    assert_non_null(strstr(status_message(), "table2"));
    assert_ptr_equal(recipe_find("strata")->make, recipe_strata);
}

int main(void) {
    setenv("LC_ALL", "C.UTF-8", 1); /* whatever the machine has: the tests choose */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_aligned),
        cmocka_unit_test(csv_has_every_column_in_full_precision),
        cmocka_unit_test(markdown_escapes_and_keeps_columns_equal),
        cmocka_unit_test(latex_escapes_what_it_treats_specially),
        cmocka_unit_test(json_is_versioned_and_missing_is_null),
        cmocka_unit_test(text_is_ascii_where_the_locale_is),
        cmocka_unit_test(the_first_locale_that_is_set_counts),
        cmocka_unit_test(plain_text_has_words_for_signs),
        cmocka_unit_test(every_recipe_fits_110_columns),
        cmocka_unit_test(no_probability_is_shown_as_zero),
        cmocka_unit_test(large_numbers_stay_short),
        cmocka_unit_test(numbers_read_back_exactly),
        cmocka_unit_test(unknown_names_are_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
