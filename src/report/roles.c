#include "report/roles.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

enum { NAMES_MAX = 8 }; /* the last one NULL */

typedef struct role {
    const char *option, *names[NAMES_MAX];
} role_t;

#define ROLE(option_, ...) {.option = option_, .names = {__VA_ARGS__}},
static const role_t roles[] = {
#include "analysis/roles.def"
};
#undef ROLE
enum { ROLES = sizeof roles / sizeof *roles };

/* The command of a run that a program outside trained; NULL: our own engine did. */
static const char *command_of(const frame_t *frame, size_t row) {
    const frame_column_t *command = frame_find(frame, "external.command");
    int is_asked =
        command && command->text && *command->text[row] && strcmp(command->text[row], "[]");
    return is_asked ? command->text[row] : NULL;
}

static int has_outside(const frame_t *frame) {
    for (size_t row = 0; row < frame->rows; row++)
        if (command_of(frame, row)) return 1;
    return 0;
}

/* Is "params.optimizer.lr" a parameter of the last name "lr"? */
static int is_called(const char *column, const char *name) {
    const char *last = strrchr(column, '.');
    return strncmp(column, "params.", 7) == 0 && last && strcmp(last + 1, name) == 0;
}

/* A norm that is a number, or a rate that is a word, is no such thing. */
static int is_of_kind(const frame_t *frame, const role_t *role, const frame_column_t *column) {
    const frame_column_t *ours = frame_find(frame, role->option);
    return !ours || !ours->text == !column->text;
}

static const frame_column_t *find_parameter(const frame_t *frame, const role_t *role) {
    for (const char *const *name = role->names; *name; name++)
        for (size_t c = 0; c < frame->column_count; c++) {
            const frame_column_t *column = &frame->columns[c];
            if (is_called(column->name, *name) && is_of_kind(frame, role, column)) return column;
        }
    return NULL;
}

static void fill_texts(frame_t *frame, const char *option, const frame_column_t *parameter) {
    char **texts = parameter ? parameter->text : NULL;
    for (size_t row = 0; row < frame->rows; row++)
        if (command_of(frame, row)) frame_set_text(frame, option, row, texts ? texts[row] : "");
}

static void fill_numbers(frame_t *frame, const char *option, const frame_column_t *parameter) {
    const double *numbers = parameter ? parameter->number : NULL;
    double *own = frame_numbers(frame, option);
    for (size_t row = 0; row < frame->rows; row++)
        if (command_of(frame, row)) own[row] = numbers ? numbers[row] : NAN;
}

/* Columns may move when one is added: what is borrowed is looked for anew. */
static void fill_role(frame_t *frame, const role_t *role) {
    const frame_column_t *parameter = find_parameter(frame, role);
    const frame_column_t *ours = frame_find(frame, role->option);
    if (!ours && !parameter) return;
    if (ours ? ours->text != NULL : parameter->text != NULL) {
        frame_texts(frame, role->option);
        fill_texts(frame, role->option, find_parameter(frame, role));
    } else {
        frame_numbers(frame, role->option);
        fill_numbers(frame, role->option, find_parameter(frame, role));
    }
}

void roles_fill(frame_t *frame) {
    if (!has_outside(frame)) return;
    for (size_t r = 0; r < ROLES; r++) fill_role(frame, &roles[r]);
}

void roles_move(frame_t *frame) {
    if (!has_outside(frame)) return;
    for (size_t r = 0; r < ROLES; r++) {
        fill_role(frame, &roles[r]);
        const frame_column_t *parameter = find_parameter(frame, &roles[r]);
        if (parameter) frame_drop(frame, parameter->name);
    }
}

void roles_describe(const frame_t *frame, char *text, size_t size) {
    *text = '\0';
    if (!has_outside(frame)) return;
    for (size_t r = 0; r < ROLES; r++) {
        const frame_column_t *parameter = find_parameter(frame, &roles[r]);
        if (parameter)
            text_append(text, size, "%s%s stands for %s", *text ? ", " : "", parameter->name,
                        roles[r].option);
    }
}
