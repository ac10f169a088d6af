/* cli.h: verbs and their options.
 *
 * A verb is one file src/cli/VERB.c that exports `const cli_verb_t cli_VERB`, and one row of
 * verbs.def. Its options are rows too: they parse the command line into the verb's own option
 * struct and make the text of --help. main.c does all of that before it calls run().
 *
 *     struct status_options { int json; const char *format; };
 *     #define AT(member) offsetof(struct status_options, member)
 *     static const cli_option_t options[] = {
 *         {"json", 'j', CLI_FLAG, AT(json), .doc = "as JSON"},
 *         {"format", 0, CLI_CHOICE, AT(format), "NAME", .choices = formats, .doc = "text, ..."},
 *         {0}};
 *     static status_t run(const cli_call_t *call) {
 *         const struct status_options *wanted = call->options;
 *         return show(call->operands[0], wanted->json);
 *     }
 *     const cli_verb_t cli_status = {
 *         .name = "status", .operands = "RUN", .operands_min = 1, .operands_max = 1,
 *         .doc = "progress, rate, ETA of a run", .options = options, .run = run,
 *         .options_size = sizeof(struct status_options),
 *         .defaults = &(const struct status_options){.format = "text"}};
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stddef.h>
#include <stdio.h>

#include "base/status.h"

typedef enum {
    CLI_FLAG,   /* int: 1 when given */
    CLI_INT,    /* int, min..max */
    CLI_REAL,   /* double, min..max, finite */
    CLI_TEXT,   /* const char *, borrowed from argv */
    CLI_CHOICE, /* const char *, one of `choices` */
} cli_type_t;

/* One option: --name VALUE, --name=VALUE, -l VALUE, -lVALUE. A table ends with a row {0}. */
typedef struct cli_option {
    const char *name; /* long name without its dashes */
    char letter;      /* short name, 0 = none */
    cli_type_t type;
    size_t offset;              /* of the member in the verb's option struct */
    const char *argument;       /* what --help calls the value; NULL for CLI_FLAG */
    double min, max;            /* inclusive; CLI_INT, CLI_REAL */
    const char *const *choices; /* CLI_CHOICE: NULL-terminated */
    const char *doc;            /* one line; choices and default are added to it */
} cli_option_t;

/* What a verb is called with. All borrowed. */
typedef struct cli_call {
    int argc;        /* the whole command line of the program, ... */
    char **argv;     /* ... for a verb that starts itself again (mpirun) */
    char **operands; /* [operand_count] what is no option: SPEC, RUN, ... */
    int operand_count;
    char **rest; /* [rest_count] what follows "--", for verbs that take it */
    int rest_count;
    const void *options; /* the verb's option struct, filled in */
} cli_call_t;

typedef struct cli_verb {
    const char *name;
    const char *operands; /* as --help shows them: "RUN [RECIPE]", "" for none */
    int operands_min, operands_max;
    int takes_rest;              /* 1: words after "--" are passed on in call->rest */
    const char *doc;             /* one line for the list of verbs */
    const char *detail;          /* further text for --help: examples, exit codes; NULL = none */
    const cli_option_t *options; /* NULL = none */
    size_t options_size;         /* of the option struct */
    const void *defaults;        /* an option struct to start from; NULL = all zero */
    status_t (*run)(const cli_call_t *call); /* its status is the exit code */
} cli_verb_t;

/* All verbs, NULL-terminated. */
extern const cli_verb_t *const cli_verbs[];

/* Reads the words after the verb. `options` has verb->options_size bytes and `words` room for
 * count pointers; both must outlive `call`. Unknown option, missing or bad value, wrong number of
 * operands: STATUS_SPEC, naming what is meant and allowed. */
status_t cli_parse(const cli_verb_t *verb, int count, char **arguments, void *options, char **words,
                   cli_call_t *call);

/* 1 when -h or --help stands among the words before a "--". */
int cli_wants_help(int count, char **arguments);

/* Writes the help of one verb, or of the program with all its verbs (NULL-terminated). */
void cli_print_verb(FILE *out, const cli_verb_t *verb);
void cli_print_program(FILE *out, const cli_verb_t *const *verbs);

/* The verb of that name; NULL, with the nearest name and the list as status_message(), when there
 * is none. */
const cli_verb_t *cli_find(const cli_verb_t *const *verbs, const char *name);

#endif
