#include "spec/free.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"

/* --- values --- */

static int is_one_of(const char *word, const char *const *words) {
    while (*words && strcasecmp(*words, word) != 0) words++;
    return *words != NULL;
}

static int is_truth(const char *text) { return !strcmp(text, "true") || !strcmp(text, "false"); }

/* Digits after a sign; 007 is a name, not a number. */
static size_t whole_length(const char *text) {
    size_t sign = *text == '-' || *text == '+', digits = strspn(text + sign, "0123456789");
    int is_padded = digits > 1 && text[sign] == '0';
    return digits && !is_padded ? sign + digits : 0;
}

static int is_whole(const char *text) {
    size_t length = whole_length(text);
    return length && !text[length];
}

/* [+-] digits [. digits] [e [+-] digits], digits on one side of the point at least. */
static int is_real(const char *text) {
    size_t whole = whole_length(text), fraction = 0;
    text += whole ? whole : (size_t)(*text == '-' || *text == '+');
    if (*text == '.') {
        fraction = strspn(text + 1, "0123456789");
        text += 1 + fraction;
    }
    if (!whole && !fraction) return 0;
    if (*text != 'e' && *text != 'E') return !*text;
    text += 1 + (text[1] == '-' || text[1] == '+');
    size_t exponent = strspn(text, "0123456789");
    return exponent && !text[exponent];
}

static int reads_as_other(const char *text) {
    return !*text || *text == '"' || *text == '[' || is_truth(text) || is_real(text);
}

static void quote(const char *from, char *text) {
    text_append(text, FIELD_FREE_MAX, "\"");
    for (; *from; from++)
        text_append(text, FIELD_FREE_MAX, "%s%c", *from == '"' || *from == '\\' ? "\\" : "", *from);
    text_append(text, FIELD_FREE_MAX, "\"");
}

static status_t read_whole(const char *word, char *text, double *number) {
    errno = 0;
    long long whole = strtoll(word, NULL, 10);
    CHECK(errno == 0, STATUS_SPEC,
          "%.80s does not fit 64 bits; put it in quotes to have it as text", word);
    *number = (double)whole;
    text_append(text, FIELD_FREE_MAX, "%lld", whole);
    return STATUS_OK;
}

static status_t read_real(const char *word, char *text, double *number) {
    char digits[32];
    *number = strtod(word, NULL) + 0.0;
    CHECK(isfinite(*number), STATUS_SPEC,
          "%.80s is too large for a float64; put it in quotes to have it as text", word);
    value_format(*number, digits, sizeof digits);
    text_append(text, FIELD_FREE_MAX, "%s%s", digits, strpbrk(digits, ".e") ? "" : ".0");
    return STATUS_OK;
}

/* YAML 1.1 and 1.2, and the programs that read them, disagree about these. */
static status_t check_plain(const char *word) {
    static const char *const truths[] = {"yes", "no", "on", "off", NULL};
    static const char *const numbers[] = {"nan", "inf", "infinity", NULL};
    const char *bare = word + strspn(word, "+-.");
    CHECK(!is_one_of(word, truths) &&
              !(is_one_of(word, (const char *[]){"true", "false", NULL}) && !is_truth(word)),
          STATUS_SPEC,
          "\"%.80s\" may be a truth value or text; write true or false, or put it in "
          "quotes",
          word);
    CHECK(!is_one_of(bare, numbers), STATUS_SPEC,
          "%.80s is not finite; give a number, or put it in quotes to have it as text", word);
    return STATUS_OK;
}

/* Appends the canonical text. `is_item`: in a list, where texts are in quotes. */
static status_t append(word_t word, int is_item, char *text, double *number) {
    size_t room = FIELD_FREE_MAX - 3 - strlen(text);
    CHECK(2 * strlen(word.text) < room, STATUS_SPEC,
          "is longer than the limit of %d bytes; shorten it, or put it in a file",
          FIELD_FREE_MAX / 2 - 2);
    *number = NAN;
    if (!word.is_quoted) {
        TRY(check_plain(word.text));
        if (is_whole(word.text)) return read_whole(word.text, text, number);
        if (is_real(word.text)) return read_real(word.text, text, number);
        if (is_truth(word.text)) *number = strcmp(word.text, "true") == 0;
    }
    if (!isnan(*number) || !(is_item || reads_as_other(word.text)))
        text_append(text, FIELD_FREE_MAX, "%s", word.text);
    else
        quote(word.text, text);
    return STATUS_OK;
}

status_t free_read(word_t word, char *text, double *number) {
    *text = '\0';
    return append(word, 0, text, number);
}

status_t free_read_list(const word_t *words, size_t count, char *text) {
    double number;
    strcpy(text, "[");
    for (size_t i = 0; i < count; i++) {
        if (i) text_append(text, FIELD_FREE_MAX, ", ");
        TRY(append(words[i], 1, text, &number));
    }
    text_append(text, FIELD_FREE_MAX, "]");
    return STATUS_OK;
}

/* Behind the quoted text that begins at `text`; what it says goes to `plain`. */
static const char *unquote(const char *text, char *plain, size_t size) {
    size_t used = 0;
    for (text++; *text && *text != '"'; text++) {
        text += *text == '\\' && text[1];
        if (used + 1 < size) plain[used++] = *text;
    }
    plain[used] = '\0';
    return text + (*text == '"');
}

void free_plain(const char *text, char *plain, size_t size) {
    if (*text == '"')
        unquote(text, plain, size);
    else
        snprintf(plain, size, "%s", text);
}

int free_next_item(const char **rest, char *plain) {
    const char *at = *rest + strspn(*rest, "[, ");
    if (!*at || *at == ']') return 0;
    if (*at == '"') {
        *rest = unquote(at, plain, FIELD_FREE_MAX);
        return 1;
    }
    size_t length = strcspn(at, ",]");
    snprintf(plain, FIELD_FREE_MAX, "%.*s", (int)length, at);
    *rest = at + length;
    return 1;
}

void free_print_json(FILE *out, const char *text) {
    char quoted[2 * FIELD_FREE_MAX] = "";
    int is_json = *text == '"' || *text == '[' || is_truth(text) || is_real(text);
    if (!is_json) quote(text, quoted);
    fputs(is_json ? text : quoted, out);
}

int free_is_absent(const field_t *field, const value_t *value) {
    return field->type == FIELD_FREE && !*value->text;
}

/* --- names --- */

int free_is_wildcard(const char *key) {
    size_t length = strlen(key);
    return length > 2 && strcmp(key + length - 2, ".*") == 0;
}

int free_is_below(const char *wildcard, const char *key) {
    size_t length = strlen(wildcard) - 1;
    return strncmp(wildcard, key, length) == 0 && key[length];
}

/* A walk over the whole document, which looks for one prefix. */
typedef struct finder {
    const document_t *document;
    const char *wildcard; /* "params.*" */
    free_names_t *names;
} finder_t;

static int is_number(const document_t *document, const yaml_node_t *node) {
    (void)document;
    if (node->type != YAML_SCALAR_NODE) return 0;
    if (node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE) return 0;
    return is_real(document_text(node)) || is_truth(document_text(node));
}

/* What an axis lists, and else the value itself: all numbers? */
static int are_numbers(const document_t *document, const yaml_node_t *node, int is_axis) {
    if (!is_axis || node->type != YAML_SEQUENCE_NODE) return is_number(document, node);
    const int *item = node->data.sequence.items.start;
    for (; item < node->data.sequence.items.top; item++)
        if (!is_number(document, document_node(document, *item))) return 0;
    return 1;
}

static status_t add_name(const finder_t *finder, const char *key, int line, int is_numeric) {
    free_names_t *names = finder->names;
    size_t length = strlen(key);
    if (strspn(key, NAME_LETTERS) != length || length >= FREE_KEY_MAX || key[length - 1] == '.')
        return document_fail(finder->document, line,
                             "%.80s: the name of a parameter takes letters, digits, _ . and -, at "
                             "most %d with what stands before it",
                             key, FREE_KEY_MAX - 1);
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->at[i].key, key) == 0) {
            names->at[i].is_numeric &= is_numeric;
            return STATUS_OK;
        }
    free_name_t *more = reallocarray(names->at, names->count + 1, sizeof *more);
    CHECK(more, STATUS_ENVIRONMENT, "out of memory");
    names->at = more;
    free_name_t *fresh = &names->at[names->count++];
    fresh->is_numeric = is_numeric;
    memcpy(fresh->key, key, length + 1);
    return STATUS_OK;
}

/* The key `path` with its value: a parameter, or a mapping of more of them. */
static status_t find_below(const finder_t *finder, const char *path, const yaml_node_t *key,
                           const yaml_node_t *value, int is_axis) {
    const document_t *document = finder->document;
    char longer[2 * FREE_KEY_MAX];
    if (value->type != YAML_MAPPING_NODE)
        return add_name(finder, path, document_line(key), are_numbers(document, value, is_axis));
    const yaml_node_pair_t *pair = value->data.mapping.pairs.start;
    for (; pair < value->data.mapping.pairs.top; pair++) {
        const yaml_node_t *inner = document_node(document, pair->key);
        if (inner->type != YAML_SCALAR_NODE) continue; /* refused by whoever reads it */
        snprintf(longer, sizeof longer, "%.71s.%.70s", path, document_text(inner));
        TRY(find_below(finder, longer, inner, document_node(document, pair->value), is_axis));
    }
    return STATUS_OK;
}

static int is_axes_part(const char *key) { return !strcmp(key, "product") || !strcmp(key, "zip"); }

static status_t find_in(const finder_t *finder, const yaml_node_t *node, int is_axis);

static status_t find_in_pair(const finder_t *finder, const yaml_node_pair_t *pair, int is_axis) {
    const document_t *document = finder->document;
    const yaml_node_t *key = document_node(document, pair->key);
    const yaml_node_t *value = document_node(document, pair->value);
    if (key->type != YAML_SCALAR_NODE) return STATUS_OK;
    const char *text = document_text(key);
    size_t length = strlen(finder->wildcard) - 2; /* "params" */
    int is_whole_prefix = strlen(text) == length && value->type == YAML_MAPPING_NODE;
    if (strncmp(text, finder->wildcard, length) == 0 && (is_whole_prefix || text[length] == '.'))
        return find_below(finder, text, key, value, is_axis);
    int is_searched = !strcmp(text, "key") && value->type == YAML_SCALAR_NODE &&
                      free_is_below(finder->wildcard, document_text(value));
    if (is_searched) return add_name(finder, document_text(value), document_line(value), 1);
    return find_in(finder, value, is_axis || is_axes_part(text));
}

static status_t find_in(const finder_t *finder, const yaml_node_t *node, int is_axis) {
    const document_t *document = finder->document;
    if (node->type == YAML_SEQUENCE_NODE) {
        const int *item = node->data.sequence.items.start;
        for (; item < node->data.sequence.items.top; item++)
            TRY(find_in(finder, document_node(document, *item), is_axis));
    }
    if (node->type == YAML_MAPPING_NODE) {
        const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
        for (; pair < node->data.mapping.pairs.top; pair++)
            TRY(find_in_pair(finder, pair, is_axis));
    }
    return STATUS_OK;
}

status_t free_names_find(const document_t *document, const field_set_t *const *sets,
                         free_names_t *names) {
    for (; *sets; sets++)
        for (size_t i = 0; i < (*sets)->count; i++) {
            const char *key = (*sets)->fields[i].key;
            const finder_t finder = {document, key, names};
            if (free_is_wildcard(key)) TRY(find_in(&finder, document_root(document), 0));
        }
    return STATUS_OK;
}

void free_names_destroy(free_names_t *names) {
    free(names->at);
    *names = (free_names_t){0};
}
