#include "store/defaults.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* --- writing --- */

/* A text that grows. */
typedef struct draft {
    char *at; /* owned */
    size_t size, room;
} draft_t;

static void put(draft_t *draft, const char *text, size_t size) {
    if (draft->size + size + 1 > draft->room) {
        draft->room = 2 * (draft->size + size + 1) + 4096;
        draft->at = memory_grow(draft->at, draft->room, 1, "a result file");
    }
    memcpy(draft->at + draft->size, text, size);
    draft->size += size;
    draft->at[draft->size] = '\0';
}

static void put_text(draft_t *draft, const char *text) { put(draft, text, strlen(text)); }

/* Words that YAML takes for something else than text. */
static int is_special(const char *text) {
    static const char *const words[] = {"true", "false", "null", "yes", "no",
                                        "on",   "off",   "y",    "n"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(words[i], text) == 0) return 1;
    return 0;
}

static int is_word(const char *text) {
    if (!isalpha((unsigned char)*text) || is_special(text)) return 0;
    while (isalnum((unsigned char)*text) || *text == '_') text++;
    return *text == '\0';
}

static void put_quoted(draft_t *draft, const char *text) {
    put(draft, "\"", 1);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') put(draft, "\\", 1);
        put(draft, text, 1);
    }
    put(draft, "\"", 1);
}

/* YAML 1.1 wants a point in a number with an exponent, and true or false is 1 or 0 in all files. */
static void put_number(draft_t *draft, const char *text) {
    size_t digits = strcspn(text, "e");
    if (isalpha((unsigned char)*text)) {
        put_text(draft, *text == 't' ? "1" : *text == 'f' ? "0" : *text == 'i' ? ".inf" : ".nan");
    } else if (text[0] == '-' && text[1] == 'i') {
        put_text(draft, "-.inf");
    } else {
        put(draft, text, digits);
        if (text[digits] && !memchr(text, '.', digits)) put_text(draft, ".0");
        put_text(draft, text + digits);
    }
}

static void put_value(draft_t *draft, const config_t *config, size_t i) {
    const char *text = config_text_at(config, i);
    if (config_is_number_at(config, i))
        put_number(draft, text);
    else if (is_word(text))
        put_text(draft, text);
    else
        put_quoted(draft, text);
}

static int is_of_group(const char *key, const char *group, size_t length) {
    return length && strncmp(key, group, length) == 0 && key[length] == '.';
}

/* Keys come in their order, so those of a group one after the other. */
char *defaults_write(const config_t *config) {
    draft_t draft = {0};
    const char *group = "";
    size_t length = 0;
    put_text(&draft, "");
    for (size_t i = 0; config_key(config, i); i++) {
        const char *key = config_key(config, i);
        if (!config_is_default_at(config, i) || config_is_absent_at(config, i)) continue;
        if (is_of_group(key, group, length)) {
            put_text(&draft, ", ");
        } else {
            if (length) put_text(&draft, "}\n");
            group = key;
            length = strcspn(key, ".");
            put(&draft, key, length);
            put_text(&draft, ": {");
        }
        put_text(&draft, key[length] ? key + length + 1 : key);
        put_text(&draft, ": ");
        put_value(&draft, config, i);
    }
    if (length) put_text(&draft, "}\n");
    return draft.at;
}

/* --- reading --- */

static const char *const malformed = "its options at their defaults are not as they are written";

/* Copies a quoted text without its quotation marks; returns where it goes on, or NULL. */
static const char *unquote(const char *at, char *text, size_t size) {
    size_t n = 0;
    for (at++; *at && *at != '"'; at++) {
        if (*at == '\\' && !*++at) return NULL;
        if (n + 1 < size) text[n++] = *at;
    }
    text[n] = '\0';
    return *at == '"' ? at + 1 : NULL;
}

static double number_of(const char *text) {
    if (strcmp(text, ".nan") == 0) return NAN;
    if (strcmp(text, "-.inf") == 0) return -INFINITY;
    return strcmp(text, ".inf") == 0 ? INFINITY : strtod(text, NULL);
}

/* One value, which ends before a comma or the brace. */
static const char *read_value(const char *at, const char *path, record_t *record) {
    char text[1024];
    size_t length = strcspn(at, ",}");
    if (*at == '"') {
        at = unquote(at, text, sizeof text);
        if (at) record_put_text(record, path, text);
        return at;
    }
    if (length >= sizeof text) return NULL;
    memcpy(text, at, length);
    text[length] = '\0';
    if (isalpha((unsigned char)*text))
        record_put_text(record, path, text);
    else
        record_put_f64(record, path, number_of(text));
    return at + length;
}

/* "KEY: VALUE" of a group; returns what stands behind it. */
static const char *read_option(const char *at, const char *group, int length, record_t *record) {
    char path[2 * RECORD_PATH_MAX];
    int key = (int)strcspn(at, ":");
    int is_alone = key == length && strncmp(at, group, (size_t)key) == 0;
    int size = is_alone ? snprintf(path, sizeof path, "config@%.*s", key, at)
                        : snprintf(path, sizeof path, "config@%.*s.%.*s", length, group, key, at);
    if (size >= RECORD_PATH_MAX || strncmp(at + key, ": ", 2) != 0) return NULL;
    return read_value(at + key + 2, path, record);
}

static status_t read_text(const char *at, record_t *record) {
    while (*at) {
        const char *group = at;
        int length = (int)strcspn(at, ":");
        CHECK(strncmp(at + length, ": {", 3) == 0, STATUS_CORRUPT, "%s", malformed);
        for (at += length + 1; *at && *at != '}';) {
            at = read_option(at + 2, group, length, record);
            CHECK(at && (*at == '}' || strncmp(at, ", ", 2) == 0), STATUS_CORRUPT, "%s", malformed);
        }
        CHECK(strncmp(at, "}\n", 2) == 0, STATUS_CORRUPT, "%s", malformed);
        at += 2;
    }
    return STATUS_OK;
}

/* The item's text is taken out of the record before others come in. */
static char *take_out(record_t *record, const char *path) {
    record_item_t *item = (record_item_t *)record_find(record, path);
    if (!item || item->type != RECORD_TEXT) return NULL;
    char *text = item->data;
    size_t behind = record->count - (size_t)(item - record->items) - 1;
    memmove(item, item + 1, behind * sizeof *item);
    record->count--;
    return text;
}

status_t defaults_read(record_t *record) {
    char *text = take_out(record, "@defaults");
    CHECK(text, STATUS_CORRUPT, "%s", malformed);
    status_t status = read_text(text, record);
    free(text);
    return status;
}
