#include "store/attribute.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Made once, like the type below: making one takes longer than writing with it. */
static hid_t scalar_space(void) {
    static hid_t space = -1;
    if (space < 0) space = H5Screate(H5S_SCALAR);
    return space;
}

static hid_t variable_text(void) {
    static hid_t type = -1;
    if (type < 0) {
        type = H5Tcopy(H5T_C_S1);
        H5Tset_size(type, H5T_VARIABLE);
        H5Tset_cset(type, H5T_CSET_UTF8);
    }
    return type;
}

static status_t put(hid_t object, const char *name, hid_t type, hid_t memory, const void *value) {
    HELD(image_release)
    hid_t attribute = H5Acreate2(object, name, type, scalar_space(), H5P_DEFAULT, H5P_DEFAULT);
    CHECK_HDF5(attribute, STATUS_BUG, "cannot make the attribute %s", name);
    CHECK_HDF5(H5Awrite(attribute, memory, value), STATUS_BUG, "cannot write the attribute %s",
               name);
    return STATUS_OK;
}

status_t attribute_put_text(hid_t object, const char *name, const char *text) {
    return put(object, name, variable_text(), variable_text(), &text);
}

status_t attribute_put_number(hid_t object, const char *name, double value) {
    return put(object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &value);
}

status_t attribute_put_integer(hid_t object, const char *name, int64_t value) {
    return put(object, name, H5T_STD_I64LE, H5T_NATIVE_INT64, &value);
}

status_t attribute_put_unsigned(hid_t object, const char *name, uint64_t value) {
    return put(object, name, H5T_STD_U64LE, H5T_NATIVE_UINT64, &value);
}

status_t attribute_put_label(hid_t dataset, const char *unit, const char *long_name,
                             const char *writer) {
    TRY(attribute_put_text(dataset, "unit", unit));
    TRY(attribute_put_text(dataset, "long_name", long_name));
    return attribute_put_text(dataset, "writer", writer);
}

static void free_memory(char **memory) { free(*memory); }

static status_t get_text(hid_t attribute, hid_t type, const char *path, record_t *record) {
    if (H5Tis_variable_str(type)) {
        char *text = NULL;
        CHECK_HDF5(H5Aread(attribute, type, &text), STATUS_CORRUPT, "cannot read %s", path);
        record_put_text(record, path, text ? text : "");
        H5free_memory(text);
        return STATUS_OK;
    }
    HELD(free_memory) char *text = calloc(H5Tget_size(type) + 1, 1);
    CHECK(text, STATUS_ENVIRONMENT, "out of memory for %s", path);
    CHECK_HDF5(H5Aread(attribute, type, text), STATUS_CORRUPT, "cannot read %s", path);
    record_put_text(record, path, text);
    return STATUS_OK;
}

/* By its size, or, where that is of a reference to text, by its space, which takes longer. */
static int is_scalar(hid_t attribute, hid_t type) {
    if (!H5Tis_variable_str(type)) return H5Aget_storage_size(attribute) == H5Tget_size(type);
    HELD(image_release) hid_t space = H5Aget_space(attribute);
    return H5Sget_simple_extent_type(space) == H5S_SCALAR;
}

static status_t get(hid_t attribute, const char *path, record_t *record) {
    HELD(image_release) hid_t type = H5Aget_type(attribute);
    H5T_class_t class = H5Tget_class(type);
    CHECK(is_scalar(attribute, type), STATUS_CORRUPT, "%s is no scalar", path);
    if (class == H5T_STRING) return get_text(attribute, type, path, record);
    CHECK(class == H5T_FLOAT || class == H5T_INTEGER, STATUS_CORRUPT,
          "%s is neither text nor a number", path);
    union {
        double number;
        int64_t integer;
    } value = {0};
    hid_t memory = class == H5T_FLOAT                  ? H5T_NATIVE_DOUBLE
                   : H5Tget_sign(type) == H5T_SGN_NONE ? H5T_NATIVE_UINT64
                                                       : H5T_NATIVE_INT64;
    CHECK_HDF5(H5Aread(attribute, memory, &value), STATUS_CORRUPT, "cannot read %s", path);
    record_put(record, path, class == H5T_FLOAT ? RECORD_F64 : RECORD_I64, 0, NULL, &value);
    return STATUS_OK;
}

static int ties_scales(const char *name) {
    static const char *const names[] = {"DIMENSION_LIST", "DIMENSION_LABELS", "REFERENCE_LIST"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0) return 1;
    return 0;
}

struct visit {
    const char *prefix;
    attribute_filter_t *filter; /* NULL: all */
    const void *context;
    record_t *record;
    status_t status;
};

static status_t get_named(hid_t object, const char *name, const char *path, record_t *record) {
    HELD(image_release) hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    CHECK_HDF5(attribute, STATUS_CORRUPT, "cannot open the attribute %s", path);
    return get(attribute, path, record);
}

static herr_t visit_attribute(hid_t object, const char *name, const H5A_info_t *info,
                              void *context) {
    (void)info;
    struct visit *visit = context;
    char path[RECORD_PATH_MAX];
    if (ties_scales(name)) return 0;
    text_concat(path, sizeof path, visit->prefix, name);
    if (visit->filter && !visit->filter(visit->context, path)) return 0;
    visit->status = get_named(object, name, path, visit->record);
    return visit->status == STATUS_OK ? 0 : -1;
}

status_t attributes_get(hid_t object, const char *prefix, attribute_filter_t *filter,
                        const void *context, record_t *record) {
    struct visit visit = {prefix, filter, context, record, STATUS_OK};
    herr_t result =
        H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, visit_attribute, &visit);
    if (visit.status != STATUS_OK) return visit.status;
    CHECK_HDF5(result, STATUS_CORRUPT, "cannot list the attributes of %s", prefix);
    return STATUS_OK;
}

status_t attribute_get_integer(hid_t object, const char *name, int64_t *value) {
    HELD(image_release) hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    CHECK_HDF5(attribute, STATUS_CORRUPT, "cannot open the attribute %s", name);
    HELD(image_release) hid_t type = H5Aget_type(attribute);
    CHECK(H5Tget_class(type) == H5T_INTEGER && is_scalar(attribute, type), STATUS_CORRUPT,
          "the attribute %s is no integer", name);
    CHECK_HDF5(H5Aread(attribute, H5T_NATIVE_INT64, value), STATUS_CORRUPT, "cannot read %s", name);
    return STATUS_OK;
}
