/* fields.c: the description of all options, for people. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "spec/free.h"
#include "spec/needs.h"

/* "int, 1 to 100", "one of: pre_ln, none", "true or false". */
static void describe_type(const field_t *field, char *text, size_t size) {
    static const char *const names[] = {
        [FIELD_BOOL] = "true or false",
        [FIELD_INT] = "whole number",
        [FIELD_REAL] = "number",
        [FIELD_TEXT] = "text",
        [FIELD_CHOICE] = "one of ",
        [FIELD_INT_LIST] = "list of whole numbers",
        [FIELD_FREE] = "text, number, true or false, or a list of these",
    };
    char limits[2][32];
    snprintf(text, size, "%s", names[field->type]);
    int is_number =
        field->type == FIELD_INT || field->type == FIELD_REAL || field->type == FIELD_INT_LIST;
    if (field->type == FIELD_CHOICE) text_join(field->choices(), text + strlen(text), size - 16);
    if (!is_number) return;
    snprintf(limits[0], sizeof limits[0], isfinite(field->min) ? "%.15g" : "any", field->min);
    snprintf(limits[1], sizeof limits[1], isfinite(field->max) ? "%.15g" : "any", field->max);
    text_append(text, size, ", %s to %s", limits[0], limits[1]);
}

/* What only arms may set, or the file names itself, stands as a comment: the top of a file does not
 * take it. */
static void print_field(const field_t *field, bool is_comment) {
    char type[1024], needs[256];
    const char *quote = field->type == FIELD_TEXT ? "\"" : "";
    describe_type(field, type, sizeof type);
    printf("%s%s:%s%s%s%s\n    # %s\n    # %s\n", is_comment ? "# " : "", field->key,
           *quote || *field->fallback ? " " : "", quote, field->fallback, quote, field->doc, type);
    if (field->keeps_results) printf("    # the same for all trials; changes no result\n");
    needs_describe(field->needs ? field->needs : "", needs, sizeof needs);
    if (*needs) printf("    # only with %s\n", needs);
    needs_describe(field->off_with ? field->off_with : "", needs, sizeof needs);
    if (*needs) printf("    # without effect where %s\n", needs);
}

/* What a sweep file may say beside options: the form of spec/spec.h, for its writer. */
static const char form[] =
    "# A sweep file is YAML. It needs a name; beside options it may say:\n"
    "#\n"
    "#   name: mine          letters, digits, _ and -; it runs in runs/mine\n"
    "#   seed: 42            root of all random numbers\n"
    "#   replicas: 1         repetitions of every configuration\n"
    "#   axes:               options that vary; count before the same option outside\n"
    "#     product: {train.lr: [1e-3, 1e-2], model.norm: [pre_ln, none]}\n"
    "#                       every combination\n"
    "#     zip: {model.layers: [4, 8], model.width: [128, 256]}\n"
    "#                       side by side: 4 with 128, 8 with 256\n"
    "#                       (several groups: a list of mappings)\n"
    "#     random: {count: 20, seed: 1, train.clip: {log: [0.1, 10]}, model.norm: {choice: [a, "
    "b]}}\n"
    "#                       20 samples, more keep those before; also uniform and integer: [0, 8]\n"
    "#     when: [{model.norm: none, product: {train.clip: [0, 1]}}]\n"
    "#                       only where model.norm is none; product and zip as above\n"
    "#     In place of a list: {logspace: {from: 1e-4, to: 1e-1, count: 5}}, or linspace.\n"
    "#   exclude: [{model.norm: none, model.layers: 8}]\n"
    "#                       drops what matches all keys of an entry\n"
    "#   include: [{model.norm: none, train.lr: 3e-2}]\n"
    "#                       adds one configuration each\n"
    "#   arms: {base: {}, clip: {train.clip: 1}}\n"
    "#                       every configuration in each arm, in pairs\n"
    "#   search: {key: train.lr, from: 1e-3, to: 3e-2, rounds: 5, below: 0.2}\n"
    "#                       the largest value that most replicas survive\n"
    "#\n"
    "# Options are dotted (train.lr: 1e-3) or nested (train: {lr: 1e-3}): the same.\n"
    "# Where an option is switched off (\"only with\" and \"without effect\" below) it counts\n"
    "# as its default, and configurations that differ in nothing else run once.\n"
    "#\n";

void spec_print_fields(const field_set_t *const *sets) {
    printf("%s# Every option of a sweep file with its default, what it means, what it takes.\n",
           form);
    for (; *sets; sets++) {
        bool is_of_arms = (*sets)->is_of_arms;
        printf("\n# %s%s\n\n", (*sets)->name, is_of_arms ? "; below arms only" : "");
        for (size_t i = 0; i < (*sets)->count; i++) {
            const field_t *field = &(*sets)->fields[i];
            print_field(field, is_of_arms || free_is_wildcard(field->key));
        }
    }
}
