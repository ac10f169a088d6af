/* fingerprint.h: which bytes a data file held: the XXH3-64 sum of all of them.
 *
 * To sum gigabytes up for every trial would cost more than the trial. A sum is kept beside the
 * file's identity, in the process and in a small file of the cache (cache.h), where the other ranks
 * find it. It stands for the file as long as the identity is the same, and only if the file had
 * rested (identity.h) before it was summed up. */
#ifndef TASK_FINGERPRINT_H
#define TASK_FINGERPRINT_H

#include "task/mapping.h"

typedef struct fingerprint {
    uint64_t sum;
    identity_t identity;
    int is_settled; /* the file had rested: while it has this identity, it has this sum */
} fingerprint_t;

/* STATUS_CORRUPT when this process has met other bytes at the path before: trials of one sweep
 * would learn from different data. */
status_t fingerprint_take(const mapping_t *mapping, fingerprint_t *fingerprint);

/* STATUS_CORRUPT when the mapping does not hold any more what it held at `then`. A file that was
 * replaced or deleted does: what is mapped is the old one. */
status_t fingerprint_check(const mapping_t *mapping, const fingerprint_t *then);

#endif
