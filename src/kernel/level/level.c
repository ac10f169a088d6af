#include "kernel/level/level.h"

#include "kernel/op_kernels.h"

extern const loops_t LEVELED(loops);

extern const level_t LEVELED(level);
const level_t LEVELED(level) = {op_kernels, vector_kernels, &LEVELED(loops)};
