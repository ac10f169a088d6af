/* write.h: a safetensors file of arrays in memory. */
#ifndef TENSORS_WRITE_H
#define TENSORS_WRITE_H

#include "base/record.h"

/* Writes all items, F32 or F64, one behind the other in their order, whole or not at all (disk.h),
 * with the metadata {"format": "pt"} without which Hugging Face's transformers reads no file.
 * STATUS_BUG: an item of another type. */
status_t safetensors_write(const char *path, const record_t *record);

#endif
