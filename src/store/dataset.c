#include "store/dataset.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 1 << 20, COMPACT_BYTES = 1 << 15 };

/* In memory and in the file; text has a type of its own for each length. */
hid_t dataset_memory_type(record_type_t type) {
    switch (type) {
    case RECORD_F64:
        return H5T_NATIVE_DOUBLE;
    case RECORD_F32:
        return H5T_NATIVE_FLOAT;
    case RECORD_I64:
        return H5T_NATIVE_INT64;
    case RECORD_I32:
        return H5T_NATIVE_INT32;
    case RECORD_TEXT:
        break;
    }
    return -1;
}

static hid_t file_type(record_type_t type) {
    switch (type) {
    case RECORD_F64:
        return H5T_IEEE_F64LE;
    case RECORD_F32:
        return H5T_IEEE_F32LE;
    case RECORD_I64:
        return H5T_STD_I64LE;
    case RECORD_I32:
        return H5T_STD_I32LE;
    case RECORD_TEXT:
        break;
    }
    return -1;
}

/* UTF-8 of `size` bytes with its terminator; H5T_VARIABLE for any length. */
static hid_t text_type(size_t size) {
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, size);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

/* The record type of a type found in a file; -1 when it is none of ours. */
static int known_type(hid_t type) {
    size_t size = H5Tget_size(type);
    switch (H5Tget_class(type)) {
    case H5T_FLOAT:
        return size == 8 ? RECORD_F64 : size == 4 ? RECORD_F32 : -1;
    case H5T_INTEGER:
        return size == 8 ? RECORD_I64 : size == 4 ? RECORD_I32 : -1;
    case H5T_STRING:
        return RECORD_TEXT;
    default:
        return -1;
    }
}

/* The whole array when that is small; else its leading axes are cut until a chunk is. */
static void chunk_shape(int rank, const hsize_t *shape, size_t element, hsize_t *chunk) {
    hsize_t bytes = element;
    for (int i = 0; i < rank; i++) {
        chunk[i] = shape[i] ? shape[i] : 1;
        bytes *= chunk[i];
    }
    for (int i = 0; i < rank; i++) {
        hsize_t rest = bytes / chunk[i]; /* bytes of one entry of this axis */
        if (bytes > CHUNK_BYTES) chunk[i] = rest < CHUNK_BYTES ? CHUNK_BYTES / rest : 1;
        bytes = rest * chunk[i];
    }
}

enum { COLUMN_LEVEL = 1, LINES_LEVEL = 6 }; /* of deflate */

static hid_t plain_list(void) {
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(list, 0);
    H5Pset_fill_time(list, H5D_FILL_TIME_NEVER);
    return list;
}

/* No room is kept for attributes to come. */
static void leave_attributes_out(hid_t list) {
#if H5_VERSION_GE(1, 10, 5)
    H5Pset_dset_no_attrs_hint(list, 1);
#else
    (void)list;
#endif
}

/* Made once: most data sets are small. A header has room for 64 KiB. */
static hid_t compact_list(void) {
    static hid_t list = -1;
    if (list < 0) {
        list = plain_list();
        H5Pset_layout(list, H5D_COMPACT);
        leave_attributes_out(list);
    }
    return list;
}

/* `level` of deflate; 0: not deflated. */
static hid_t chunked_list(int rank, const hsize_t *shape, size_t element, unsigned level) {
    hid_t list = plain_list();
    hsize_t chunk[RECORD_RANK_MAX];
    chunk_shape(rank, shape, element, chunk);
    H5Pset_chunk(list, rank, chunk);
    if (level && H5Zfilter_avail(H5Z_FILTER_DEFLATE) > 0) H5Pset_deflate(list, level);
    H5Pset_fletcher32(list);
    return list;
}

/* Groups on the way to a data set are made. */
static hid_t link_list(void) {
    static hid_t list = -1;
    if (list < 0) {
        list = H5Pcreate(H5P_LINK_CREATE);
        H5Pset_create_intermediate_group(list, 1);
    }
    return list;
}

static hid_t create_as(hid_t place, const char *path, hid_t type, int rank, const hsize_t *shape,
                       hid_t creation) {
    HELD(image_release)
    hid_t space = rank ? H5Screate_simple(rank, shape, NULL) : H5Screate(H5S_SCALAR);
    return H5Dcreate2(place, path, type, space, link_list(), creation, H5P_DEFAULT);
}

/* A single text of more than COMPACT_BYTES has only the seal. */
static hid_t create(hid_t place, const char *path, hid_t type, int rank, const hsize_t *shape) {
    size_t element = H5Tget_size(type), bytes = element;
    for (int i = 0; i < rank; i++) bytes *= shape[i];
    if (bytes < COMPACT_BYTES) return create_as(place, path, type, rank, shape, compact_list());
    HELD(image_release)
    hid_t list = rank ? chunked_list(rank, shape, element, 0) : plain_list();
    return create_as(place, path, type, rank, shape, list);
}

status_t dataset_put(hid_t place, const char *path, const record_item_t *item, hid_t *dataset) {
    hsize_t shape[RECORD_RANK_MAX];
    for (int i = 0; i < item->rank; i++) shape[i] = item->shape[i];
    int is_text = item->type == RECORD_TEXT;
    HELD(image_release) hid_t text = is_text ? text_type(strlen(item->data) + 1) : -1;
    hid_t type = is_text ? text : file_type(item->type);
    *dataset = create(place, path, type, item->rank, shape);
    CHECK_HDF5(*dataset, STATUS_BUG, "cannot make the data set %s", path);
    type = is_text ? text : dataset_memory_type(item->type);
    CHECK_HDF5(H5Dwrite(*dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, item->data), STATUS_BUG,
               "cannot write the data set %s", path);
    return STATUS_OK;
}

status_t dataset_put_constant(hid_t file, const record_item_t *item, size_t count, hid_t *dataset) {
    const hsize_t shape = count;
    hid_t type = file_type(item->type);
    HELD(image_release) hid_t creation = chunked_list(1, &shape, H5Tget_size(type), 0);
    H5Pset_fill_time(creation, H5D_FILL_TIME_IFSET);
    H5Pset_fill_value(creation, dataset_memory_type(item->type), item->data);
    *dataset = create_as(file, item->path, type, 1, &shape, creation);
    CHECK_HDF5(*dataset, STATUS_BUG, "cannot make the data set %s", item->path);
    return STATUS_OK;
}

hid_t dataset_create_growing(hid_t file, const char *path, record_type_t type, int rank,
                             const hsize_t *shape, const void *fill, int is_deflated) {
    hsize_t empty[RECORD_RANK_MAX], longest[RECORD_RANK_MAX];
    for (int axis = 0; axis < rank; axis++) {
        empty[axis] = axis ? shape[axis] : 0;
        longest[axis] = H5S_UNLIMITED;
    }
    HELD(image_release)
    hid_t list = chunked_list(rank, shape, record_type_size(type), is_deflated ? COLUMN_LEVEL : 0);
    HELD(image_release) hid_t space = H5Screate_simple(rank, empty, longest);
    H5Pset_fill_time(list, H5D_FILL_TIME_IFSET);
    H5Pset_fill_value(list, dataset_memory_type(type), fill);
    return H5Dcreate2(file, path, file_type(type), space, link_list(), list, H5P_DEFAULT);
}

static void free_memory(char **memory) { free(*memory); }

/* Writes texts [first, first + count) through `block`, which has room for them. */
static status_t write_texts(hid_t dataset, hid_t type, texts_t texts, hsize_t first, hsize_t count,
                            char *block) {
    size_t width = H5Tget_size(type);
    memset(block, 0, count * width);
    for (size_t i = 0; i < count; i++)
        memcpy(block + i * width, texts.at[first + i], strlen(texts.at[first + i]));
    HELD(image_release) hid_t space = H5Dget_space(dataset);
    HELD(image_release) hid_t memory = H5Screate_simple(1, &count, NULL);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, &first, NULL, &count, NULL);
    CHECK_HDF5(H5Dwrite(dataset, type, memory, space, H5P_DEFAULT, block), STATUS_BUG,
               "cannot write a column of texts");
    return STATUS_OK;
}

/* Chunk by chunk: a long text for each of a million trials need not be in memory as often. */
static status_t write_column(hid_t dataset, hid_t type, texts_t texts) {
    const hsize_t shape = texts.count;
    hsize_t chunk;
    chunk_shape(1, &shape, H5Tget_size(type), &chunk);
    HELD(free_memory) char *block = malloc(chunk * H5Tget_size(type));
    CHECK(block, STATUS_ENVIRONMENT, "out of memory for a column of texts");
    for (hsize_t first = 0; first < texts.count; first += chunk) {
        hsize_t rest = texts.count - first;
        TRY(write_texts(dataset, type, texts, first, rest < chunk ? rest : chunk, block));
    }
    return STATUS_OK;
}

static status_t put_texts(hid_t file, const char *path, texts_t texts, unsigned level,
                          hid_t *dataset) {
    size_t width = 1;
    for (size_t i = 0; i < texts.count; i++) {
        size_t size = strlen(texts.at[i]) + 1;
        if (size > width) width = size;
    }
    HELD(image_release) hid_t type = text_type(width);
    const hsize_t shape = texts.count;
    HELD(image_release) hid_t creation = chunked_list(1, &shape, width, level);
    if (level == LINES_LEVEL) leave_attributes_out(creation);
    *dataset = create_as(file, path, type, 1, &shape, creation);
    CHECK_HDF5(*dataset, STATUS_BUG, "cannot make the data set %s", path);
    return write_column(*dataset, type, texts);
}

status_t dataset_put_texts(hid_t file, const char *path, texts_t texts, hid_t *dataset) {
    return put_texts(file, path, texts, COLUMN_LEVEL, dataset);
}

status_t dataset_put_lines(hid_t file, const char *path, texts_t texts, hid_t *dataset) {
    return put_texts(file, path, texts, LINES_LEVEL, dataset);
}

static status_t shape_of(hid_t space, const char *path, int *rank, size_t shape[RECORD_RANK_MAX]) {
    hsize_t extent[H5S_MAX_RANK];
    *rank = H5Sget_simple_extent_dims(space, extent, NULL);
    CHECK(*rank >= 0 && *rank <= RECORD_RANK_MAX, STATUS_CORRUPT, "%s has %d axes", path, *rank);
    for (int i = 0; i < *rank; i++) shape[i] = (size_t)extent[i];
    return STATUS_OK;
}

static status_t get_numbers(hid_t dataset, record_type_t type, int rank, const size_t *shape,
                            const char *path, record_t *record) {
    size_t count = 1;
    for (int i = 0; i < rank; i++) count *= shape[i];
    HELD(free_memory) char *block = calloc(count + 1, record_type_size(type));
    CHECK(block, STATUS_ENVIRONMENT, "out of memory for the data set %s", path);
    CHECK_HDF5(H5Dread(dataset, dataset_memory_type(type), H5S_ALL, H5S_ALL, H5P_DEFAULT, block),
               STATUS_CORRUPT, "cannot read the data set %s", path);
    record_put(record, path, type, rank, shape, block);
    return STATUS_OK;
}

static status_t get_text(hid_t dataset, hid_t type, const char *path, record_t *record) {
    HELD(free_memory) char *block = calloc(H5Tget_size(type) + 1, 1);
    CHECK(block, STATUS_ENVIRONMENT, "out of memory for the data set %s", path);
    CHECK_HDF5(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, block), STATUS_CORRUPT,
               "cannot read the data set %s", path);
    record_put_text(record, path, block);
    return STATUS_OK;
}

status_t dataset_read(hid_t dataset, const char *path, record_t *record) {
    HELD(image_release) hid_t type = H5Dget_type(dataset);
    HELD(image_release) hid_t space = H5Dget_space(dataset);
    int rank, known = known_type(type);
    size_t shape[RECORD_RANK_MAX];
    TRY(shape_of(space, path, &rank, shape));
    if (known == RECORD_TEXT && rank == 0 && !H5Tis_variable_str(type))
        return get_text(dataset, type, path, record);
    CHECK(known >= 0 && known != RECORD_TEXT, STATUS_CORRUPT, "%s has a type none of ours has",
          path);
    return get_numbers(dataset, (record_type_t)known, rank, shape, path, record);
}

status_t dataset_get(hid_t file, const char *path, record_t *record) {
    HELD(image_release) hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    CHECK_HDF5(dataset, STATUS_CORRUPT, "cannot open the data set %s", path);
    return dataset_read(dataset, path, record);
}

status_t dataset_read_texts(hid_t dataset, const char *path, size_t count,
                            dataset_text_taker_t *take, void *context) {
    HELD(image_release) hid_t type = H5Dget_type(dataset);
    HELD(image_release) hid_t space = H5Dget_space(dataset);
    size_t width = H5Tget_size(type);
    hssize_t found = H5Sget_simple_extent_npoints(space);
    CHECK(H5Tget_class(type) == H5T_STRING && !H5Tis_variable_str(type) && found >= 0 &&
              (count == DATASET_ANY || (size_t)found == count),
          STATUS_CORRUPT, "%s is not a column of %zu texts", path, count);
    count = (size_t)found;
    HELD(free_memory) char *block = calloc(count * width + 1, 1);
    CHECK(block, STATUS_ENVIRONMENT, "out of memory for the column %s", path);
    CHECK_HDF5(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, block), STATUS_CORRUPT,
               "cannot read the data set %s", path);
    for (size_t i = 0; i < count; i++) {
        char *text = block + i * width;
        text[width - 1] = '\0'; /* it is there already, but do not trust */
        take(context, i, text);
    }
    return STATUS_OK;
}

status_t dataset_get_texts(hid_t file, const char *path, size_t count, dataset_text_taker_t *take,
                           void *context) {
    HELD(image_release) hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    CHECK_HDF5(dataset, STATUS_CORRUPT, "cannot open the data set %s", path);
    return dataset_read_texts(dataset, path, count, take, context);
}

int dataset_exists(hid_t file, const char *path) {
    char part[RECORD_PATH_MAX];
    for (size_t n = strcspn(path, "/");; n += 1 + strcspn(path + n + 1, "/")) {
        if (n >= sizeof part) return 0;
        memcpy(part, path, n);
        part[n] = '\0';
        if (H5Lexists(file, part, H5P_DEFAULT) <= 0) return 0; /* asks for one level at a time */
        if (!path[n]) return 1;
    }
}
