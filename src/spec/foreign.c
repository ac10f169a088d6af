#include "spec/foreign.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { LINES_MAX = 1024, VALUE_MAX = 200, WORDS_MAX = 16, LISTED_MAX = 20 };

/* --- calls --- */

/* "np.logspace(-4, -1, 5)" taken apart: its name without module, and its words. */
typedef struct call {
    char name[24], words[WORDS_MAX][32];
    double number[WORDS_MAX]; /* NaN: the word is none */
    int count;
} call_t;

static int read_call(const char *text, call_t *call) {
    char inner[256];
    const char *open = strchr(text, '('), *close = strrchr(text, ')');
    if (!open || !close || close < open || close[1] || close - open > 250) return 0;
    const char *name = open;
    while (name > text && name[-1] != '.' && name[-1] != ' ') name--;
    *call = (call_t){0};
    snprintf(call->name, sizeof call->name, "%.*s", (int)(open - name), name);
    snprintf(inner, sizeof inner, "%.*s", (int)(close - open - 1), open + 1);
    char *rest = inner;
    for (char *word; call->count < WORDS_MAX && (word = strsep(&rest, ","));) {
        word += strspn(word, " ");
        const char *value = strchr(word, '=') ? strchr(word, '=') + 1 : word;
        snprintf(call->words[call->count], sizeof call->words[0], "%s", value);
        char *end;
        double number = strtod(value, &end);
        call->number[call->count++] = end > value && !end[strspn(end, " ")] ? number : NAN;
    }
    return 1;
}

static int has_numbers(const call_t *call, int least, int most) {
    for (int i = 0; i < call->count; i++)
        if (isnan(call->number[i])) return 0;
    return call->count >= least && call->count <= most;
}

/* NumPy's logspace takes exponents; everybody else's numbers are above zero. */
static int translate_space(const call_t *call, int is_log, char *text, size_t size) {
    char from[40], to[40];
    if (!has_numbers(call, 3, 3)) return 0;
    int has_exponents = is_log && !(call->number[0] > 0 && call->number[1] > 0);
    snprintf(from, sizeof from, has_exponents ? "1e%s" : "%s", call->words[0]);
    snprintf(to, sizeof to, has_exponents ? "1e%s" : "%s", call->words[1]);
    snprintf(text, size, "{%s: {from: %s, to: %s, count: %s}}", is_log ? "logspace" : "linspace",
             from, to, call->words[2]);
    return 1;
}

/* Python's range: the end is not in it. */
static int translate_range(const call_t *call, char *text, size_t size) {
    if (!has_numbers(call, 1, 3)) return 0;
    double from = call->count > 1 ? call->number[0] : 0;
    double to = call->number[call->count > 1 ? 1 : 0], step = call->count > 2 ? call->number[2] : 1;
    double count = ceil((to - from) / step - 1e-9);
    if (!(count >= 1 && count <= LISTED_MAX)) return 0;
    text_append(text, size, "[");
    for (int i = 0; i < count; i++)
        text_append(text, size, "%s%.12g", i ? ", " : "", from + i * step);
    text_append(text, size, "]");
    return 1;
}

static int translate_list(const call_t *call, const char *before, const char *after, char *text,
                          size_t size) {
    text_append(text, size, "%s", before);
    for (int i = 0; i < call->count; i++)
        text_append(text, size, "%s%s", i ? ", " : "", call->words[i]);
    text_append(text, size, "%s", after);
    return call->count > 0;
}

static int translate_draw(const call_t *call, const char *kind, char *text, size_t size) {
    if (!has_numbers(call, 2, 2)) return 0;
    snprintf(text, size, "{%s: [%s, %s]}", kind, call->words[0], call->words[1]);
    return 1;
}

static int is_any(const char *name, const char *const *names) {
    while (*names && strcmp(*names, name) != 0) names++;
    return *names != NULL;
}

/* What does the same here goes into text; *is_random: it belongs below axes.random. 0: no call. */
static int translate(const char *word, char *text, size_t size, int *is_random) {
    static const char *const logs[] = {"logspace", "geomspace", NULL};
    static const char *const ranges[] = {"range", "arange", NULL};
    static const char *const log_draws[] = {"log_uniform", "loguniform", "log_uniform_values",
                                            NULL};
    static const char *const draws[] = {"uniform", "interval", NULL};
    call_t call;
    *is_random = 0;
    *text = '\0';
    if (!read_call(word, &call)) return 0;
    if (is_any(call.name, logs)) return translate_space(&call, 1, text, size);
    if (!strcmp(call.name, "linspace")) return translate_space(&call, 0, text, size);
    if (is_any(call.name, ranges)) return translate_range(&call, text, size);
    if (!strcmp(call.name, "choice")) return translate_list(&call, "[", "]", text, size);
    *is_random = 1;
    if (is_any(call.name, log_draws)) return translate_draw(&call, "log", text, size);
    if (is_any(call.name, draws)) return translate_draw(&call, "uniform", text, size);
    return 0;
}

status_t foreign_range(const document_t *document, const yaml_node_t *key, const char *name,
                       const char *text) {
    char same[256];
    int is_random, line = document_line(key);
    if (!translate(text, same, sizeof same, &is_random))
        return document_fail(document, line, "%s: an axis takes a list of values; write [%.80s]",
                             name, text);
    if (is_random)
        return document_fail(document, line,
                             "%s: \"%.80s\" is no list of values; random samples stand beside "
                             "product: write random: {count: 20, %s: %s}",
                             name, text, name, same);
    return document_fail(document, line, "%s: \"%.80s\" is no list of values; write %s: %s", name,
                         text, name, same);
}

/* --- whole files --- */

/* The lines that do the same here, gathered by where they belong. */
typedef struct lines {
    const document_t *document;     /* borrowed */
    const field_set_t *const *sets; /* borrowed */
    int is_outside; /* a program of the user's own: its parameters, not our options */
    char top[LINES_MAX], product[LINES_MAX], random[LINES_MAX];
} lines_t;

static const yaml_node_t *find(const document_t *document, const yaml_node_t *mapping,
                               const char *key) {
    if (!mapping || mapping->type != YAML_MAPPING_NODE) return NULL;
    const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
    for (; pair < mapping->data.mapping.pairs.top; pair++) {
        const yaml_node_t *name = document_node(document, pair->key);
        if (name->type == YAML_SCALAR_NODE && strcmp(document_text(name), key) == 0)
            return document_node(document, pair->value);
    }
    return NULL;
}

static const char *word_at(const document_t *document, const yaml_node_t *mapping,
                           const char *key) {
    const yaml_node_t *node = find(document, mapping, key);
    return node && node->type == YAML_SCALAR_NODE ? document_text(node) : NULL;
}

/* A word, or a list of them as "[a, b]". */
static void print_node(const document_t *document, const yaml_node_t *node, char *text,
                       size_t size) {
    if (node->type == YAML_SCALAR_NODE) text_append(text, size, "%s", document_text(node));
    if (node->type != YAML_SEQUENCE_NODE) return;
    const int *first = node->data.sequence.items.start;
    text_append(text, size, "[");
    for (const int *item = first; item < node->data.sequence.items.top; item++) {
        text_append(text, size, "%s", item > first ? ", " : "");
        print_node(document, document_node(document, *item), text, size);
    }
    text_append(text, size, "]");
}

/* Is it the whole key of an option, or the last word of just one? Else, and of a program of the
 * user's own, params.NAME. */
static void name_option(const lines_t *lines, const char *name, char key[96]) {
    const char *found = NULL;
    int count = 0;
    for (const field_set_t *const *set = lines->sets; *set && !lines->is_outside; set++)
        for (size_t i = 0; i < (*set)->count; i++) {
            const char *own = (*set)->fields[i].key, *last = strrchr(own, '.');
            int is_whole = strcmp(own, name) == 0;
            if (!is_whole && !(last && strcmp(last + 1, name) == 0)) continue;
            found = own;
            count = is_whole ? -1000 : count + 1;
        }
    snprintf(key, 96, "%s%.80s", count == 1 || count < 0 ? "" : "params.",
             count == 1 || count < 0 ? found : name);
}

/* "{min: 1e-4, max: 1e-1, distribution: log_uniform_values}" */
static void translate_limits(lines_t *lines, const char *key, const yaml_node_t *parameter) {
    const char *from = word_at(lines->document, parameter, "min");
    const char *to = word_at(lines->document, parameter, "max");
    const char *given = word_at(lines->document, parameter, "distribution");
    int is_log = given && strstr(given, "log"), is_exponent = is_log && !strstr(given, "values");
    int is_whole = !strpbrk(from, ".eE") && !strpbrk(to, ".eE") && !is_log;
    int is_integer = given ? strstr(given, "int") || *given == 'q' : is_whole;
    const char *kind = is_log ? "log" : is_integer ? "integer" : "uniform";
    if (is_exponent)
        text_append(lines->random, LINES_MAX, "    %s: {log: [%.4g, %.4g]}\n", key, exp(atof(from)),
                    exp(atof(to)));
    else
        text_append(lines->random, LINES_MAX, "    %s: {%s: [%s, %s]}\n", key, kind, from, to);
}

static void translate_parameter(lines_t *lines, const char *name, const yaml_node_t *parameter,
                                int is_grid) {
    char key[96], text[VALUE_MAX] = "";
    const document_t *document = lines->document;
    const yaml_node_t *values = find(document, parameter, "values");
    const yaml_node_t *value = find(document, parameter, "value");
    name_option(lines, name, key);
    if (values || value) print_node(document, values ? values : value, text, sizeof text);
    if (value)
        text_append(lines->top, LINES_MAX, "%s: %s\n", key, text);
    else if (values && is_grid)
        text_append(lines->product, LINES_MAX, "    %s: %s\n", key, text);
    else if (values)
        text_append(lines->random, LINES_MAX, "    %s: {choice: %s}\n", key, text);
    else if (word_at(document, parameter, "min") && word_at(document, parameter, "max"))
        translate_limits(lines, key, parameter);
}

static status_t refuse(const lines_t *lines, const char *what, const char *count) {
    char axes[2 * LINES_MAX] = "";
    if (*lines->product) text_append(axes, sizeof axes, "  product:\n%s", lines->product);
    if (*lines->random)
        text_append(axes, sizeof axes, "  random:\n    count: %s\n%s", count, lines->random);
    size_t length = strlen(axes);
    if (length) axes[length - 1] = '\0';
    return document_fail(lines->document, 1,
                         "this is %s; here the same is (koopsweep fields lists all options):\n"
                         "%s%s%s",
                         what, lines->top, length ? "axes:\n" : "", axes);
}

static status_t refuse_wandb(lines_t *lines, const yaml_node_t *root,
                             const yaml_node_t *parameters) {
    const document_t *document = lines->document;
    const char *method = word_at(document, root, "method"), *name = word_at(document, root, "name");
    const char *program = word_at(document, root, "program");
    const char *cap = word_at(document, root, "run_cap");
    lines->is_outside = program != NULL;
    text_append(lines->top, LINES_MAX, "name: %s\n", name ? name : "sweep");
    if (program)
        text_append(lines->top, LINES_MAX, "external.command: [python3, %s, \"${args}\"]\n",
                    program);
    const yaml_node_pair_t *pair = parameters->data.mapping.pairs.start;
    for (; pair < parameters->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = document_node(document, pair->key);
        if (key->type == YAML_SCALAR_NODE)
            translate_parameter(lines, document_text(key), document_node(document, pair->value),
                                method && !strcmp(method, "grid"));
    }
    return refuse(lines, "a sweep file of W&B", cap ? cap : "20");
}

/* "train.lr: 1e-3,1e-2" or a call; nested as Hydra's configurations are. */
static void translate_override(lines_t *lines, const char *name, const yaml_node_t *value) {
    char key[96], same[VALUE_MAX];
    int is_random;
    name_option(lines, name, key);
    const char *text = value->type == YAML_SCALAR_NODE ? document_text(value) : NULL;
    if (!text)
        same[0] = '\0', is_random = 0, print_node(lines->document, value, same, sizeof same);
    else if (!translate(text, same, sizeof same, &is_random))
        snprintf(same, sizeof same, "[%.190s]", text);
    text_append(is_random ? lines->random : lines->product, LINES_MAX, "    %s: %s\n", key, same);
}

static status_t refuse_hydra(lines_t *lines, const yaml_node_t *hydra) {
    const document_t *document = lines->document;
    const yaml_node_t *params = find(document, find(document, hydra, "sweeper"), "params");
    text_append(lines->top, LINES_MAX, "name: sweep\n");
    if (params && params->type == YAML_MAPPING_NODE) {
        const yaml_node_pair_t *pair = params->data.mapping.pairs.start;
        for (; pair < params->data.mapping.pairs.top; pair++) {
            const yaml_node_t *key = document_node(document, pair->key);
            if (key->type == YAML_SCALAR_NODE)
                translate_override(lines, document_text(key), document_node(document, pair->value));
        }
    }
    return refuse(lines, "a configuration of Hydra", "20");
}

status_t foreign_check(const document_t *document, const field_set_t *const *sets) {
    lines_t lines = {.document = document, .sets = sets};
    const yaml_node_t *root = document_root(document);
    const yaml_node_t *parameters = find(document, root, "parameters");
    const yaml_node_t *hydra = find(document, root, "hydra");
    int is_wandb = parameters && parameters->type == YAML_MAPPING_NODE &&
                   (find(document, root, "method") || find(document, root, "metric"));
    if (is_wandb) return refuse_wandb(&lines, root, parameters);
    return hydra ? refuse_hydra(&lines, hydra) : STATUS_OK;
}
