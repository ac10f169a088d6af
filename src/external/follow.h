/* follow.h: lines of a file that somebody else is appending to, each once, as they come.
 *
 * A last line without its newline is being written, or was torn: it waits. What was read stays as
 * it was: a file that is cut or written anew is an error, for lines of earlier attempts would be
 * lost.
 */
#ifndef EXTERNAL_FOLLOW_H
#define EXTERNAL_FOLLOW_H

#include <limits.h>
#include <stddef.h>

#include "base/status.h"

enum { FOLLOW_TAIL = 32, FOLLOW_PIECE = 1 << 17 };

typedef struct follow {
    char path[PATH_MAX];
    size_t offset;           /* of the first byte that was not read yet       */
    char tail[FOLLOW_TAIL];  /* the bytes before it                           */
    char *buffer;            /* owned [FOLLOW_PIECE]: read, and not given yet  */
    size_t begin, end, line; /* of it; number of the line given last, from 1   */

} follow_t;

status_t follow_open(const char *path, follow_t *follow);
void follow_close(follow_t *follow); /* {0} is fine */

/* Reads on, as much as the buffer takes; before asking for lines. STATUS_FAILED: what was read is
 * not there any more, or a line is longer than the buffer. A file that is not there has no bytes.
 */
status_t follow_read(follow_t *follow);

/* The next whole line, without its newline: borrowed until the next read. NULL: read on. */
const char *follow_next(follow_t *follow, size_t *length);

/* 1 when the last read has filled the buffer: there may be more to read. */
int follow_has_more(const follow_t *follow);

#endif
