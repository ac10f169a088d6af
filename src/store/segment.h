/* segment.h: a segment: the files of many trials in one, so that large sweeps leave few files.
 *
 * Text first, under a seal of its own (kind "segment", its name a hash of the list): one line per
 * trial, then the trials' files as they were, each with its own seal, one right behind the other:
 *
 *     [   0] koopsweep segment, format 2 ...            512 bytes, seal.h
 *     [ 512] 3f9c02d1a47e         12800        54978 88acc3311fe56ee1 COMPLETED
 *            ID                  OFFSET         SIZE         CHECKSUM STATE
 *            ...
 *     [12800] koopsweep trial, format 2 ...             the first trial's file
 *
 * No byte is left uncovered. A segment is immutable. Should its list be damaged, it is made again
 * from the seals of the trials. */
#ifndef STORE_SEGMENT_H
#define STORE_SEGMENT_H

#include "plan/plan.h"
#include "store/seal.h"

enum { SEGMENT_TRIALS = 256 }; /* at most */

/* One trial in a segment. */
typedef struct segment_entry {
    char id[TRIAL_ID_LENGTH + 1];
    char state[TRIAL_STATE_MAX];
    size_t offset, size; /* of its file, bytes from the segment's first */
    uint64_t checksum;   /* in its seal                                 */
} segment_entry_t;

/* The complete segment of `count` whole trial files, of ids id[i] with seals seal[i]. */
status_t segment_encode(const bytes_t *files, const seal_t *seals, size_t count, bytes_t *segment);

/* Calls take(context, entry) for each trial of the segment at `path`. Sets is_damaged, with a
 * warning, when its list had to be made again; `about`: of the file. */
typedef status_t segment_taker_t(void *context, const segment_entry_t *entry);
status_t segment_list(const char *path, segment_taker_t *take, void *context, int *is_damaged,
                      disk_about_t *about);

#endif
