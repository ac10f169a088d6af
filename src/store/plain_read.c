#include "store/plain_read.h"

#include <stdio.h>
#include <string.h>

#include "base/status.h"

static uint64_t number(const unsigned char *at, int bytes) {
    uint64_t value = 0;
    for (int i = bytes; i-- > 0;) value = value << 8 | at[i];
    return value;
}

/* `size` bytes from `address` on, or NULL. */
static const unsigned char *part(const plain_file_t *file, uint64_t address, uint64_t size) {
    return address <= file->size && size <= file->size - address ? file->at + address : NULL;
}

int plain_open(const void *bytes, size_t size, plain_file_t *file) {
    static const unsigned char begin[12] = "\x89HDF\r\n\x1a\n\2\10\10";
    *file = (plain_file_t){bytes, size, 0};
    if (size < PLAIN_HEAD || memcmp(bytes, begin, sizeof begin) != 0) return 0;
    file->root = number(file->at + 36, 8);
    return number(file->at + 44, 4) == plain_checksum(bytes, 44);
}

status_t plain_find(const plain_file_t *file, uint64_t address, plain_object_t *object) {
    enum { BEFORE = 6 };
    const unsigned char *at = part(file, address, BEFORE + 4);
    CHECK(at && memcmp(at, "OHDR\2", 5) == 0 && at[5] <= 2, STATUS_CORRUPT,
          "there is no object header of ours");
    int width = 1 << at[5];
    size_t head = BEFORE + (size_t)width, size = number(at + BEFORE, width);
    CHECK(part(file, address, head + size + 4), STATUS_CORRUPT, "its object header is cut off");
    *object = (plain_object_t){at + head, size};
    CHECK(plain_checksum(at, head + size) == number(object->at + size, 4), STATUS_CORRUPT,
          "its object header does not match its checksum");
    return STATUS_OK;
}

int plain_next(plain_object_t *object, plain_message_t *message) {
    if (object->size < 4) return 0;
    size_t size = number(object->at + 1, 2);
    if (size > object->size - 4) return 0;
    *message = (plain_message_t){object->at[0], object->at + 4, size};
    object->at += 4 + size;
    object->size -= 4 + size;
    return 1;
}

status_t plain_read_link(const plain_message_t *message, char name[RECORD_PATH_MAX],
                         uint64_t *address) {
    const unsigned char *at = message->at;
    size_t length = message->size > 3 ? at[2] : 0;
    CHECK(message->size == 3 + length + 8 && length < RECORD_PATH_MAX && at[0] == 1 && at[1] == 0,
          STATUS_CORRUPT, "a link in it is none of ours");
    memcpy(name, at + 3, length);
    name[length] = '\0';
    *address = number(at + 3 + length, 8);
    return STATUS_OK;
}

/* --- types and extents --- */

/* Of which type a type message is, and how many bytes one element has; 0 when none of ours. */
static int read_type(const unsigned char *at, size_t size, record_type_t *type, size_t *element) {
    if (size < 8) return 0;
    *element = number(at + 4, 4);
    int is_wide = *element == 8, is_number = is_wide || *element == 4;
    switch (at[0]) {
    case 0x11:
        *type = is_wide ? RECORD_F64 : RECORD_F32;
        return size == 20 && is_number;
    case 0x10:
        *type = is_wide ? RECORD_I64 : RECORD_I32;
        return size == 12 && is_number;
    case 0x13:
        *type = RECORD_TEXT;
        return size == 8 && *element > 0;
    default:
        return 0;
    }
}

static int read_extent(const plain_message_t *message, plain_data_t *data) {
    const unsigned char *at = message->at;
    if (message->size < 4 || at[0] != 2 || at[1] > RECORD_RANK_MAX || at[2] != 0) return 0;
    data->rank = at[1];
    if (message->size != 4 + 8 * (size_t)data->rank) return 0;
    for (int i = 0; i < data->rank; i++) data->shape[i] = number(at + 4 + 8 * i, 8);
    return 1;
}

/* Bytes of all elements; 0 with *is_sane = 0 when that is more than a file can have. */
static size_t bytes_of(const plain_data_t *data, size_t limit, int *is_sane) {
    size_t bytes = data->element;
    *is_sane = 1;
    for (int i = 0; i < data->rank; i++) {
        if (data->shape[i] && bytes > limit / data->shape[i]) *is_sane = 0;
        bytes *= data->shape[i];
    }
    return *is_sane ? bytes : 0;
}

/* --- data --- */

static int read_compact(const plain_message_t *message, plain_data_t *data) {
    if (message->size < 4 || number(message->at + 2, 2) != message->size - 4) return 0;
    data->at = message->at + 4;
    data->size = message->size - 4;
    return 1;
}

static int read_contiguous(const plain_file_t *file, const plain_message_t *message,
                           plain_data_t *data) {
    if (message->size != 18) return 0;
    data->size = number(message->at + 10, 8);
    data->at = part(file, number(message->at + 2, 8), data->size);
    return data->at != NULL;
}

static int read_chunk(const plain_file_t *file, const plain_message_t *message,
                      plain_data_t *data) {
    const unsigned char *at = message->at;
    size_t before = message->size > 4 ? 5 + 4 * (size_t)at[3] : 0; /* version .. shape, element */
    if (!before || message->size != before + 1 + 8 + 4 + 8 || at[2] != 2 || at[4] != 4) return 0;
    if (at[before] != 1 || number(at + before + 9, 4) != 0) return 0;
    data->size = number(at + before + 1, 8);
    data->at = part(file, number(at + before + 13, 8), data->size);
    data->is_filtered = 1;
    return data->at && data->size >= 4;
}

static int read_layout(const plain_file_t *file, const plain_message_t *message,
                       plain_data_t *data) {
    if (message->size < 2) return 0;
    switch (message->at[0] << 8 | message->at[1]) {
    case 0x300:
        return read_compact(message, data);
    case 0x301:
        return read_contiguous(file, message, data);
    case 0x402:
        return read_chunk(file, message, data);
    default:
        return 0;
    }
}

static int read_message(const plain_file_t *file, const plain_message_t *message,
                        plain_data_t *data) {
    switch (message->type) {
    case PLAIN_LINKS:
        data->is_group = 1;
        return 1;
    case PLAIN_SPACE:
        return read_extent(message, data);
    case PLAIN_TYPE:
        return read_type(message->at, message->size, &data->type, &data->element);
    case PLAIN_FILTERS:
        data->is_deflated = message->size > 1 && message->at[1] == 2;
        return 1;
    case PLAIN_LAYOUT:
        return read_layout(file, message, data);
    default:
        return 1;
    }
}

/* Behind a chunk's bytes stands its sum. */
static status_t check_chunk(plain_data_t *data) {
    data->size -= 4;
    CHECK(plain_fletcher(data->at, data->size) == number(data->at + data->size, 4), STATUS_CORRUPT,
          "its data do not match their checksum");
    return STATUS_OK;
}

status_t plain_read_data(const plain_file_t *file, plain_object_t object, plain_data_t *data) {
    plain_message_t message;
    int is_sane;
    *data = (plain_data_t){0};
    while (plain_next(&object, &message)) {
        CHECK(read_message(file, &message, data), STATUS_CORRUPT,
              "message %d of it is none of ours", message.type);
        if (data->is_group) return STATUS_OK;
    }
    CHECK(data->element && data->at, STATUS_CORRUPT, "it is neither group nor array");
    if (data->is_filtered) TRY(check_chunk(data));
    if (data->is_deflated) return STATUS_OK;
    size_t size = bytes_of(data, file->size, &is_sane);
    CHECK(is_sane && size == data->size, STATUS_CORRUPT,
          "it has %zu bytes where its shape says %zu", data->size, size);
    return STATUS_OK;
}

/* --- attributes --- */

/* Object `index` of the heap at `address`. */
static const unsigned char *in_heap(const plain_file_t *file, uint64_t address, uint64_t index,
                                    uint64_t length) {
    const unsigned char *heap = part(file, address, 16);
    if (!heap || memcmp(heap, "GCOL", 4) != 0) return NULL;
    uint64_t size = number(heap + 8, 8), at = 16;
    if (!part(file, address, size)) return NULL;
    while (at <= size && size - at >= 16) {
        uint64_t own = number(heap + at, 2), bytes = number(heap + at + 8, 8);
        if (own == 0 || bytes > size - at - 16) return NULL;
        if (own == index) return length <= bytes ? heap + at + 16 : NULL;
        at += 16 + (bytes + 7) / 8 * 8;
    }
    return NULL;
}

static status_t read_text(const plain_file_t *file, const unsigned char *at, const char *path,
                          record_t *record) {
    enum { LENGTH_MAX = 1 << 16 };
    char text[LENGTH_MAX];
    uint64_t length = number(at, 4);
    const unsigned char *from =
        length < LENGTH_MAX ? in_heap(file, number(at + 4, 8), number(at + 12, 4), length) : NULL;
    CHECK(from, STATUS_CORRUPT, "the text of %s is not there", path);
    memcpy(text, from, length);
    text[length] = '\0';
    record_put_text(record, path, text);
    return STATUS_OK;
}

/* Its value, `left` bytes of it, of a scalar. */
static status_t read_value(const plain_file_t *file, const unsigned char *type, size_t type_size,
                           size_t left, const char *path, record_t *record) {
    record_type_t kind;
    size_t element;
    const unsigned char *at = type + type_size + 4;
    if (type[0] == 0x19 && type_size == 20 && left == 16) return read_text(file, at, path, record);
    CHECK(read_type(type, type_size, &kind, &element) && kind != RECORD_TEXT && element == left,
          STATUS_CORRUPT, "%s is neither text nor a number", path);
    record_put(record, path, kind, 0, NULL, at);
    return STATUS_OK;
}

status_t plain_read_attribute(const plain_file_t *file, const plain_message_t *message,
                              const char *prefix, record_t *record) {
    enum { HEAD = 9 };
    char path[RECORD_PATH_MAX];
    const unsigned char *at = message->at;
    CHECK(message->size > HEAD && at[0] == 3 && at[1] == 0, STATUS_CORRUPT,
          "an attribute of it is none of ours");
    size_t name = number(at + 2, 2), type = number(at + 4, 2), space = number(at + 6, 2);
    size_t head = HEAD + name + type + space;
    CHECK(name > 0 && type >= 8 && space == 4 && head <= message->size && !at[HEAD + name - 1],
          STATUS_CORRUPT, "an attribute of it is none of ours");
    int length = snprintf(path, sizeof path, "%s@%s", prefix, (const char *)at + HEAD);
    CHECK(length < (int)sizeof path, STATUS_CORRUPT, "the name %s is too long", path);
    return read_value(file, at + HEAD + name, type, message->size - head, path, record);
}
