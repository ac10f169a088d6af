/* folder.h: a temporary folder for the files of one test program. */
#ifndef TESTS_TASK_FOLDER_H
#define TESTS_TASK_FOLDER_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "task/data_file.h"

/* The folder, made at the first call; removed when the program ends. */
static inline const char *folder_path(void) {
    static char path[] = "/tmp/koopsweep-test-XXXXXX";
    static int is_made;
    if (!is_made) is_made = mkdtemp(path) != NULL;
    return path;
}

static inline void folder_remove(void) {
    char command[256];
    snprintf(command, sizeof command, "rm -rf '%s'", folder_path());
    if (system(command) != 0) abort();
}

/* Writes bytes[0..size) to NAME in the folder; makes the folders above it. Returns the path, valid
 * until the next call. */
static inline const char *folder_write(const char *name, const void *bytes, size_t size) {
    static char path[DATA_PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder_path(), name);
    for (char *slash = path + 1; *slash; slash++) {
        if (*slash != '/') continue;
        *slash = '\0';
        mkdir(path, 0777);
        *slash = '/';
    }
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) abort();
    return path;
}

/* Copies the first `size` bytes of a file, or all when it is shorter. */
static inline const char *folder_copy(const char *name, const char *from, size_t size) {
    data_file_t file;
    if (data_open(from, &file) != STATUS_OK) abort();
    const char *path = folder_write(name, file.bytes, size < file.size ? size : file.size);
    data_close(&file);
    return path;
}

#endif
