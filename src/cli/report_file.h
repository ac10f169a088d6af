/* report_file.h: a run's report as a file, for the verbs that write one. */
#ifndef CLI_REPORT_FILE_H
#define CLI_REPORT_FILE_H

#include "cli/saved.h"

/* Writes the report to `path`, whole or not at all: a browser may be reading the one before. The
 * page loads itself again every `reload` seconds, 0: it stays. `plots`: the folder that every
 * figure goes to as well; NULL = none. */
status_t report_file_write(const char *run_dir, const saved_t *saved, const char *path,
                           const char *plots, int reload);

/* The same of a profile of a trained network (koopsweep profile -o FILE). STATUS_CORRUPT: it is
 * damaged, or another file. */
status_t report_file_write_profile(const char *profile, const char *path, const char *plots);

#endif
