/* archive.h: where each trial's result lies.
 *
 *   RUN/trials/ab/ID.h5             a file of its own: new results
 *   RUN/segments/000001.segment     many trials' files in one (segment.h): older results
 *   RUN/withdrawn                   results that do not count any more, so that their trials are
 *                                   run again: a line "ID CHECKSUM" each, only ever added to
 *
 * Of several results of one trial a file of its own goes before segments, and a later segment
 * before an earlier one; one that was withdrawn counts as not there. */
#ifndef STORE_ARCHIVE_H
#define STORE_ARCHIVE_H

#include "store/path.h"
#include "store/segment.h"

/* A trial's newest result in a segment. */
typedef struct holding {
    segment_entry_t entry;
    int segment; /* number of its file */
} holding_t;

typedef struct withdrawal {
    char id[TRIAL_ID_LENGTH + 1];
    uint64_t checksum;
} withdrawal_t;

typedef struct segment_file {
    int number;
    disk_about_t about; /* when its list was read */
} segment_file_t;

typedef struct archive {
    const char *run_dir;      /* borrowed                                        */
    segment_file_t *segments; /* owned [segment_count], ascending numbers        */
    holding_t *holdings;      /* owned [count], ascending ids, one of each       */
    withdrawal_t *withdrawn;  /* owned [withdrawn_count]                         */
    size_t segment_count, count, withdrawn_count;
    size_t damaged_lists; /* of segments; the trials were found all the same */
} archive_t;

/* Reads the lists of all segments, not the trials.
 *
 * A reader may look while a sweep packs. Files only ever move from trials/ into segments, and a
 * segment is complete before the files in it go: who finds no file of its own and asks for the
 * segments after that misses nothing. The other order misses what moved in between. */
status_t archive_open(const char *run_dir, archive_t *archive);
void archive_close(archive_t *archive); /* {0} is fine */

/* Reads the lists of the segments that were written since; one call of access() when there are
 * none.
 */
status_t archive_refresh(archive_t *archive);

/* The trial's newest result in a segment, as far as the lists were read, or NULL. Borrowed, until
 * the archive is refreshed. */
const holding_t *archive_find(const archive_t *archive, const char *id);

/* 1 when the segment is as long as the result in it needs, and by its time stamp as it was at
 * `when`, seconds since 1970. No byte of the result is read. */
int archive_is_as_it_was(const archive_t *archive, const holding_t *holding, double when);

/* Reads RUN/withdrawn alone. */
status_t archive_read_withdrawn(archive_t *archive);

int archive_is_withdrawn(const archive_t *archive, const char *id, uint64_t checksum);

/* Reads the bytes of a trial's result, wherever it lies by now, unchecked; `where` says where, for
 * people. Refreshes the archive when the trial has no file of its own (any more).
 * STATUS_INCOMPLETE when there is no result. The caller frees the bytes in any case. */
status_t archive_fetch(archive_t *archive, const char *id, bytes_t *file, char where[PATH_MAX]);

/* The same, every byte checked, and that it is this trial's. STATUS_CORRUPT when it is damaged. */
status_t archive_read(archive_t *archive, const char *id, bytes_t *file, seal_t *seal);

#endif
