/* seal.h: the first 512 bytes of every file of ours: who it is, and a checksum of all of it.
 *
 * HDF5 leaves a file's "user block" to the application; every HDF5 reader skips it. Ours is text:
 *
 *     koopsweep trial, format 2
 *     name 3f9c02d1a47e
 *     state COMPLETED
 *     bytes 60312
 *     checksum 1f0e9d8c7b6a5948
 *
 * and spaces up to 512 bytes. The checksum is XXH64 (base/checksum.h) over the whole file, seal
 * included, with its own sixteen digits read as zeros: no byte of the file is left uncovered, and a
 * change is missed with one chance in 2^64. In format 1, which is read as well, it is text_hash. */
#ifndef STORE_SEAL_H
#define STORE_SEAL_H

#include <stdint.h>

#include "base/disk.h"
#include "plan/plan.h"

enum {
    SEAL_SIZE = 512,   /* bytes; HDF5 wants a power of two from there on             */
    SEAL_OLDEST = 1,   /* that is read                                                   */
    SEAL_FORMAT = 2,   /* of what is written; grows when an older reader would go wrong */
    LAYOUT_OLDEST = 1, /* of what HDF5 holds behind it, that is read                     */
    LAYOUT_VERSION = 2 /* of what is written; grows likewise                            */
};

typedef struct seal {
    int format;
    char kind[16];               /* "trial" or "index"                             */
    char name[64];               /* id of the trial, hash of the plan              */
    char state[TRIAL_STATE_MAX]; /* of the trial; "-" for the index                */
    size_t size;                 /* of the whole file, bytes                       */
    uint64_t checksum;           /* identifies this very content                   */
} seal_t;

/* Fills in the first SEAL_SIZE bytes of a file that is otherwise complete. */
void seal_put(bytes_t *file, const char *kind, const char *name, const char *state);

/* Reads the seal out of a file's first SEAL_SIZE bytes without checking the rest. STATUS_CORRUPT
 * when it is none of ours. */
status_t seal_parse(const void *head, seal_t *seal);

/* Checks every byte of a file against its seal. STATUS_CORRUPT, saying how it is damaged. Leaves
 * the bytes as they are, but writes to them in between. */
status_t seal_check(bytes_t *file, const char *kind, seal_t *seal);

#endif
