/* safetensors.h: tensors of a checkpoint in the safetensors format: one file, or several with an
 * index ("model.safetensors.index.json"). Only headers are read at first; numbers when they are
 * asked for, by their offset: a checkpoint need not fit into memory. */
#ifndef TENSORS_SAFETENSORS_H
#define TENSORS_SAFETENSORS_H

#include "tensors/header.h"

typedef struct safetensors safetensors_t;

/* Opens the file, or all those an index (*.json) names, which lie beside it. STATUS_CORRUPT with
 * the file and what is wrong: missing, malformed (header.h), a tensor in two of them or in none. */
status_t safetensors_open(const char *path, safetensors_t **tensors);

/* The same for a file of another format, whose tensors the caller knows: takes the list over, also
 * on failure. */
status_t safetensors_open_as(const char *path, tensor_list_t *list, safetensors_t **tensors);
void safetensors_close(safetensors_t **tensors);

/* All tensors, by name. Borrowed. */
const tensor_list_t *safetensors_list(const safetensors_t *tensors);

/* Numbers first .. first + count - 1 of a tensor of the list, whatever their type. STATUS_CORRUPT
 * when that is none we can read, or the file has become shorter. */
status_t safetensors_read_f32(const safetensors_t *tensors, const tensor_entry_t *tensor,
                              int64_t first, int64_t count, float *to);
status_t safetensors_read_f64(const safetensors_t *tensors, const tensor_entry_t *tensor,
                              int64_t first, int64_t count, double *to);

#endif
