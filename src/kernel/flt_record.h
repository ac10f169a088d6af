/* flt_record.h: how records (base/record.h) call the engine's scalar type. */
#ifndef KERNEL_FLT_RECORD_H
#define KERNEL_FLT_RECORD_H

#include "base/record.h"
#include "kernel/flt.h"

#define RECORD_FLT ((record_type_t)(sizeof(flt) == sizeof(float) ? RECORD_F32 : RECORD_F64))

#endif
