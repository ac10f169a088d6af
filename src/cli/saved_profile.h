/* saved_profile.h: the profile of a trained network that `koopsweep profile -o FILE` left. */
#ifndef CLI_SAVED_PROFILE_H
#define CLI_SAVED_PROFILE_H

#include "base/record.h"
#include "report/table.h"

enum { SAVED_PROFILE_TABLES = 2 }; /* layers; thirds of the network */

/* Reads the file, and makes its tables. The caller frees all. STATUS_CORRUPT: it is damaged, or of
 * another kind; then nothing is held. */
status_t saved_profile_read(const char *path, record_t *record,
                            report_table_t tables[SAVED_PROFILE_TABLES]);

#endif
