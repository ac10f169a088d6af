#include "external/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/rng.h"
#include "base/scope.h"
#include "base/text.h"
#include "external/options.h"
#include "external/params.h"
#include "spec/free.h"

enum { WORD_MAX = 2 * FIELD_FREE_MAX };

uint32_t external_seed(const trial_t *trial) {
    rng_t rng = rng_open(trial->seed, trial->replica, "external", 0);
    return rng_below(&rng, UINT32_C(1) << 31);
}

/* --- words --- */

static void add_word(command_t *command, const char *word) {
    command->argv =
        memory_grow(command->argv, command->count + 2, sizeof *command->argv, "a command");
    size_t size = strlen(word) + 1;
    char *copy = memory_grow(NULL, size, 1, "a command");
    memcpy(copy, word, size);
    command->argv[command->count++] = copy;
    command->argv[command->count] = NULL;
}

void command_destroy(command_t *command) {
    for (size_t i = 0; i < command->count; i++) free(command->argv[i]);
    free(command->argv);
    *command = (command_t){0};
}

/* --- macros that stand for several words --- */

typedef struct spread {
    const char *macro, *before; /* "${args}", "--" */
    int has_flags;              /* truth values are flags */
} spread_t;
static const spread_t spreads[] = {
    {"${args}", "--", 0}, {"${args_no_hyphens}", "", 0}, {"${args_no_boolean_flags}", "--", 1}};
enum { SPREADS = sizeof spreads / sizeof *spreads };

static void add_spread(const spread_t *spread, const config_t *config, command_t *command) {
    param_t param;
    char plain[FIELD_FREE_MAX], word[WORD_MAX];
    for (size_t i = 0; params_next(config, &i, &param);) {
        int is_true = strcmp(param.text, "true") == 0, is_false = strcmp(param.text, "false") == 0;
        if (spread->has_flags && is_false) continue;
        free_plain(param.text, plain, sizeof plain);
        int is_flag = spread->has_flags && is_true;
        snprintf(word, sizeof word, "%s%s%s%s", spread->before, param.name, is_flag ? "" : "=",
                 is_flag ? "" : plain);
        add_word(command, word);
    }
}

/* --- macros within a word --- */

static status_t put_json(const scene_t *scene, const char *rest, char *value) {
    (void)rest;
    char *text = params_json(scene->trial->config);
    CHECK(text, STATUS_ENVIRONMENT, "out of memory for the parameters of a trial");
    size_t length = strlen(text);
    snprintf(value, WORD_MAX, "%s", text);
    free(text);
    CHECK(length < WORD_MAX, STATUS_SPEC,
          "external.command: the parameters take %zu bytes, too many for ${args_json}; use "
          "${args_json_file}",
          length);
    return STATUS_OK;
}

static status_t put_json_file(const scene_t *scene, const char *rest, char *value) {
    (void)rest;
    snprintf(value, WORD_MAX, "%s/params.json", scene->dir);
    return STATUS_OK;
}

static status_t put_env(const scene_t *scene, const char *rest, char *value) {
    (void)scene, (void)rest;
    strcpy(value, "/usr/bin/env");
    return STATUS_OK;
}

static status_t put_interpreter(const scene_t *scene, const char *rest, char *value) {
    (void)scene, (void)rest;
    strcpy(value, "python3");
    return STATUS_OK;
}

static status_t put_variable(const scene_t *scene, const char *rest, char *value) {
    (void)scene;
    const char *found = getenv(rest);
    CHECK(found, STATUS_SPEC,
          "external.command: ${envvar:%.80s}: the environment has no such variable; set it, or "
          "correct its name",
          rest);
    snprintf(value, WORD_MAX, "%s", found);
    return STATUS_OK;
}

static status_t put_param(const scene_t *scene, const char *rest, char *value) {
    const char *text = params_find(scene->trial->config, rest);
    CHECK(
        text, STATUS_SPEC,
        "external.command: ${param:%.80s}: the trial has no such parameter; write it below params",
        rest);
    free_plain(text, value, WORD_MAX);
    return STATUS_OK;
}

static status_t put_dir(const scene_t *scene, const char *rest, char *value) {
    (void)rest;
    snprintf(value, WORD_MAX, "%s", scene->dir);
    return STATUS_OK;
}

static status_t put_checkpoints(const scene_t *scene, const char *rest, char *value) {
    (void)rest;
    snprintf(value, WORD_MAX, "%s/checkpoints", scene->dir);
    return STATUS_OK;
}

static status_t put_launch(const scene_t *scene, const char *rest, char *value) {
    (void)rest;
    snprintf(value, WORD_MAX, "%s", scene->launch);
    return STATUS_OK;
}

static status_t put_trial(const scene_t *scene, const char *rest, char *value) {
    (void)rest;
    snprintf(value, WORD_MAX, "%s", scene->trial->id);
    return STATUS_OK;
}

static status_t put_seed(const scene_t *scene, const char *rest, char *value) {
    (void)rest;
    snprintf(value, WORD_MAX, "%u", scene->seed);
    return STATUS_OK;
}

static status_t put_attempt(const scene_t *scene, const char *rest, char *value) {
    (void)rest;
    snprintf(value, WORD_MAX, "%d", scene->attempt);
    return STATUS_OK;
}

/* A name that ends with a colon takes what follows. */
static const struct macro {
    const char *name;
    status_t (*put)(const scene_t *scene, const char *rest, char *value);
} macros[] = {
    {"args_json", put_json},   {"args_json_file", put_json_file},
    {"env", put_env},          {"interpreter", put_interpreter},
    {"envvar:", put_variable}, {"param:", put_param},
    {"dir", put_dir},          {"checkpoints", put_checkpoints},
    {"launch", put_launch},    {"trial", put_trial},
    {"seed", put_seed},        {"attempt", put_attempt},
};
enum { MACROS = sizeof macros / sizeof *macros };

static int takes_rest(const struct macro *macro) {
    return macro->name[strlen(macro->name) - 1] == ':';
}

static const struct macro *find_macro(const char *name) {
    for (int i = 0; i < MACROS; i++) {
        size_t length = strlen(macros[i].name);
        if (takes_rest(&macros[i]) ? !strncmp(name, macros[i].name, length) && name[length]
                                   : !strcmp(name, macros[i].name))
            return &macros[i];
    }
    return NULL;
}

static status_t unknown(const char *word, const char *name) {
    const char *names[SPREADS + MACROS + 1] = {"args", "args_no_hyphens", "args_no_boolean_flags"};
    char help[512];
    for (int i = 0; i < SPREADS; i++)
        CHECK(strncmp(spreads[i].macro + 2, name, strlen(name)) != 0 ||
                  strlen(spreads[i].macro) != strlen(name) + 3,
              STATUS_SPEC,
              "external.command: ${%s} stands for several words, so it is a word of its own, not a "
              "part of \"%.80s\"",
              name, word);
    CHECK(strcmp(name, "program") != 0, STATUS_SPEC,
          "external.command: ${program}: write the program's file itself, such as train.py");
    for (int i = 0; i < MACROS; i++) names[SPREADS + i] = macros[i].name;
    text_suggest(name, names, help, sizeof help);
    return status_fail(STATUS_SPEC, "external.command: there is no macro ${%.80s}; %s", name, help);
}

/* The macro that begins at `at`, "${NAME}"; *end is set behind it. */
static status_t put_macro(const scene_t *scene, const char *word, const char *at, const char **end,
                          char *value) {
    char name[256];
    const char *close = strchr(at, '}');
    CHECK(close && close - at - 2 < (long)sizeof name, STATUS_SPEC,
          "external.command: \"%.80s\" has a ${ without its }", word);
    snprintf(name, sizeof name, "%.*s", (int)(close - at - 2), at + 2);
    const struct macro *macro = find_macro(name);
    if (!macro) return unknown(word, name);
    *end = close + 1;
    return macro->put(scene, takes_rest(macro) ? name + strlen(macro->name) : name, value);
}

/* Where koopsweep was started, a file may lie that the word names. */
static void make_whole(const scene_t *scene, char *word) {
    char path[WORD_MAX] = "";
    struct stat about;
    if (!*word || *word == '/') return;
    text_append(path, sizeof path, "%s/%s", scene->launch, word);
    if (stat(path, &about) == 0 && S_ISREG(about.st_mode)) strcpy(word, path);
}

static status_t put_word(const scene_t *scene, const char *word, char *text) {
    char value[WORD_MAX];
    *text = '\0';
    for (const char *at = word; *at;) {
        if (strncmp(at, "${", 2) != 0) {
            text_append(text, WORD_MAX, "%c", *at++);
            continue;
        }
        TRY(put_macro(scene, word, at, &at, value));
        text_append(text, WORD_MAX, "%s", value);
    }
    CHECK(strlen(text) + 1 < WORD_MAX, STATUS_SPEC,
          "external.command: the word \"%.80s\" is longer than %d bytes for trial %s", word,
          WORD_MAX, scene->trial->id);
    return STATUS_OK;
}

static status_t add_words(const scene_t *scene, const char *word, command_t *command) {
    char text[WORD_MAX];
    for (int i = 0; i < SPREADS; i++)
        if (strcmp(word, spreads[i].macro) == 0) {
            add_spread(&spreads[i], scene->trial->config, command);
            return STATUS_OK;
        }
    TRY(put_word(scene, word, text));
    make_whole(scene, text);
    add_word(command, text);
    return STATUS_OK;
}

/* --- the program --- */

static status_t find_program(command_t *command) {
    const char *name = command->argv[0], *path = getenv("PATH");
    if (strchr(name, '/')) {
        CHECK(access(name, X_OK) == 0, STATUS_SPEC,
              "external.command: %.200s cannot be run; is it there and executable? Or write its "
              "interpreter before it: [python3, %.200s]",
              name, name);
        snprintf(command->program, PATH_MAX, "%s", name);
        return STATUS_OK;
    }
    for (path = path ? path : "/usr/bin:/bin"; *path; path += *path == ':') {
        size_t length = strcspn(path, ":");
        snprintf(command->program, PATH_MAX, "%.*s/%s", (int)length, length ? path : ".", name);
        if (access(command->program, X_OK) == 0) return STATUS_OK;
        path += length;
    }
    return status_fail(STATUS_SPEC,
                       "external.command: there is no program %.80s in PATH; correct its name, or "
                       "give its path",
                       name);
}

status_t command_create(const scene_t *scene, command_t *command) {
    char word[FIELD_FREE_MAX];
    const char *rest = config_text(scene->trial->config, "external.command");
    *command = (command_t){0};
    CHECK(*rest == '[', STATUS_SPEC,
          "external.command takes a list of words; write [python3, train.py, \"${args}\"]");
    while (free_next_item(&rest, word)) TRY(add_words(scene, word, command));
    CHECK(command->count && *command->argv[0], STATUS_SPEC,
          "external.command: the program's name is empty; write [python3, train.py, \"${args}\"]");
    return find_program(command);
}

status_t command_check(const config_t *config) {
    const trial_t trial = {.config = config};
    scene_t scene = {.trial = &trial, .dir = "."};
    HELD(command_destroy) command_t command = {0};
    CHECK(getcwd(scene.launch, sizeof scene.launch), STATUS_ENVIRONMENT,
          "the working directory cannot be found");
    return command_create(&scene, &command);
}
