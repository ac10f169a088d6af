#include "base/checksum.h"

#include <xxhash.h>

uint64_t checksum_of(const void *bytes, size_t size) { return XXH64(bytes, size, 0); }
