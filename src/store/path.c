#include "store/path.h"

#include <stdio.h>

const char *path_trials(const char *run_dir, char path[PATH_MAX]) {
    snprintf(path, PATH_MAX, "%s/trials", run_dir);
    return path;
}

const char *path_folder(const char *run_dir, int folder, char path[PATH_MAX]) {
    snprintf(path, PATH_MAX, "%s/trials/%02x", run_dir, (unsigned)folder);
    return path;
}

const char *path_trial(const char *run_dir, const char *id, char path[PATH_MAX]) {
    snprintf(path, PATH_MAX, "%s/trials/%.2s/%s.h5", run_dir, id, id);
    return path;
}

const char *path_index(const char *run_dir, char path[PATH_MAX]) {
    snprintf(path, PATH_MAX, "%s/sweep.h5", run_dir);
    return path;
}

const char *path_segments(const char *run_dir, char path[PATH_MAX]) {
    snprintf(path, PATH_MAX, "%s/segments", run_dir);
    return path;
}

const char *path_segment(const char *run_dir, int number, char path[PATH_MAX]) {
    snprintf(path, PATH_MAX, "%s/segments/%06d.segment", run_dir, number);
    return path;
}

const char *path_checkpoints(const char *run_dir, char path[PATH_MAX]) {
    snprintf(path, PATH_MAX, "%s/checkpoints", run_dir);
    return path;
}

const char *path_withdrawn(const char *run_dir, char path[PATH_MAX]) {
    snprintf(path, PATH_MAX, "%s/withdrawn", run_dir);
    return path;
}

int path_segment_number(const char *name) {
    int number, end = 0;
    if (sscanf(name, "%d.segment%n", &number, &end) != 1 || !end || name[end]) return -1;
    return number;
}

int path_folder_of(const char *id) {
    static const char digits[] = "0123456789abcdef";
    int folder = 0;
    for (int i = 0; i < 2; i++) {
        int digit = 0;
        while (digits[digit] && digits[digit] != id[i]) digit++;
        if (!digits[digit]) return -1;
        folder = 16 * folder + digit;
    }
    return folder;
}
