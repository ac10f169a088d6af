#include "slurm/script.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/scope.h"

/* Length of "@NAME@" at the start of `text`, 0 when there is none: a lone @ stands for itself. */
static size_t placeholder(const char *text) {
    size_t n = 1;
    while (isupper((unsigned char)text[n]) || text[n] == '_') n++;
    return text[0] == '@' && n > 1 && text[n] == '@' ? n + 1 : 0;
}

static const script_value_t *value_of(const script_value_t *values, const char *name,
                                      size_t length) {
    for (; values->name; values++)
        if (strlen(values->name) == length && strncmp(values->name, name, length) == 0)
            return values;
    return NULL;
}

static int append(char script[SCRIPT_TEXT_MAX], const char *text, size_t length) {
    size_t used = strlen(script);
    if (used + length >= SCRIPT_TEXT_MAX) return 0;
    memcpy(script + used, text, length);
    script[used + length] = '\0';
    return 1;
}

status_t script_append(const char *origin, const char *text, const script_value_t *values,
                       char script[SCRIPT_TEXT_MAX]) {
    int line = 1, fits = 1;
    while (*text && fits) {
        size_t length = placeholder(text);
        if (!length) {
            line += *text == '\n';
            fits = append(script, text++, 1);
            continue;
        }
        const script_value_t *value = value_of(values, text + 1, length - 2);
        CHECK(value, STATUS_SPEC, "%s:%d: %.*s is no name koopsweep has a value for", origin, line,
              (int)length, text);
        CHECK(value->has_lines || !strchr(value->text, '\n'), STATUS_SPEC,
              "%s:%d: the value of %.*s has several lines", origin, line, (int)length, text);
        fits = append(script, value->text, strlen(value->text));
        text += length;
    }
    CHECK(fits, STATUS_SPEC, "%s: the job script grows beyond %d bytes", origin, SCRIPT_TEXT_MAX);
    return STATUS_OK;
}

/* Where the templates lie: in a checkout beside build/, installed under the same prefix. */
static status_t find_folder(const char *first_part, char folder[PATH_MAX]) {
    static const char *const places[] = {"jobs", "../jobs", "../share/koopsweep/jobs"};
    char program[PATH_MAX], path[2 * PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(program, '/');
    if (slash) *slash = '\0';
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        int n = snprintf(folder, PATH_MAX, "%s/%s", program, places[i]);
        snprintf(path, sizeof path, "%s/%s", folder, first_part);
        if (n < PATH_MAX && access(path, R_OK) == 0) return STATUS_OK;
    }
    return status_fail(STATUS_ENVIRONMENT,
                       "the job templates are neither beside %s nor in its ../share/koopsweep: "
                       "name their folder with --templates, or run make install",
                       program);
}

static status_t append_file(const char *path, const script_value_t *values,
                            char script[SCRIPT_TEXT_MAX]) {
    HELD(bytes_free) bytes_t file = {0};
    TRY(disk_read(path, &file));
    char *text = strndup((const char *)file.at, file.size);
    CHECK(text, STATUS_ENVIRONMENT, "out of memory for %s", path);
    status_t status = script_append(path, text, values, script);
    free(text);
    return status;
}

status_t script_render(const char *folder, const char *const *parts, const script_value_t *values,
                       char script[SCRIPT_TEXT_MAX]) {
    char found[PATH_MAX], path[PATH_MAX + NAME_MAX + 2];
    if (!folder) TRY(find_folder(parts[0], found));
    script[0] = '\0';
    for (; *parts; parts++) {
        snprintf(path, sizeof path, "%s/%s", folder ? folder : found, *parts);
        status_t status = append_file(path, values, script);
        if (status == STATUS_INCOMPLETE) return status_fail(STATUS_SPEC, "%s", status_message());
        TRY(status);
    }
    return STATUS_OK;
}

void script_quote(const char *word, char quoted[SCRIPT_QUOTED_MAX]) {
    size_t n = 0;
    quoted[n++] = '\'';
    for (; *word && n < SCRIPT_QUOTED_MAX - 8; word++) {
        if (*word == '\'') {
            memcpy(quoted + n, "'\\''", 4);
            n += 4;
        } else {
            quoted[n++] = *word;
        }
    }
    quoted[n++] = '\'';
    quoted[n] = '\0';
}
