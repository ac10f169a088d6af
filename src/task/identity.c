#include "task/identity.h"

#include <string.h>

identity_t identity_of(const struct stat *about) {
    return (identity_t){.inode = about->st_ino,
                        .size = (uint64_t)about->st_size,
                        .modified = {about->st_mtim.tv_sec, about->st_mtim.tv_nsec},
                        .changed = {about->st_ctim.tv_sec, about->st_ctim.tv_nsec}};
}

identity_t identity_at(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 ? identity_of(&about) : (identity_t){0};
}

int identity_is_same(const identity_t *a, const identity_t *b) {
    return memcmp(a, b, sizeof *a) == 0;
}

int identity_has_rested(const identity_t *identity, double now) {
    const int64_t *modified = identity->modified, *changed = identity->changed;
    int64_t last = modified[0] > changed[0] ? modified[0] : changed[0];
    return now - (double)last > 1 + IDENTITY_REST; /* 1: the nanoseconds are cut off */
}
