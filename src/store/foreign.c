#include "store/foreign.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/image.h"

struct foreign {
    char path[PATH_MAX];
    hid_t file;
};

int foreign_is_one(const char *path) {
    static const char magic[] = "\x89HDF\r\n\x1a\n";
    char head[sizeof magic - 1];
    return disk_read_head(path, head, sizeof head) == STATUS_OK &&
           memcmp(head, magic, sizeof head) == 0;
}

status_t foreign_open(const char *path, foreign_t **out) {
    HELD(image_release) hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    H5Pset_file_locking(access, 0, 1);
    *out = NULL;
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, access);
    CHECK_HDF5(file, STATUS_CORRUPT, "%s: cannot be opened", path);
    foreign_t *f = *out = memory_take(1, sizeof *f, "an HDF5 file");
    snprintf(f->path, sizeof f->path, "%s", path);
    f->file = file;
    return STATUS_OK;
}

void foreign_close(foreign_t **file) {
    if (!*file) return;
    H5Fclose((*file)->file);
    free(*file);
    *file = NULL;
}

static int is_number(hid_t set) {
    HELD(image_release) hid_t type = H5Dget_type(set);
    H5T_class_t kind = H5Tget_class(type);
    return kind == H5T_FLOAT || kind == H5T_INTEGER;
}

int foreign_shape(const foreign_t *f, const char *name, int64_t shape[2]) {
    hsize_t sizes[2];
    if (H5Lexists(f->file, name, H5P_DEFAULT) <= 0) return 0;
    HELD(image_release) hid_t set = H5Dopen2(f->file, name, H5P_DEFAULT);
    HELD(image_release) hid_t space = H5Dget_space(set);
    if (H5Sget_simple_extent_ndims(space) != 2 || !is_number(set)) return 0;
    H5Sget_simple_extent_dims(space, sizes, NULL);
    shape[0] = (int64_t)sizes[0];
    shape[1] = (int64_t)sizes[1];
    return 1;
}

status_t foreign_read(const foreign_t *f, const char *name, flt *to) {
    hid_t type = sizeof *to == sizeof(float) ? H5T_NATIVE_FLOAT : H5T_NATIVE_DOUBLE;
    HELD(image_release) hid_t set = H5Dopen2(f->file, name, H5P_DEFAULT);
    CHECK_HDF5(H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, to), STATUS_CORRUPT,
               "%s: %s cannot be read", f->path, name);
    return STATUS_OK;
}
