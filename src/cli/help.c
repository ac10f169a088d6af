/* help.c: the texts of --help, made from the same rows that parse the command line. */
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"

enum { OPTION_COLUMN = 26, VERB_COLUMN = 12 };

/* ", default 0.5": what holds when the option is not given; "" when that is nothing. */
static void describe_default(const cli_option_t *option, const void *defaults, char *text,
                             size_t size) {
    text[0] = '\0';
    if (!defaults || option->type == CLI_FLAG) return;
    const void *value = (const char *)defaults + option->offset;
    const char *word = NULL;
    switch (option->type) {
    case CLI_INT:
        text_append(text, size, ", default %d", *(const int *)value);
        return;
    case CLI_REAL:
        text_append(text, size, ", default %g", *(const double *)value);
        return;
    default:
        word = *(const char *const *)value;
    }
    if (word) text_append(text, size, ", default %s", word);
}

static void print_option(FILE *out, const cli_option_t *option, const void *defaults) {
    char left[64] = "  ", fallback[128];
    if (option->letter)
        text_append(left, sizeof left, "-%c, ", option->letter);
    else
        text_append(left, sizeof left, "    ");
    text_append(left, sizeof left, "--%s", option->name);
    if (option->argument) text_append(left, sizeof left, " %s", option->argument);
    describe_default(option, defaults, fallback, sizeof fallback);
    fprintf(out, "%-*s  %s", OPTION_COLUMN, left, option->doc);
    if (option->choices) {
        char list[512];
        text_join(option->choices, list, sizeof list);
        fprintf(out, ": %s", list);
    }
    fprintf(out, "%s\n", fallback);
}

void cli_print_verb(FILE *out, const cli_verb_t *verb) {
    fprintf(out, "usage: koopsweep %s%s%s [options]%s\n\n%s\n", verb->name,
            *verb->operands ? " " : "", verb->operands, verb->takes_rest ? " [-- words]" : "",
            verb->doc);
    if (verb->detail) fprintf(out, "\n%s\n", verb->detail);
    fprintf(out, "\noptions:\n");
    for (const cli_option_t *o = verb->options; o && o->name; o++)
        print_option(out, o, verb->defaults);
    print_option(out, &(cli_option_t){.name = "help", .letter = 'h', .doc = "this text"}, NULL);
}

void cli_print_program(FILE *out, const cli_verb_t *const *verbs) {
    fprintf(out, "usage: koopsweep VERB ... | koopsweep VERB --help | koopsweep --version\n\n"
                 "Trains sweeps of transformers, reads the spectra of their layers at\n"
                 "initialisation, and says which runs diverge.\n\nverbs:\n");
    for (; *verbs; verbs++) fprintf(out, "  %-*s%s\n", VERB_COLUMN, (*verbs)->name, (*verbs)->doc);
    fprintf(out, "\nexit codes:\n"
                 "  0 complete; diverged trials are results   5 corrupt or missing data found\n"
                 "  1 a bug of koopsweep                      6 run directory in use\n"
                 "  2 usage or spec error, nothing started    7 environment unfit\n"
                 "  3 complete, but some trials failed       75 checkpointed, requeue asked\n"
                 "  4 incomplete, run again to resume\n");
}
