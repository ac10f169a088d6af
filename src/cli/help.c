/* help.c: the texts of --help, made from the same rows that parse the command line. */
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"

enum { WIDTH = 80, OPTION_COLUMN = 28, NAME_COLUMN = 14 };

/* Writes the words of `text` from column `at` on, those that go beyond WIDTH in further lines from
 * column `indent` on. Returns the column behind them. */
static int fill(FILE *out, const char *text, int at, int indent) {
    for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
        int word = (int)strcspn(text, " "), is_first = at <= indent;
        if (!is_first && at + 1 + word > WIDTH) {
            at = fprintf(out, "\n%*s", indent, "") - 1;
            is_first = 1;
        }
        at += fprintf(out, "%s%.*s", is_first ? "" : " ", word, text);
        text += word;
    }
    return at;
}

/* "  name" and from `column` on what it is, filled. */
static void print_item(FILE *out, const char *left, int column, const char *text) {
    int at = fprintf(out, "%-*s", column, left);
    if (at > column) at = fprintf(out, "\n%*s", column, "") - 1;
    fill(out, text, at, column);
    fputc('\n', out);
}

/* "  name\twhat it is" as an item, another line as it stands. */
static void print_line(FILE *out, char *line) {
    char *item = strchr(line, '\t');
    if (!item) {
        fprintf(out, "%s\n", line);
        return;
    }
    *item++ = '\0';
    print_item(out, line, NAME_COLUMN, item);
}

/* Lines that are empty or begin with a blank stand for themselves; the others are filled. */
static void print_paragraphs(FILE *out, const char *text) {
    char line[512];
    int at = 0;
    while (*text) {
        size_t length = strcspn(text, "\n");
        snprintf(line, sizeof line, "%.*s", (int)length, text);
        text += length + (text[length] == '\n');
        if (*line && *line != ' ') {
            at = fill(out, line, at, 0);
            continue;
        }
        if (at) fputc('\n', out);
        at = 0;
        print_line(out, line);
    }
    if (at) fputc('\n', out);
}

/* ", default 0.5": what holds when the option is not given; "" when that is nothing, or said, or a
 * 0 of which nothing is said. */
static void describe_default(const cli_option_t *option, const void *defaults, char *text,
                             size_t size) {
    text[0] = '\0';
    if (!defaults || option->type == CLI_FLAG || strstr(option->doc, "default")) return;
    const void *value = (const char *)defaults + option->offset;
    const char *word = NULL;
    int is_zero_said = strstr(option->doc, "0 =") != NULL;
    switch (option->type) {
    case CLI_INT:
        if (*(const int *)value || is_zero_said)
            text_append(text, size, ", default %d", *(const int *)value);
        return;
    case CLI_REAL:
        if (*(const double *)value != 0 || is_zero_said)
            text_append(text, size, ", default %g", *(const double *)value);
        return;
    default:
        word = *(const char *const *)value;
    }
    if (word) text_append(text, size, ", default %s", word);
}

static void print_option(FILE *out, const cli_option_t *option, const void *defaults) {
    char left[64] = "  ", right[1024], fallback[128];
    if (option->letter)
        text_append(left, sizeof left, "-%c, ", option->letter);
    else
        text_append(left, sizeof left, "    ");
    text_append(left, sizeof left, "--%s", option->name);
    if (option->argument) text_append(left, sizeof left, " %s", option->argument);
    snprintf(right, sizeof right, "%s", option->doc);
    if (option->choices) {
        char list[512];
        text_join(option->choices, list, sizeof list);
        text_append(right, sizeof right, ": %s", list);
    }
    describe_default(option, defaults, fallback, sizeof fallback);
    text_append(right, sizeof right, "%s", fallback);
    print_item(out, left, OPTION_COLUMN, right);
}

void cli_print_verb(FILE *out, const cli_verb_t *verb) {
    fprintf(out, "usage: koopsweep %s%s%s [options]%s\n\n", verb->name, *verb->operands ? " " : "",
            verb->operands, verb->takes_rest ? " [-- words]" : "");
    print_paragraphs(out, verb->doc);
    if (verb->detail) fputc('\n', out);
    if (verb->detail) print_paragraphs(out, verb->detail);
    fprintf(out, "\noptions:\n");
    for (const cli_option_t *o = verb->options; o && o->name; o++)
        print_option(out, o, verb->defaults);
    print_option(out, &(cli_option_t){.name = "help", .letter = 'h', .doc = "this text"}, NULL);
}

void cli_print_program(FILE *out, const cli_verb_t *const *verbs) {
    fprintf(out, "usage: koopsweep VERB ... | koopsweep VERB --help | koopsweep --version\n\n"
                 "Trains sweeps of transformers, reads the spectra of their layers at\n"
                 "initialisation, and says which runs diverge.\n\nverbs:\n");
    for (; *verbs; verbs++) {
        char name[32];
        snprintf(name, sizeof name, "  %s", (*verbs)->name);
        print_item(out, name, NAME_COLUMN, (*verbs)->doc);
    }
    fprintf(out, "\nexit codes:\n"
                 "  0 complete; diverged trials are results   5 corrupt or missing data found\n"
                 "  1 a bug of koopsweep                      6 run directory in use\n"
                 "  2 usage or spec error, nothing started    7 environment unfit\n"
                 "  3 complete, but some trials failed       75 checkpointed, requeue asked\n"
                 "  4 incomplete, run again to resume\n");
}
