/* build.h: which koopsweep this is. Recorded in every result file. */
#ifndef BASE_BUILD_H
#define BASE_BUILD_H

/* "0.1.0". Static, like all here. */
const char *build_version(void);

/* `git describe` when this was compiled: "1a2b3c4d5e6f", "-dirty" at its end when the source had
 * uncommitted changes, "unknown" outside a checkout. */
const char *build_commit(void);

/* Compiler and its flags, "gcc 12.2.0", "-std=gnu11 -O3 ...". */
const char *build_compiler(void);
const char *build_flags(void);

#endif
