/* scope.h: what a function holds is given back when it returns, on every path.
 *
 *     HELD(bytes_free) bytes_t file = {0};
 *     TRY(disk_read(path, &file));          a failure may return at once: nothing leaks
 *
 * GNU C's cleanup attribute; the last one declared is released first. */
#ifndef BASE_SCOPE_H
#define BASE_SCOPE_H

#define HELD(release) __attribute__((cleanup(release)))

#endif
