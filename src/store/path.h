/* path.h: where the files of a run lie. */
#ifndef STORE_PATH_H
#define STORE_PATH_H

#include <limits.h>

enum { FOLDERS = 256 }; /* RUN/trials/00 .. ff, by the first two digits of a trial's id */

/* Each writes into path[0..PATH_MAX) and returns it. */
const char *path_trials(const char *run_dir, char path[PATH_MAX]);
const char *path_folder(const char *run_dir, int folder, char path[PATH_MAX]);
const char *path_trial(const char *run_dir, const char *id, char path[PATH_MAX]);
const char *path_index(const char *run_dir, char path[PATH_MAX]);
const char *path_segments(const char *run_dir, char path[PATH_MAX]);
const char *path_segment(const char *run_dir, int number, char path[PATH_MAX]);
const char *path_checkpoints(const char *run_dir, char path[PATH_MAX]);
const char *path_withdrawn(const char *run_dir, char path[PATH_MAX]);

/* The number of a segment's file name; -1 when it is none. */
int path_segment_number(const char *name);

/* Which of the FOLDERS an id belongs to; -1 when it does not begin with two hex digits. */
int path_folder_of(const char *id);

#endif
