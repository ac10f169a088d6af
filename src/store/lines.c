#include "store/lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/dataset.h"
#include "store/schema.h"

/* --- writing --- */

enum { ROOM = 64 }; /* bytes that a line takes beside the texts in it */

/* Lines one behind the other, each with its terminator. */
typedef struct draft {
    char *text;  /* owned [room]  */
    size_t *end; /* owned [lines] */
    size_t size, room, count, lines;
} draft_t;

static void draft_free(draft_t *draft) {
    free(draft->text);
    free(draft->end);
}

/* Where a line of up to `size` bytes may be written. */
static char *draft_begin(draft_t *draft, size_t size) {
    if (draft->size + size > draft->room) {
        draft->room = 2 * (draft->size + size) + 8192;
        draft->text = memory_grow(draft->text, draft->room, 1, "a result file");
    }
    if (draft->count == draft->lines) {
        draft->lines = 2 * draft->lines + 256;
        draft->end = memory_grow(draft->end, draft->lines, sizeof *draft->end, "a result file");
    }
    return draft->text + draft->size;
}

static void draft_end(draft_t *draft, size_t length) {
    draft->size += length + 1;
    draft->end[draft->count++] = draft->size;
}

static void free_pointers(char ***at) { free(*at); }

static status_t draft_put(const draft_t *draft, hid_t place, const char *name) {
    HELD(image_release) hid_t dataset = -1;
    HELD(free_pointers) char **at = memory_take(draft->count + 1, sizeof *at, "a result file");
    for (size_t i = 0; i < draft->count; i++) at[i] = draft->text + (i ? draft->end[i - 1] : 0);
    return dataset_put_lines(place, name, (texts_t){at, draft->count}, &dataset);
}

static const char *or_dash(const char *text) { return *text ? text : "-"; }

status_t labels_put(hid_t place, const record_t *record) {
    HELD(draft_free) draft_t draft = {0};
    for (size_t i = 0; i < record->count; i++) {
        const schema_row_t *row = schema_find(record->items[i].path);
        size_t room = strlen(row->path) + strlen(row->shape) + strlen(row->unit) +
                      strlen(row->writer) + strlen(row->doc) + ROOM;
        int length = snprintf(draft_begin(&draft, room), room, "%s %s %s %s %s", row->path,
                              or_dash(row->shape), or_dash(row->unit), row->writer, row->doc);
        draft_end(&draft, (size_t)length);
    }
    return draft_put(&draft, place, "labels");
}

/* As JSON has it; room for six times the text. */
static char *quote(const char *text, char *to) {
    *to++ = '"';
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') *to++ = '\\';
        if (c < ' ')
            to += sprintf(to, "\\u%04x", c);
        else
            *to++ = (char)c;
    }
    *to++ = '"';
    *to = '\0';
    return to;
}

/* The shortest of usual lengths that is the very number again. */
static size_t print_number(double x, char to[ROOM]) {
    int length = snprintf(to, ROOM, "%.15g", x);
    if (strtod(to, NULL) != x) length = snprintf(to, ROOM, "%.17g", x);
    return (size_t)length;
}

status_t defaults_put(hid_t group, const config_t *config) {
    HELD(draft_free) draft_t draft = {0};
    for (size_t i = 0; config_key(config, i); i++) {
        if (!config_is_default_at(config, i) || config_is_absent_at(config, i)) continue;
        const char *key = config_key(config, i), *text = config_text_at(config, i);
        char *line = draft_begin(&draft, strlen(key) + 6 * strlen(text) + ROOM);
        size_t length = (size_t)sprintf(line, "%s: ", key);
        length = config_is_number_at(config, i)
                     ? length + print_number(config_number(config, key), line + length)
                     : (size_t)(quote(text, line + length) - line);
        draft_end(&draft, length);
    }
    return draft_put(&draft, group, "defaults");
}

/* --- reading --- */

/* PREFIX + the first `length` bytes of text + SUFFIX; 0 when that is too long for a path. */
static int make_path(char path[RECORD_PATH_MAX], const char *prefix, const char *text,
                     size_t length, const char *suffix) {
    size_t before = strlen(prefix), behind = strlen(suffix);
    if (length == 0 || length + before + behind >= RECORD_PATH_MAX) return 0;
    memcpy(path, prefix, before);
    memcpy(path + before, text, length);
    memcpy(path + before + length, suffix, behind + 1);
    return 1;
}

/* The unit is the third word. */
int labels_take(const char *line, record_t *about) {
    char path[RECORD_PATH_MAX], unit[RECORD_PATH_MAX];
    const char *shape = strchr(line, ' '), *at = shape ? strchr(shape + 1, ' ') : NULL;
    if (!at || !make_path(path, "", line, (size_t)(shape - line), "@unit")) return 0;
    if (!make_path(unit, "", at + 1, strcspn(at + 1, " "), "")) return 0;
    record_put_text(about, path, strcmp(unit, "-") == 0 ? "" : unit);
    return 1;
}

/* Takes the quotation marks off, in place; NULL when it is no text of `quote`. */
static char *unquote(char *text) {
    char *to = text, *at = text + 1;
    unsigned code;
    int length;
    while (*at && *at != '"') {
        if (sscanf(at, "\\u%4x%n", &code, &length) == 1 && length == 6 && code && code < ' ') {
            *to++ = (char)code;
            at += length;
            continue;
        }
        at += *at == '\\';
        if (!*at) return NULL;
        *to++ = *at++;
    }
    if (strcmp(at, "\"") != 0) return NULL;
    *to = '\0';
    return text;
}

static void free_text(char **text) { free(*text); }

int defaults_take(const char *line, record_t *about) {
    char path[RECORD_PATH_MAX], *end;
    const char *colon = strstr(line, ": ");
    if (!colon || !make_path(path, "config@", line, (size_t)(colon - line), "")) return 0;
    if (colon[2] == '"') {
        HELD(free_text) char *copy = memory_take(strlen(colon), 1, "an option");
        const char *text = unquote(strcpy(copy, colon + 2));
        if (text) record_put_text(about, path, text);
        return text != NULL;
    }
    double number = strtod(colon + 2, &end);
    if (end == colon + 2 || *end) return 0;
    record_put_f64(about, path, number);
    return 1;
}

typedef struct taker {
    int (*take)(const char *line, record_t *about);
    record_t *about;
    int is_malformed;
} taker_t;

static void take_line(void *context, size_t i, const char *line) {
    (void)i;
    taker_t *taker = context;
    taker->is_malformed |= !taker->take(line, taker->about);
}

static status_t read_lines(hid_t dataset, const char *path, taker_t *taker) {
    TRY(dataset_read_texts(dataset, path, DATASET_ANY, take_line, taker));
    CHECK(!taker->is_malformed, STATUS_CORRUPT, "%s has lines that are not as they are written",
          path);
    return STATUS_OK;
}

status_t labels_read(hid_t dataset, record_t *about) {
    return read_lines(dataset, "labels", &(taker_t){labels_take, about, 0});
}

status_t defaults_read(hid_t dataset, record_t *about) {
    return read_lines(dataset, "config/defaults", &(taker_t){defaults_take, about, 0});
}
