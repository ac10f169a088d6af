#include "base/build.h"

/* BUILD_* are set by the Makefile, for this file alone: a new commit recompiles nothing else. */

const char *build_version(void) { return BUILD_VERSION; }

const char *build_commit(void) { return BUILD_COMMIT; }

const char *build_compiler(void) {
#ifdef __clang__
    return "clang " __clang_version__;
#else
    return "gcc " __VERSION__;
#endif
}

const char *build_flags(void) { return BUILD_FLAGS; }
