/* header.h: the header of a safetensors file: which tensors it holds, and where.
 *
 *   u64 length | {"name": {"dtype": "F32", "shape": [3, 4], "data_offsets": [0, 48]}, ...} | data
 *
 * Offsets count from the byte behind the header; numbers are row-major and little-endian. Every
 * claim of a header is checked: tensors follow each other without a hole or an overlap, from the
 * first byte of the data to the last of the file, each as long as its shape and type say. */
#ifndef TENSORS_HEADER_H
#define TENSORS_HEADER_H

#include <stdint.h>

#include "base/status.h"
#include "tensors/number.h"

enum { TENSOR_RANK_MAX = 8, HEADER_BYTES_MAX = 100 << 20 };

typedef struct tensor_entry {
    char *name;                /* owned                                                     */
    const number_type_t *type; /* NULL: none we know                                        */
    char type_name[16];
    int rank; /* 0 = scalar                                                */
    int64_t shape[TENSOR_RANK_MAX];
    int64_t count;       /* of its numbers                                            */
    uint64_t begin, end; /* bytes of the file                                         */
    int part;            /* of the checkpoint: number of the file (safetensors.h)     */
} tensor_entry_t;

typedef struct tensor_list {
    tensor_entry_t *at; /* owned [count], ascending names */
    size_t count;
} tensor_list_t; /* {0} is an empty one */

/* How long a file's header is, from its first 8 bytes. STATUS_CORRUPT, without the file's name:
 * more than there can be. */
status_t header_length(const unsigned char head[8], uint64_t file_size, uint64_t *length);

/* Reads the header text[0..length) of a file of so many bytes. STATUS_CORRUPT, without the file's
 * name, with the tensor and what is wrong with it. */
status_t header_read(const char *text, size_t length, uint64_t file_size, tensor_list_t *list);
void tensor_list_clear(tensor_list_t *list);

/* NULL when there is none. Borrowed. */
const tensor_entry_t *tensor_list_find(const tensor_list_t *list, const char *name);

/* Back into ascending names. STATUS_CORRUPT when a name is there twice. */
status_t tensor_list_sort(tensor_list_t *list);

#endif
