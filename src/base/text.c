#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

uint64_t text_hash(const void *bytes, size_t length) {
    const unsigned char *byte = bytes;
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < length; i++) hash = (hash ^ byte[i]) * 0x100000001b3u;
    hash ^= hash >> 33; /* MurmurHash3's finalizer */
    hash *= 0xff51afd7ed558ccdu;
    hash ^= hash >> 33;
    hash *= 0xc4ceb9fe1a85ec53u;
    return hash ^ hash >> 33;
}

enum { WORD_MAX = 64 };

/* Levenshtein distance of the first WORD_MAX characters. */
static int distance(const char *a, const char *b) {
    int n = (int)strnlen(a, WORD_MAX), m = (int)strnlen(b, WORD_MAX);
    int row[WORD_MAX + 1];
    for (int j = 0; j <= m; j++) row[j] = j;
    for (int i = 1; i <= n; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= m; j++) {
            int best = diagonal + (a[i - 1] != b[j - 1]);
            if (row[j] + 1 < best) best = row[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[m];
}

const char *text_nearest(const char *word, const char *const *names) {
    int limit = (int)strnlen(word, WORD_MAX) / 3;
    if (limit < 2) limit = 2;
    const char *nearest = NULL;
    for (; *names; names++) {
        int d = distance(word, *names);
        if (d <= limit) {
            nearest = *names;
            limit = d - 1;
        }
    }
    return nearest;
}

void text_suggest(const char *word, const char *const *names, char *text, size_t size) {
    const char *nearest = text_nearest(word, names);
    text[0] = '\0';
    if (nearest) text_append(text, size, "did you mean %s? ", nearest);
    text_append(text, size, "known: ");
    size_t used = strlen(text);
    text_join(names, text + used, size - used);
}

void text_join(const char *const *names, char *text, size_t size) {
    text[0] = '\0';
    for (const char *const *name = names; *name; name++) {
        if (strlen(text) + strlen(*name) + 8 > size) {
            text_append(text, size, ", ...");
            return;
        }
        text_append(text, size, "%s%s", name == names ? "" : ", ", *name);
    }
}

void text_append(char *text, size_t size, const char *format, ...) {
    size_t used = strnlen(text, size);
    if (used >= size) return;
    va_list args;
    va_start(args, format);
    vsnprintf(text + used, size - used, format, args);
    va_end(args);
}

size_t text_concat(char *text, size_t size, const char *a, const char *b) {
    size_t first = strlen(a), second = strlen(b), room = size - 1;
    size_t n = first < room ? first : room, m = second < room - n ? second : room - n;
    memcpy(text, a, n);
    memcpy(text + n, b, m);
    text[n + m] = '\0';
    return first + second;
}
