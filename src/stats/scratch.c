#include "stats/scratch.h"

#include "base/memory.h"

void *scratch(size_t count, size_t size) { return memory_take(count, size, "statistics"); }
