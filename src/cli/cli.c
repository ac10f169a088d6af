#include "cli/cli.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { NAMES_MAX = 64 };

/* Where the row's member lies in the option struct. */
static void *member(const cli_option_t *option, void *options) {
    return (char *)options + option->offset;
}

static status_t read_number(const cli_option_t *option, const char *value, double *number) {
    char *end;
    errno = 0;
    *number = strtod(value, &end);
    int is_whole = option->type != CLI_INT || *number == floor(*number);
    CHECK(end != value && !*end && isfinite(*number) && is_whole, STATUS_SPEC,
          "--%s: \"%s\" is not %s number; give one from %.15g to %.15g", option->name, value,
          option->type == CLI_INT ? "a whole" : "a", option->min, option->max);
    CHECK(*number >= option->min && *number <= option->max, STATUS_SPEC,
          "--%s: %s is outside its range %.15g to %.15g", option->name, value, option->min,
          option->max);
    return STATUS_OK;
}

static status_t check_choice(const cli_option_t *option, const char *value) {
    for (const char *const *choice = option->choices; *choice; choice++)
        if (strcmp(*choice, value) == 0) return STATUS_OK;
    char help[640];
    text_suggest(value, option->choices, help, sizeof help);
    return status_fail(STATUS_SPEC, "--%s: unknown \"%s\"; %s", option->name, value, help);
}

static status_t set_option(const cli_option_t *option, const char *value, void *options) {
    double number;
    switch (option->type) {
    case CLI_FLAG:
        *(int *)member(option, options) = 1;
        break;
    case CLI_INT:
        TRY(read_number(option, value, &number));
        *(int *)member(option, options) = (int)number;
        break;
    case CLI_REAL:
        TRY(read_number(option, value, &number));
        *(double *)member(option, options) = number;
        break;
    case CLI_CHOICE:
        TRY(check_choice(option, value)); /* fall through */
    case CLI_TEXT:
        CHECK(*value, STATUS_SPEC, "--%s: the value is empty; give %s", option->name,
              option->argument);
        *(const char **)member(option, options) = value;
        break;
    }
    return STATUS_OK;
}

static status_t unknown_option(const cli_verb_t *verb, const char *word) {
    const char *names[NAMES_MAX] = {NULL};
    char spelled[NAMES_MAX][32];
    size_t count = 0;
    for (const cli_option_t *o = verb->options; o && o->name && count < NAMES_MAX - 2; o++) {
        snprintf(spelled[count], sizeof spelled[count], "--%s", o->name);
        names[count] = spelled[count];
        count++;
    }
    names[count] = "--help";
    char help[640], bare[64];
    snprintf(bare, sizeof bare, "--%s", word + strspn(word, "-"));
    bare[strcspn(bare, "=")] = '\0';
    text_suggest(bare, names, help, sizeof help);
    return status_fail(STATUS_SPEC, "%s: unknown option %s; %s", verb->name, word, help);
}

/* The row that `word` ("--name", "--name=value", "-l", "-lvalue") names, and where in the word its
 * value begins, or NULL. */
static const cli_option_t *match(const cli_verb_t *verb, char *word, char **value) {
    int is_long = word[1] == '-';
    size_t length = is_long ? strcspn(word + 2, "=") : 1;
    for (const cli_option_t *o = verb->options; o && o->name; o++) {
        int is_it = is_long ? strlen(o->name) == length && !strncmp(o->name, word + 2, length)
                            : o->letter == word[1];
        if (!is_it) continue;
        char *after = word + (is_long ? 2 : 1) + length;
        *value = is_long ? (*after ? after + 1 : NULL) : (*after ? after : NULL);
        return o;
    }
    return NULL;
}

static status_t parse_option(const cli_verb_t *verb, int count, char **arguments, int *at,
                             void *options) {
    char *word = arguments[*at], *value = NULL;
    const cli_option_t *option = match(verb, word, &value);
    if (!option) return unknown_option(verb, word);
    if (option->type == CLI_FLAG)
        CHECK(!value, STATUS_SPEC, "--%s takes no value; write it alone", option->name);
    else if (!value) {
        CHECK(*at + 1 < count, STATUS_SPEC, "--%s needs a value: --%s %s", option->name,
              option->name, option->argument);
        value = arguments[++*at];
    }
    return set_option(option, value, options);
}

status_t cli_parse(const cli_verb_t *verb, int count, char **arguments, void *options, char **words,
                   cli_call_t *call) {
    if (verb->defaults) memcpy(options, verb->defaults, verb->options_size);
    call->options = options;
    call->operands = words;
    call->operand_count = 0;
    for (int i = 0; i < count; i++) {
        char *word = arguments[i];
        if (strcmp(word, "--") == 0 && verb->takes_rest) {
            call->rest = arguments + i + 1;
            call->rest_count = count - i - 1;
            break;
        }
        if (word[0] == '-' && word[1])
            TRY(parse_option(verb, count, arguments, &i, options));
        else
            words[call->operand_count++] = word;
    }
    CHECK(call->operand_count >= verb->operands_min, STATUS_SPEC,
          "%s: something is missing; usage: koopsweep %s %s", verb->name, verb->name,
          verb->operands);
    CHECK(call->operand_count <= verb->operands_max, STATUS_SPEC,
          "%s: \"%s\" is one word too many; usage: koopsweep %s %s", verb->name,
          words[verb->operands_max], verb->name, verb->operands);
    return STATUS_OK;
}

int cli_wants_help(int count, char **arguments) {
    for (int i = 0; i < count && strcmp(arguments[i], "--"); i++)
        if (!strcmp(arguments[i], "--help") || !strcmp(arguments[i], "-h")) return 1;
    return 0;
}

const cli_verb_t *cli_find(const cli_verb_t *const *verbs, const char *name) {
    const char *names[NAMES_MAX] = {NULL};
    for (size_t i = 0; verbs[i] && i < NAMES_MAX - 1; i++) {
        if (strcmp(verbs[i]->name, name) == 0) return verbs[i];
        names[i] = verbs[i]->name;
    }
    char help[640];
    text_suggest(name, names, help, sizeof help);
    status_fail(STATUS_SPEC, "unknown verb \"%s\"; %s", name, help);
    return NULL;
}
