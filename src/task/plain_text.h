/* plain_text.h: tells texts from other files. A model learns from any bytes, and nothing in its
 * loss says that they were no text. */
#ifndef TASK_PLAIN_TEXT_H
#define TASK_PLAIN_TEXT_H

#include "base/status.h"
#include "task/words.h"

/* STATUS_CORRUPT with the remedy when the file at `path` is of a known binary format, in UTF-16 or
 * UTF-32, or holds a NUL byte, which no text does. */
status_t plain_text_check(const char *path, text_t text);

/* STATUS_CORRUPT with place and reason when the text is not UTF-8. */
status_t plain_text_check_utf8(text_t text);

#endif
