#include "task/words.h"

word_reader_t words_of(text_t text) {
    return (word_reader_t){.at = text.bytes, .end = text.bytes + text.length};
}

static int is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; }

int words_next(word_reader_t *reader, word_t *word) {
    const char *at = reader->at, *end = reader->end;
    while (at < end && is_blank(*at)) at++;
    reader->is_line_open |= at > reader->at;
    const char *start = at;
    while (at < end && !is_blank(*at) && *at != '\n') at++;
    reader->at = at;
    if (at > start) {
        reader->is_line_open = 1;
        *word = (word_t){.bytes = start, .length = (size_t)(at - start)};
        return 1;
    }
    if (at == end && !reader->is_line_open) return 0;
    reader->at += at < end; /* the newline */
    reader->is_line_open = 0;
    *word = (word_t){0};
    return 1;
}

int64_t words_count(text_t text) {
    word_reader_t reader = words_of(text);
    word_t word;
    int64_t count = 0;
    while (words_next(&reader, &word)) count++;
    return count;
}
