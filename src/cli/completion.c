/* completion.c: koopsweep completion SHELL: what a shell needs to complete our verbs and options,
 * made from the same rows that parse them. */
#include <string.h>

#include "cli/cli.h"

/* Text inside single quotes of a shell; `marked` characters get a backslash. */
static void print_quoted(const char *text, const char *marked) {
    for (const char *c = text; *c; c++) {
        if (strchr(marked, *c)) putchar('\\');
        if (*c == '\'')
            fputs("'\\''", stdout);
        else
            putchar(*c);
    }
}

/* --- bash --- */

static void print_choices(const cli_verb_t *verb, const cli_option_t *option) {
    printf("    %s,--%s", verb->name, option->name);
    if (option->letter) printf(" | %s,-%c", verb->name, option->letter);
    printf(") words='");
    for (const char *const *choice = option->choices; *choice; choice++)
        printf("%s%s", choice == option->choices ? "" : " ", *choice);
    printf("' ;;\n");
}

/* Another option's value: a file, or nothing that we know. */
static void print_value(const cli_verb_t *verb, const cli_option_t *option) {
    printf("    %s,--%s", verb->name, option->name);
    if (option->letter) printf(" | %s,-%c", verb->name, option->letter);
    printf(") return ;;\n");
}

static void print_bash_values(void) {
    printf("    case ${COMP_WORDS[1]},${COMP_WORDS[COMP_CWORD - 1]} in\n");
    for (const cli_verb_t *const *verb = cli_verbs; *verb; verb++)
        for (const cli_option_t *o = (*verb)->options; o && o->name; o++) {
            if (o->type == CLI_FLAG) continue;
            if (o->choices)
                print_choices(*verb, o);
            else
                print_value(*verb, o);
        }
}

static void print_bash(void) {
    printf("# bash completion of koopsweep, made by `koopsweep completion bash`\n"
           "_koopsweep() {\n"
           "    local word=${COMP_WORDS[COMP_CWORD]} words=\n"
           "    COMPREPLY=()\n");
    print_bash_values();
    printf("    help,* | *,koopsweep) words='");
    for (const cli_verb_t *const *verb = cli_verbs; *verb; verb++) printf("%s ", (*verb)->name);
    printf("help --help --version' ;;\n"
           "    *) [[ $word != -* ]] || case ${COMP_WORDS[1]} in\n");
    for (const cli_verb_t *const *verb = cli_verbs; *verb; verb++) {
        printf("        %s) words='", (*verb)->name);
        for (const cli_option_t *o = (*verb)->options; o && o->name; o++) printf("--%s ", o->name);
        printf("--help' ;;\n");
    }
    printf("        esac ;;\n"
           "    esac\n"
           "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
           "}\n"
           "complete -o default -F _koopsweep koopsweep\n");
}

/* --- zsh --- */

static void print_zsh_option(const cli_option_t *option) {
    static const char special[] = "[]:\\";
    if (option->letter)
        printf(" \\\n        '(-%c --%s)'{-%c,--%s}'", option->letter, option->name, option->letter,
               option->name);
    else
        printf(" \\\n        '--%s", option->name);
    putchar('[');
    print_quoted(option->doc, special);
    putchar(']');
    if (option->argument) {
        putchar(':');
        print_quoted(option->argument, special);
        putchar(':');
    }
    if (option->choices) {
        putchar('(');
        for (const char *const *choice = option->choices; *choice; choice++) printf("%s ", *choice);
        putchar(')');
    } else if (option->type == CLI_TEXT) {
        fputs("_files", stdout);
    }
    putchar('\'');
}

static void print_zsh(void) {
    printf("#compdef koopsweep\n"
           "# zsh completion of koopsweep, made by `koopsweep completion zsh`\n"
           "_koopsweep() {\n"
           "    local -a verbs=(\n");
    for (const cli_verb_t *const *verb = cli_verbs; *verb; verb++) {
        printf("        '%s:", (*verb)->name);
        print_quoted((*verb)->doc, ":");
        printf("'\n");
    }
    printf("    )\n"
           "    if (( CURRENT == 2 )); then\n"
           "        _describe verb verbs\n"
           "        return\n"
           "    fi\n"
           "    shift words\n"
           "    (( CURRENT-- ))\n"
           "    case $words[1] in\n");
    for (const cli_verb_t *const *verb = cli_verbs; *verb; verb++) {
        printf("    %s)\n        _arguments", (*verb)->name);
        for (const cli_option_t *o = (*verb)->options; o && o->name; o++) print_zsh_option(o);
        printf(" \\\n        '(-h --help)'{-h,--help}'[its options]' '*:file:_files' ;;\n");
    }
    printf("    esac\n}\n_koopsweep \"$@\"\n");
}

/* --- the verb --- */

static const struct shell {
    const char *name;
    void (*print)(void);
} shells[] = {{"bash", print_bash}, {"zsh", print_zsh}};

static status_t run(const cli_call_t *call) {
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
        if (strcmp(shells[i].name, call->operands[0]) != 0) continue;
        shells[i].print();
        return STATUS_OK;
    }
    return status_fail(STATUS_SPEC, "completion: no shell \"%s\"; bash or zsh", call->operands[0]);
}

const cli_verb_t cli_completion = {
    .name = "completion",
    .operands = "SHELL",
    .operands_min = 1,
    .operands_max = 1,
    .doc = "what bash or zsh needs to complete verbs and options",
    .detail = "`make install` puts both where shells look. Without it:\n"
              "  source <(koopsweep completion bash)\n",
    .run = run,
};
