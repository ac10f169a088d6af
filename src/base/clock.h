/* clock.h: time. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>

/* Seconds since an arbitrary moment; never goes back. For durations. */
double clock_seconds(void);

/* Processor time of this process so far, all its threads: what other jobs on the machine take does
 * not count. */
double clock_processor(void);

/* Seconds since 1970 (UTC). For time stamps. */
double clock_unix(void);

enum { CLOCK_TEXT_MAX = 32 }; /* room for any of the texts below */

/* Writes "2026-01-31T12:00:00Z" for `unix_seconds` into text[0..size). */
void clock_iso8601(double unix_seconds, char *text, size_t size);

/* The same to the microsecond, "2026-01-31T12:00:00.000000Z". */
void clock_iso8601_micro(double unix_seconds, char *text, size_t size);

/* Writes a duration for people, "2h 05m", "3m 20s", "12.3 s", into text[0..size). */
void clock_duration(double seconds, char *text, size_t size);

#endif
