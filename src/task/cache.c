#include "task/cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "task/data_file.h"

int cache_path(uint64_t key, const char *kind, char *path) {
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int is_cache = cache && cache[0] == '/', is_home = home && home[0] == '/';
    if (!is_cache && !is_home) return 0;
    return snprintf(path, DATA_PATH_MAX, "%s%s/koopsweep/%016llx.%s", is_cache ? cache : home,
                    is_cache ? "" : "/.cache", (unsigned long long)key, kind) < DATA_PATH_MAX;
}

void cache_make_folder(const char *path) {
    char folder[DATA_PATH_MAX];
    snprintf(folder, sizeof folder, "%s", path);
    for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(folder, 0777);
        *slash = '/';
    }
}
