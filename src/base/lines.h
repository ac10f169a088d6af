/* lines.h: files of lines that are only ever added to: journals of what happened.
 *
 * A reader never takes part of a line for a line: what is added goes in whole or not at all, and
 * what a crash has left of a line is cut off before the next one comes. (To end it with a newline
 * instead would make a line of it: "ID 0x1.8" of "ID 0x1.8p+3".) A last line without its newline is
 * being written, or was torn: readers pass it over.
 *
 * One writer at a time. No fsync: who adds here loses an account and no result with the machine. */
#ifndef BASE_LINES_H
#define BASE_LINES_H

#include <stddef.h>

#include "base/status.h"

/* Adds text[size], whole lines, to the file, which is made when there is none. STATUS_ENVIRONMENT,
 * with path and reason: the disk does not take all of it, and nothing was added. */
status_t lines_add(const char *path, const char *text, size_t size);

#endif
