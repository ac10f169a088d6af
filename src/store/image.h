/* image.h: an HDF5 file as a block of memory.
 *
 * HDF5 never touches the disk here: it builds and reads files in memory (its core driver), disk.h
 * moves them whole. So a full disk can not tear a file, what was checked against the seal is what
 * is read, and HDF5's file locks, which some cluster file systems lack, are never asked for.
 *
 * Files are made for HDF5 1.10 and later: from there on all metadata carry checksums. */
#ifndef STORE_IMAGE_H
#define STORE_IMAGE_H

#include <hdf5.h>

#include "base/disk.h"
#include "base/scope.h"

/* Gives back any HDF5 id: HELD(image_release) hid_t space = H5Screate(...); negative ids are fine.
 */
void image_release(const hid_t *id);

/* Opens a new file in memory whose first SEAL_SIZE bytes are left free. `image` receives the bytes
 * when the file is closed, and must live until then. */
status_t image_begin(bytes_t *image, hid_t *file);

/* Closes what image_begin opened (nothing else in it may be open) and hands its bytes to `image`.
 */
status_t image_end(hid_t *file, bytes_t *image);

/* Opens a file's bytes for reading; they must live until `file` is released. STATUS_CORRUPT when
 * HDF5 cannot make sense of them. */
status_t image_open(bytes_t *image, hid_t *file);

/* Makes a plain HDF5 file on disk, over an older one, for what may be larger than memory; no seal,
 * no file locks. STATUS_ENVIRONMENT when that cannot be. */
status_t image_create_on_disk(const char *path, hid_t *file);

/* HDF5's own reason for what it refused last, the innermost one. Borrowed, valid until the next
 * failure on this thread. */
const char *image_reason(void);

/* Like CHECK for an HDF5 call that returned `result`: adds HDF5's reason. */
#define CHECK_HDF5(result, code, format, ...)                                                      \
    CHECK((result) >= 0, code, format ": %s", ##__VA_ARGS__, image_reason())

#endif
