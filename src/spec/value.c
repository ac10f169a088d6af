#include "spec/value.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "spec/free.h"

/* Integers above this have neighbours that a double cannot tell apart. */
#define EXACT_MAX 9007199254740992.0

void value_format(double number, char *text, size_t size) {
    number += 0.0; /* -0 is 0 */
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, size, "%.*g", digits, number);
        if (strtod(text, NULL) == number) return;
    }
}

/* Takes over `text` (malloc'd) as the canonical text. */
static status_t finish(const field_t *field, char *text, value_t fresh, value_t *value) {
    char *line = NULL;
    int length = text ? asprintf(&line, "%s: %s", field->key, text) : -1;
    if (length < 0) {
        free(text);
        free(fresh.list);
        return status_fail(STATUS_ENVIRONMENT, "out of memory");
    }
    fresh.text = text;
    fresh.hash = text_hash(line, (size_t)length);
    free(line);
    *value = fresh;
    return STATUS_OK;
}

/* [+-] digits [. digits] [e [+-] digits], with a digit before the exponent. */
static int is_decimal(const char *text) {
    text += *text == '+' || *text == '-';
    size_t whole = strspn(text, "0123456789"), fraction = 0;
    int is_padded = whole > 1 && *text == '0'; /* 010: ten, or eight as in C and old YAML? */
    text += whole;
    if (*text == '.') {
        fraction = strspn(text + 1, "0123456789");
        text += 1 + fraction;
    }
    if (whole + fraction == 0 || is_padded) return 0;
    if (*text != 'e' && *text != 'E') return *text == '\0';
    text++;
    text += *text == '+' || *text == '-';
    size_t exponent = strspn(text, "0123456789");
    return exponent > 0 && text[exponent] == '\0';
}

static int is_not_finite_word(const char *text) {
    static const char *const words[] = {"nan", "inf", "infinity", NULL};
    text += strspn(text, "+-.");
    for (const char *const *word = words; *word; word++)
        if (strcasecmp(text, *word) == 0) return 1;
    return 0;
}

/* "; give a number from 0 to 1": the remedy that closes a sentence about a number. */
static void describe_range(const field_t *field, char *text, size_t size) {
    const char *kind = field->type == FIELD_REAL ? "a number" : "a whole number";
    text[0] = '\0';
    if (isfinite(field->min) && isfinite(field->max))
        text_append(text, size, "; give %s from %.15g to %.15g", kind, field->min, field->max);
    else if (isfinite(field->min))
        text_append(text, size, "; give %s of at least %.15g", kind, field->min);
    else if (isfinite(field->max))
        text_append(text, size, "; give %s of at most %.15g", kind, field->max);
    else
        text_append(text, size, "; give %s", kind);
}

static status_t check_range(const field_t *field, const char *text, double number) {
    char range[128];
    describe_range(field, range, sizeof range);
    CHECK(number >= field->min, STATUS_SPEC, "%.80s is below its minimum %.15g%s", text, field->min,
          range);
    CHECK(number <= field->max, STATUS_SPEC, "%.80s is above its maximum %.15g%s", text, field->max,
          range);
    return STATUS_OK;
}

static status_t read_number(const field_t *field, word_t word, double *number) {
    char range[128];
    describe_range(field, range, sizeof range);
    CHECK(!word.is_quoted, STATUS_SPEC, "\"%.80s\" in quotes is text%s without quotes", word.text,
          range);
    CHECK(!is_not_finite_word(word.text), STATUS_SPEC, "%.80s is not finite%s", word.text, range);
    CHECK(is_decimal(word.text), STATUS_SPEC, "\"%.80s\" is not a number%s", word.text, range);
    *number = strtod(word.text, NULL) + 0.0;
    CHECK(isfinite(*number), STATUS_SPEC, "%.80s is too large for a float64%s", word.text, range);
    size_t mantissa = strcspn(word.text, "eE");
    CHECK(*number != 0.0 || strcspn(word.text, "123456789") >= mantissa, STATUS_SPEC,
          "%.80s is too small for a float64; write 0%s", word.text, range);
    return STATUS_OK;
}

static status_t read_integer(const field_t *field, word_t word, int64_t *integer) {
    double number = 0;
    char range[128];
    describe_range(field, range, sizeof range);
    TRY(read_number(field, word, &number));
    CHECK(number == floor(number), STATUS_SPEC, "%.80s is not a whole number%s", word.text, range);
    TRY(check_range(field, word.text, number));
    errno = 0;
    char *end;
    *integer = strtoll(word.text, &end, 10);
    if (*end) { /* 1e3, 3.0 */
        CHECK(fabs(number) <= EXACT_MAX, STATUS_SPEC, "%.80s is too large to be exact%s", word.text,
              range);
        *integer = (int64_t)number;
    } else
        CHECK(errno == 0, STATUS_SPEC, "%.80s does not fit 64 bits%s", word.text, range);
    return STATUS_OK;
}

static status_t read_bool(const field_t *field, word_t word, value_t *value) {
    int is_true = strcmp(word.text, "true") == 0;
    CHECK(!word.is_quoted && (is_true || strcmp(word.text, "false") == 0), STATUS_SPEC,
          "\"%.80s\" is neither true nor false; write one of the two, without quotes", word.text);
    return finish(field, strdup(word.text), (value_t){.number = is_true, .integer = is_true},
                  value);
}

static status_t read_int(const field_t *field, word_t word, value_t *value) {
    int64_t integer = 0;
    TRY(read_integer(field, word, &integer));
    char *text = NULL;
    if (asprintf(&text, "%lld", (long long)integer) < 0) text = NULL;
    return finish(field, text, (value_t){.number = (double)integer, .integer = integer}, value);
}

static status_t read_real(const field_t *field, word_t word, value_t *value) {
    double number = 0;
    char text[32];
    TRY(read_number(field, word, &number));
    TRY(check_range(field, word.text, number));
    value_format(number, text, sizeof text);
    return finish(field, strdup(text), (value_t){.number = number}, value);
}

static status_t read_text(const field_t *field, word_t word, value_t *value) {
    CHECK(strlen(word.text) < FIELD_TEXT_MAX, STATUS_SPEC,
          "the text has %zu bytes, the limit is %d; shorten it (a link helps with long paths)",
          strlen(word.text), FIELD_TEXT_MAX - 1);
    return finish(field, strdup(word.text), (value_t){.number = NAN}, value);
}

static status_t read_choice(const field_t *field, word_t word, value_t *value) {
    const char *const *choices = field->choices();
    for (const char *const *choice = choices; *choice; choice++)
        if (strcmp(*choice, word.text) == 0)
            return finish(field, strdup(word.text), (value_t){.number = NAN}, value);
    char help[1200];
    text_suggest(word.text, choices, help, sizeof help);
    return status_fail(STATUS_SPEC, "unknown choice \"%.80s\"; %s", word.text, help);
}

static status_t read_free(const field_t *field, word_t word, value_t *value) {
    char text[FIELD_FREE_MAX] = "";
    value_t fresh = {.number = NAN};
    TRY(free_read(word, text, &fresh.number));
    return finish(field, strdup(text), fresh, value);
}

static status_t refuse_word(const field_t *field, word_t word, value_t *value) {
    (void)field, (void)value;
    return status_fail(STATUS_SPEC, "takes a list of whole numbers; write [%.80s]", word.text);
}

static status_t (*const readers[])(const field_t *, word_t, value_t *) = {
    [FIELD_BOOL] = read_bool, [FIELD_INT] = read_int,       [FIELD_REAL] = read_real,
    [FIELD_TEXT] = read_text, [FIELD_CHOICE] = read_choice, [FIELD_INT_LIST] = refuse_word,
    [FIELD_FREE] = read_free,
};

status_t value_read(const field_t *field, word_t word, value_t *value) {
    int is_empty = !*word.text || !strcmp(word.text, "~") || !strcmp(word.text, "null");
    CHECK(word.is_quoted || !is_empty, STATUS_SPEC, "has no value; give one%s, or remove the key",
          field->type == FIELD_TEXT ? " (\"\" for empty text)" : "");
    return readers[field->type](field, word, value);
}

static status_t read_free_list(const field_t *field, const word_t *words, size_t count,
                               value_t *value) {
    char text[FIELD_FREE_MAX] = "";
    TRY(free_read_list(words, count, text));
    return finish(field, strdup(text), (value_t){.number = NAN}, value);
}

status_t value_read_list(const field_t *field, const word_t *words, size_t count, value_t *value) {
    if (field->type == FIELD_FREE) return read_free_list(field, words, count, value);
    CHECK(field->type == FIELD_INT_LIST, STATUS_SPEC,
          "takes one value, not a list; to sweep it, write axes: {product: {%s: [...]}}",
          field->key);
    CHECK(count <= FIELD_LIST_MAX, STATUS_SPEC,
          "the list has %zu entries, the limit is %d; shorten "
          "it",
          count, FIELD_LIST_MAX);
    int_list_t list = {.count = (int)count};
    char text[FIELD_LIST_MAX * 24 + 3] = "[";
    for (size_t i = 0; i < count; i++) {
        TRY(read_integer(field, words[i], &list.at[i]));
        text_append(text, sizeof text, "%s%lld", i ? ", " : "", (long long)list.at[i]);
    }
    text_append(text, sizeof text, "]");
    value_t fresh = {.number = NAN, .list = malloc(sizeof list)};
    CHECK(fresh.list, STATUS_ENVIRONMENT, "out of memory");
    *fresh.list = list;
    return finish(field, strdup(text), fresh, value);
}

/* "[0, 100]" cut into its words. */
static status_t read_list_fallback(const field_t *field, value_t *value) {
    char text[FIELD_LIST_MAX * 24], *rest = text;
    word_t words[FIELD_LIST_MAX];
    size_t count = 0;
    snprintf(text, sizeof text, "%s", field->fallback);
    for (char *word; (word = strtok_r(rest, "[], ", &rest)) && count < FIELD_LIST_MAX;)
        words[count++] = (word_t){word, 0};
    return value_read_list(field, words, count, value);
}

status_t value_read_fallback(const field_t *field, value_t *value) {
    if (field->type == FIELD_INT_LIST) return read_list_fallback(field, value);
    if (field->type == FIELD_FREE) /* "": absent, which no word of a file reads as; or "[]" */
        return finish(field, strdup(field->fallback), (value_t){.number = NAN}, value);
    int is_text = field->type == FIELD_TEXT || field->type == FIELD_CHOICE;
    return value_read(field, (word_t){field->fallback, is_text}, value);
}

void value_clear(value_t *value) {
    free(value->text);
    free(value->list);
    *value = (value_t){0};
}
