/* plain.h: text for terminals that do not know UTF-8. */
#ifndef REPORT_PLAIN_H
#define REPORT_PLAIN_H

#include <stddef.h>

/* 1 unless the environment's locale for characters (LC_ALL, else LC_CTYPE, else LANG) names UTF-8.
 * Goes by the name alone: whether that locale is installed here says nothing of the terminal. */
int plain_is_wanted(void);

enum { PLAIN_GROWTH = 4 }; /* a copy has at most so many times the bytes */

/* Writes text into copy[0..size), each character beyond ASCII as what is usual for it ("+-" for the
 * plus-minus sign, "lambda" for the letter), "?" where nothing is. Cut where it does not fit. */
void plain_copy(const char *text, char *copy, size_t size);

#endif
