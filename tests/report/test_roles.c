/* Programs outside call norm, depth and learning rate what they like: tables of a sweep whose
 * options stand below params are those of the same sweep of our own engine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/recipe.h"
#include "report/roles.h"
#include "report/sweep_frame.h"

static void rename_numbers(frame_t *frame, const char *ours, const char *name, double fallback) {
    for (size_t i = 0; i < frame->rows; i++) {
        sweep_put(frame, name, i, frame_numbers(frame, ours)[i]);
        sweep_put(frame, ours, i, fallback);
    }
}

/* As store_load gives a sweep of a program outside: our own options have their defaults. */
static frame_t outside_frame(const char *norm) {
    frame_t frame = sweep_frame();
    for (size_t i = 0; i < frame.rows; i++) {
        frame_set_text(&frame, "external.command", i, "[\"true\"]");
        frame_set_text(&frame, norm, i, frame_texts(&frame, "model.norm")[i]);
        frame_set_text(&frame, "model.norm", i, "pre_ln");
    }
    rename_numbers(&frame, "train.lr", "params.optimizer.learning_rate", 1e-3);
    rename_numbers(&frame, "model.layers", "params.depth", 4);
    return frame;
}

static void assert_same_rows(const report_table_t *a, const report_table_t *b) {
    assert_int_equal(a->row_count, b->row_count);
    for (size_t r = 0; r < a->row_count; r++)
        for (size_t c = 0; c < a->column_count; c++) {
            const report_cell_t *x = &a->rows[r].cells[c], *y = &b->rows[r].cells[c];
            assert_memory_equal(x->value, y->value, sizeof x->value);
            if (x->text) assert_string_equal(x->text, y->text);
        }
}

static void tables_are_those_of_our_own_engine(void **state) {
    static const char *const names[] = {"table1", "table2", "strata", "sensitivity"};
    (void)state;
    frame_t inside = sweep_frame(), outside = outside_frame("params.norm_type");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        report_table_t ours = recipe_find(names[i])->make(&inside);
        report_table_t theirs = recipe_find(names[i])->make(&outside);
        assert_same_rows(&ours, &theirs);
        report_table_destroy(&ours);
        report_table_destroy(&theirs);
    }
    frame_clear(&inside);
    frame_clear(&outside);
}

static void which_names_were_taken_is_said(void **state) {
    char text[256];
    (void)state;
    frame_t inside = sweep_frame(), outside = outside_frame("params.norm");
    roles_describe(&outside, text, sizeof text);
    assert_string_equal(text, "params.norm stands for model.norm, params.depth stands for "
                              "model.layers, params.optimizer.learning_rate stands for train.lr");
    roles_describe(&inside, text, sizeof text);
    assert_string_equal(text, "");
    frame_clear(&inside);
    frame_clear(&outside);
}

/* Not "pre_ln", which is our engine's default. */
static void a_norm_that_nobody_named_is_not_known(void **state) {
    (void)state;
    frame_t outside = outside_frame("params.style");
    report_table_t table = recipe_table1(&outside);
    assert_int_equal(table.row_count, 1);
    assert_string_equal(report_cell(&table, 0, "norm")->text, "not known");
    assert_true(report_cell(&table, 0, "diverged")->value[1] == SWEEP_TRIALS);
    report_table_destroy(&table);
    frame_clear(&outside);
}

static const report_cell_t *find_auroc(const report_table_t *table, const char *predictor) {
    for (size_t r = 0; r < table->row_count; r++)
        if (!strcmp(report_cell(table, r, "predictor")->text, predictor))
            return report_cell(table, r, "auroc");
    fail_msg("no row %s", predictor);
    return NULL;
}

/* Text: a flag for each value, one for the second of two. What goes with divergence has AUROC 1,
 * what goes against it 0. */
static void every_varied_parameter_is_a_row(void **state) {
    (void)state;
    frame_t outside = outside_frame("params.style");
    for (size_t i = 0; i < outside.rows; i++) {
        int diverged = frame_numbers(&outside, "outcome/diverged")[i] == 1;
        sweep_put(&outside, "params.width", i, diverged ? 32 : 64);
        frame_set_text(&outside, "params.act", i, diverged ? "relu" : "gelu");
        sweep_put(&outside, "params.steps", i, 200); /* the same for all: no row */
    }
    report_table_t table = recipe_table2(&outside);
    assert_true(find_auroc(&table, "width")->value[0] == 0);
    assert_true(find_auroc(&table, "act is relu")->value[0] == 1);
    for (int norm = 0; norm < SWEEP_NORMS; norm++) {
        char label[64];
        snprintf(label, sizeof label, "style is %s", sweep_norms[norm].norm);
        assert_false(isnan(find_auroc(&table, label)->value[0]));
    }
    for (size_t r = 0; r < table.row_count; r++)
        assert_null(strstr(report_cell(&table, r, "predictor")->text, "steps"));
    report_table_destroy(&table);
    frame_clear(&outside);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_those_of_our_own_engine),
        cmocka_unit_test(which_names_were_taken_is_said),
        cmocka_unit_test(a_norm_that_nobody_named_is_not_known),
        cmocka_unit_test(every_varied_parameter_is_a_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
