#include "store/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/seal.h"
#include "store/store.h"

enum { GROWTH = 64 * 1024, MANY_ATTRIBUTES = 4096 };

/* HDF5 wants a name even for a file in memory, and refuses the image when a file of that name is on
 * disk: one that no file can have. */
static const char no_file[] = "/dev/null/in-memory";

void image_release(const hid_t *id) {
    if (*id > 0) H5Idec_ref(*id);
}

/* HDF5's core driver asks these callbacks for the memory of a file, so that the memory is ours: we
 * keep it when a new file is closed, and lend ours, uncopied, when one is opened. */

static void *grow(void *old, size_t size, H5FD_file_image_op_t operation, void *image) {
    (void)operation;
    bytes_t *bytes = image;
    unsigned char *fresh = realloc(old, size);
    if (fresh && size > bytes->size) memset(fresh + bytes->size, 0, size - bytes->size);
    if (fresh) *bytes = (bytes_t){fresh, size};
    return fresh;
}

static void *grow_from_nothing(size_t size, H5FD_file_image_op_t operation, void *image) {
    return grow(NULL, size, operation, image);
}

static void *lend(size_t size, H5FD_file_image_op_t operation, void *image) {
    (void)operation;
    bytes_t *bytes = image;
    return size <= bytes->size ? bytes->at : NULL;
}

static void *is_there_already(void *to, const void *from, size_t size,
                              H5FD_file_image_op_t operation, void *image) {
    (void)from, (void)size, (void)operation, (void)image;
    return to;
}

static herr_t keep(void *memory, H5FD_file_image_op_t operation, void *image) {
    (void)memory, (void)operation, (void)image;
    return 0;
}

static void *same_image(void *image) { return image; }

static herr_t leave_image(void *image) {
    (void)image;
    return 0;
}

static hid_t access_in_memory(H5FD_file_image_callbacks_t callbacks, bytes_t *image) {
    callbacks.image_free = keep;
    callbacks.udata_copy = same_image;
    callbacks.udata_free = leave_image;
    callbacks.udata = image;
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (H5Pset_fapl_core(access, GROWTH, 0) < 0 ||
        H5Pset_file_image_callbacks(access, &callbacks) < 0 ||
        H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110) < 0) {
        image_release(&access);
        return -1;
    }
    return access;
}

status_t image_begin(bytes_t *image, hid_t *file) {
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* its complaints become our sentences */
    *image = (bytes_t){0};
    HELD(image_release)
    hid_t access = access_in_memory(
        (H5FD_file_image_callbacks_t){.image_malloc = grow_from_nothing, .image_realloc = grow},
        image);
    HELD(image_release) hid_t creation = H5Pcreate(H5P_FILE_CREATE);
    CHECK_HDF5(access, STATUS_BUG, "cannot prepare a file in memory");
    CHECK_HDF5(H5Pset_small_data_block_size(access, 0), STATUS_BUG, "cannot save room");
    CHECK_HDF5(H5Pset_userblock(creation, SEAL_SIZE), STATUS_BUG, "cannot make room for a seal");
    CHECK_HDF5(H5Pset_attr_phase_change(creation, MANY_ATTRIBUTES, 0), STATUS_BUG,
               "cannot keep attributes compact");
    *file = H5Fcreate(no_file, H5F_ACC_TRUNC, creation, access);
    CHECK_HDF5(*file, STATUS_BUG, "cannot make a file in memory");
    return STATUS_OK;
}

status_t image_end(hid_t *file, bytes_t *image) {
    CHECK_HDF5(H5Fflush(*file, H5F_SCOPE_GLOBAL), STATUS_BUG, "cannot finish a file in memory");
    ssize_t size = H5Fget_file_image(*file, NULL, 0); /* without the block the seal is put in */
    CHECK_HDF5(size, STATUS_BUG, "cannot measure a file in memory");
    CHECK(H5Fget_obj_count(*file, H5F_OBJ_ALL) == 1, STATUS_BUG, "a file in memory is in use");
    hid_t closing = *file;
    *file = -1;
    CHECK_HDF5(H5Fclose(closing), STATUS_BUG, "cannot close a file in memory");
    image->size = SEAL_SIZE + (size_t)size;
    return STATUS_OK;
}

status_t image_open(bytes_t *image, hid_t *file) {
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    HELD(image_release)
    hid_t access = access_in_memory(
        (H5FD_file_image_callbacks_t){.image_malloc = lend, .image_memcpy = is_there_already},
        image);
    CHECK_HDF5(access, STATUS_BUG, "cannot prepare a file in memory");
    CHECK_HDF5(H5Pset_file_image(access, image->at, image->size), STATUS_BUG,
               "cannot hand over a file in memory");
    *file = H5Fopen(no_file, H5F_ACC_RDONLY, access);
    CHECK_HDF5(*file, STATUS_CORRUPT, "HDF5 cannot read it");
    return STATUS_OK;
}

/* We close files ourselves. At the end HDF5 would try again with one that a full disk kept it from
 * closing, and crash. Must come before its first call. */
__attribute__((constructor)) static void keep_from_exit(void) { H5dont_atexit(); }

status_t image_create_on_disk(const char *path, hid_t *file) {
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    HELD(image_release) hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
    H5Pset_file_locking(access, 0, 1);
    *file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    CHECK_HDF5(*file, STATUS_ENVIRONMENT, "cannot make %s", path);
    return STATUS_OK;
}

const char *store_hdf5_version(void) {
    static _Thread_local char text[32];
    unsigned major, minor, release;
    H5get_libversion(&major, &minor, &release);
    snprintf(text, sizeof text, "%u.%u.%u", major, minor, release);
    return text;
}

static herr_t keep_first(unsigned depth, const H5E_error2_t *error, void *reason) {
    if (depth == 0) snprintf(reason, 256, "%s", error->desc);
    return 0;
}

const char *image_reason(void) {
    static _Thread_local char reason[256];
    snprintf(reason, sizeof reason, "HDF5 gives no reason");
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, reason);
    return reason;
}
