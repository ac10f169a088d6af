/* Every table of alternatives: each row has a name of its own, a line of documentation, and what
 * its kind cannot do without. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/op.h"
#include "kernel/precision.h"
#include "model/arch.h"
#include "model/norm.h"
#include "optim/optim.h"
#include "policy/policy.h"
#include "stabilizer/stabilizer.h"
#include "task/task.h"
#include "train/train.h"

/* Names and docs of a NULL-terminated table whose rows begin with name and doc. */
typedef struct labelled {
    const char *name, *doc;
} labelled_t;

static void check_labels(const void *table) {
    const labelled_t *const *rows = table;
    assert_non_null(rows[0]);
    for (int i = 0; rows[i]; i++) {
        assert_non_null(rows[i]->name);
        assert_non_null(rows[i]->doc);
        assert_true(strlen(rows[i]->name) > 0 && strlen(rows[i]->name) < FIELD_NAME_MAX);
        assert_true(strlen(rows[i]->doc) > 3);
        for (int k = 0; k < i; k++) assert_string_not_equal(rows[i]->name, rows[k]->name);
    }
}

static void names_and_docs(void **state) {
    (void)state;
    check_labels(op_rows);
    check_labels(precision_rows);
    check_labels(arch_rows);
    check_labels(norm_rows);
    check_labels(task_rows);
    check_labels(optim_rows);
    check_labels(schedule_rows);
    check_labels(stabilizer_rows);
    check_labels(policy_rows);
}

static void operators_have_both_builds(void **state) {
    (void)state;
    for (int i = 0; op_rows[i]; i++)
        for (int build = VALUES; build <= TANGENTS; build++) {
            assert_non_null(backend_forward(&backend_host, op_rows[i], build));
            assert_non_null(backend_backward(&backend_host, op_rows[i], build));
        }
}

/* A stabilizer's key is one of its own options, and off unless a file says otherwise. */
static void stabilizers_are_switched_on_by_an_option_of_their_own(void **state) {
    (void)state;
    for (int i = 0; stabilizer_rows[i]; i++) {
        const stabilizer_row_t *row = stabilizer_rows[i];
        int found = 0;
        for (size_t k = 0; k < row->options->count; k++) {
            const field_t *field = &row->options->fields[k];
            if (strcmp(field->key, row->key) != 0) continue;
            found++;
            assert_true(!strcmp(field->fallback, "0") || !strcmp(field->fallback, "false"));
        }
        if (found != 1) fail_msg("%s", row->name);
    }
}

/* A sweep file can name every option: keys are unique, documented, and have a default. */
static void options_are_complete(void **state) {
    (void)state;
    for (int s = 0; train_field_sets[s]; s++)
        for (size_t i = 0; i < train_field_sets[s]->count; i++) {
            const field_t *field = &train_field_sets[s]->fields[i];
            assert_non_null(field->fallback);
            assert_true(field->doc && strlen(field->doc) > 3);
            assert_true(field->type != FIELD_CHOICE || (field->choices && field->choices()[0]));
            for (int r = 0; r <= s; r++)
                for (size_t k = 0; k < (r < s ? train_field_sets[r]->count : i); k++)
                    assert_string_not_equal(field->key, train_field_sets[r]->fields[k].key);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_docs), cmocka_unit_test(operators_have_both_builds),
        cmocka_unit_test(stabilizers_are_switched_on_by_an_option_of_their_own),
        cmocka_unit_test(options_are_complete)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
