#include "kernel/op.h"

#include <stddef.h>

const op_t *const op_rows[] = {
#define OP(name) &op_##name,
#include "kernel/ops.def"
#undef OP
    NULL};
