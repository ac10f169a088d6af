#include "task/magic.h"

#include <string.h>

#define ROW(start, name, kind)                                                                     \
    { start, sizeof start - 1, name, kind }

/* UTF-32 stands before UTF-16, whose mark its own begins with. */
static const magic_t magics[] = {
    ROW("\x93NUMPY", "a NumPy array", MAGIC_NUMBERS),
    ROW("\x89HDF\r\n", "an HDF5 file", MAGIC_NUMBERS),
    ROW("PK\x03\x04", "a zip archive (.npz, .pt)", MAGIC_PACKED),
    ROW("\x1f\x8b\x08", "packed by gzip", MAGIC_PACKED),
    ROW("BZh", "packed by bzip2", MAGIC_PACKED),
    ROW("\xfd"
        "7zXZ",
        "packed by xz", MAGIC_PACKED),
    ROW("\x28\xb5\x2f\xfd", "packed by zstd", MAGIC_PACKED),
    ROW("PAR1", "a Parquet file", MAGIC_TABLE),
    ROW("ARROW1", "an Arrow file", MAGIC_TABLE),
    ROW("%PDF-", "a PDF document", MAGIC_TABLE),
    ROW("\xff\xfe\0\0", "UTF-32", MAGIC_WIDE_TEXT),
    ROW("\0\0\xfe\xff", "UTF-32", MAGIC_WIDE_TEXT),
    ROW("\xff\xfe", "UTF-16", MAGIC_WIDE_TEXT),
    ROW("\xfe\xff", "UTF-16", MAGIC_WIDE_TEXT),
};

const magic_t *magic_find(const void *bytes, size_t size) {
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
        const magic_t *magic = &magics[i];
        if (size >= magic->length && memcmp(bytes, magic->bytes, magic->length) == 0) return magic;
    }
    return NULL;
}
