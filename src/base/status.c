#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SENTENCE_MAX = 2048 };
static _Thread_local char sentence[SENTENCE_MAX];

status_t status_fail(status_t code, const char *format, ...) {
    char fresh[SENTENCE_MAX]; /* the arguments may point into `sentence` */
    va_list args;
    va_start(args, format);
    vsnprintf(fresh, sizeof fresh, format, args);
    va_end(args);
    memcpy(sentence, fresh, sizeof fresh);
    return code;
}

status_t status_context(status_t code, const char *format, ...) {
    char context[SENTENCE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(context, sizeof context, format, args);
    va_end(args);
    return status_fail(code, "%s: %s", context, sentence);
}

const char *status_message(void) { return sentence; }
