#include "external/line.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"

#define EXACT_MAX    9007199254740992.0 /* above, neighbours are the same double */
#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-/"

/* How numbers that are not finite are written, in quotes or bare; the longest first. */
static const struct word {
    const char *text;
    double number;
} words[] = {{"-Infinity", -INFINITY}, {"Infinity", INFINITY}, {"-inf", -INFINITY},
             {"inf", INFINITY},        {"NaN", NAN},           {"nan", NAN}};
enum { WORDS = sizeof words / sizeof *words };

static size_t bare_word(const char *at, const char *end) {
    for (int i = 0; i < WORDS; i++) {
        size_t length = strlen(words[i].text);
        if ((size_t)(end - at) >= length && !memcmp(at, words[i].text, length)) return length;
    }
    return 0;
}

/* JSON has no such numbers: puts those that stand bare in quotes. to[2 * length + 1]. */
static void quote_words(const char *text, size_t length, char *to) {
    const char *end = text + length;
    int is_inside = 0;
    while (text < end) {
        size_t word = is_inside ? 0 : bare_word(text, end);
        if (word) {
            *to++ = '"';
            to = mempcpy(to, text, word);
            *to++ = '"';
            text += word;
            continue;
        }
        if (is_inside && *text == '\\' && text + 1 < end)
            *to++ = *text++; /* and what it escapes */
        else
            is_inside ^= *text == '"';
        *to++ = *text++;
    }
    *to = '\0';
}

static void drop(cJSON **json) { cJSON_Delete(*json); }

static status_t number_of(const cJSON *item, double *number) {
    const char *name = item->string;
    if (cJSON_IsNumber(item) || cJSON_IsBool(item)) {
        *number = cJSON_IsNumber(item) ? item->valuedouble : cJSON_IsTrue(item);
        return STATUS_OK;
    }
    for (int i = 0; cJSON_IsString(item) && i < WORDS; i++)
        if (strcmp(item->valuestring, words[i].text) == 0) {
            *number = words[i].number;
            return STATUS_OK;
        }
    CHECK(!cJSON_IsNull(item), STATUS_FAILED, "\"%.60s\" is null; write NaN, or leave it out",
          name);
    CHECK(!cJSON_IsString(item), STATUS_FAILED, "\"%.60s\" is the text \"%.60s\"; numbers only",
          name, item->valuestring);
    return status_fail(STATUS_FAILED, "\"%.60s\" is a list or an object; numbers only", name);
}

static status_t add_value(const cJSON *item, int is_summary, line_t *line) {
    const char *name = item->string;
    size_t length = strlen(name), good = strspn(name, NAME_LETTERS);
    CHECK(length && length == good && length < LINE_NAME_MAX, STATUS_FAILED,
          "the name \"%.80s\": 1 to %d letters, digits and _ . - /", name, LINE_NAME_MAX - 1);
    CHECK(line->count < LINE_VALUES_MAX, STATUS_FAILED, "more than %d values", LINE_VALUES_MAX);
    line_value_t *value = &line->values[line->count];
    *value = (line_value_t){.is_summary = is_summary};
    memcpy(value->name, name, length + 1);
    TRY(number_of(item, &value->number));
    line->count++;
    return STATUS_OK;
}

static status_t add_summary(const cJSON *item, line_t *line) {
    CHECK(cJSON_IsObject(item), STATUS_FAILED,
          "\"summary\" takes an object: {\"summary\": {\"NAME\": 0.5}}");
    for (const cJSON *value = item->child; value; value = value->next)
        TRY(add_value(value, 1, line));
    return STATUS_OK;
}

static status_t whole_of(const cJSON *item, int64_t *whole) {
    double number = NAN;
    TRY(number_of(item, &number));
    CHECK(number == floor(number) && number >= 0 && number <= EXACT_MAX && !cJSON_IsBool(item),
          STATUS_FAILED, "\"%s\" is %g; whole numbers from 0 on", item->string, number);
    *whole = (int64_t)number;
    return STATUS_OK;
}

static status_t take_item(const cJSON *item, line_t *line) {
    if (strcmp(item->string, "step") == 0) return whole_of(item, &line->step);
    if (strcmp(item->string, "attempt") == 0) return whole_of(item, &line->attempt);
    if (strcmp(item->string, "summary") == 0) return add_summary(item, line);
    if (strcmp(item->string, "checkpoint") != 0) return add_value(item, 0, line);
    CHECK(cJSON_IsString(item), STATUS_FAILED, "\"checkpoint\" takes the name of a file");
    line->is_checkpoint = 1;
    return STATUS_OK;
}

static status_t check_steps(const line_t *line) {
    for (size_t i = 0; line->step < 0 && i < line->count; i++)
        CHECK(line->values[i].is_summary, STATUS_FAILED, "\"%s\" has no \"step\" beside it",
              line->values[i].name);
    return STATUS_OK;
}

/* A copy with an end of its own, in which all numbers are JSON. */
static cJSON *parse(const char *text, size_t length) {
    const char *end;
    char *copy = malloc(3 * length + 1);
    if (!copy) return NULL;
    quote_words(text, length, copy);
    cJSON *json = cJSON_ParseWithOpts(copy, &end, 1);
    free(copy);
    return json;
}

status_t line_parse(const char *text, size_t length, line_t *line) {
    HELD(drop) cJSON *json = NULL;
    line->step = line->attempt = -1;
    line->count = 0;
    line->is_checkpoint = 0;
    CHECK(!memchr(text, 0, length), STATUS_FAILED, "it holds a byte 0");
    json = parse(text, length);
    CHECK(cJSON_IsObject(json), STATUS_FAILED,
          "it is no JSON object on a line of its own, such as {\"step\": 0, \"loss\": 2.3}");
    for (const cJSON *item = json->child; item; item = item->next) TRY(take_item(item, line));
    return check_steps(line);
}
