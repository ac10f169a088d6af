/* checksum.h: the sum that tells whether bytes are those that were written. */
#ifndef BASE_CHECKSUM_H
#define BASE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* XXH64 (Collet's xxHash, seed 0) of bytes[0..size). Stable for ever: it stands in files. A change
 * is missed with one chance in 2^64. */
uint64_t checksum_of(const void *bytes, size_t size);

#endif
