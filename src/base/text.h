/* text.h: small helpers on strings. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* 64-bit FNV-1a of bytes[0..length), finished by a strong mixer. Stable for ever: trial ids and
 * random streams depend on it. */
uint64_t text_hash(const void *bytes, size_t length);

/* The entry of `names` (NULL-terminated) nearest to `word` in edit distance, or NULL when none is
 * within a third of its length (at least 2). For "did you mean". Borrowed. */
const char *text_nearest(const char *word, const char *const *names);

/* Writes what helps with an unknown `word`, "did you mean train.lr? known: train.lr, train.steps",
 * into text[0..size); without the question when no name is near. */
void text_suggest(const char *word, const char *const *names, char *text, size_t size);

/* Writes "a, b, c" of the NULL-terminated `names` into text[0..size); cut with "..." when full. */
void text_join(const char *const *names, char *text, size_t size);

/* Appends printf output to text[0..size) at its end; never writes beyond, always terminates. */
void text_append(char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Writes a and b one behind the other into text[0..size), cut where it is full; returns the length
 * of both. As snprintf("%s%s"), which takes some ten times as long, where that is done for all
 * items of many trials. */
size_t text_concat(char *text, size_t size, const char *a, const char *b);

#endif
