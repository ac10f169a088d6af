#include "store/plain.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
    OBJECT_HEAD = 10, /* bytes of an object header, before its messages */
    HEAP_HEAD = 16,   /* bytes before a heap's objects  */
    HEAP_MIN = 4096   /* HDF5 makes no smaller heap     */
};

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "arrays are written as they are");

/* --- bytes --- */

/* Room for `size` more bytes: doubled while the file is small, and a quarter more from then on. */
static void make_room(plain_t *p, size_t size) {
    enum { SMALL = 1 << 20 };
    size_t needed = p->out.size + size;
    if (needed <= p->capacity) return;
    p->capacity = (needed < SMALL ? 2 * needed : needed + needed / 4) + 8192;
    p->out.at = memory_grow(p->out.at, p->capacity, 1, "a result file");
}

void plain_free(plain_t *p) {
    bytes_free(&p->out);
    bytes_free(&p->heap);
    *p = (plain_t){0};
}

void plain_begin(plain_t *p, uint64_t origin, size_t before) {
    p->origin = origin - before;
    p->out.size = p->heap.size = 0;
    p->heap_count = 0;
    make_room(p, before);
    p->out.size = before;
}

uint64_t plain_here(const plain_t *p) { return p->origin + p->out.size; }

void plain_put(plain_t *p, const void *bytes, size_t size) {
    make_room(p, size);
    if (size) memcpy(p->out.at + p->out.size, bytes, size);
    p->out.size += size;
}

static void encode(unsigned char *to, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++) to[i] = (unsigned char)(value >> 8 * i);
}

void plain_number(plain_t *p, uint64_t value, int bytes) {
    plain_put(p, &value, (size_t)bytes); /* the low ones come first, see above */
}

static void put_double(plain_t *p, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    plain_number(p, bits, 8);
}

void plain_superblock(unsigned char to[PLAIN_HEAD], uint64_t base, uint64_t root, uint64_t end) {
    static const unsigned char begin[12] =
        "\x89HDF\r\n\x1a\n\2\10\10"; /* version 2, 8-byte numbers */
    memcpy(to, begin, sizeof begin);
    encode(to + 12, base, 8);
    encode(to + 20, PLAIN_NOWHERE, 8);
    encode(to + 28, end, 8);
    encode(to + 36, root, 8);
    encode(to + 44, plain_checksum(to, 44), 4);
}

/* --- objects and messages --- */

/* Version 2; behind it the size of the messages, in four bytes for now. */
void plain_open_object(plain_t *p) {
    p->object = p->out.size;
    plain_put(p, "OHDR\2\2\0\0\0\0", OBJECT_HEAD);
}

void plain_open_block(plain_t *p) {
    p->object = p->out.size;
    plain_put(p, "OCHK", 4);
}

/* Bytes that a size of messages takes up, as a power of two. */
static int width_of(size_t size) { return size < 1 << 8 ? 0 : size < 1 << 16 ? 1 : 2; }

/* In as few bytes as the size needs: most objects have one. */
static void settle_size(plain_t *p) {
    unsigned char *at = p->out.at + p->object;
    size_t size = p->out.size - p->object - OBJECT_HEAD;
    int width = width_of(size);
    size_t head = OBJECT_HEAD - 4 + ((size_t)1 << width);
    at[OBJECT_HEAD - 5] = (unsigned char)width;
    encode(at + OBJECT_HEAD - 4, size, 1 << width);
    memmove(at + head, at + OBJECT_HEAD, size);
    p->out.size -= OBJECT_HEAD - head;
}

void plain_close_object(plain_t *p) {
    if (p->out.at[p->object + 1] == 'H') settle_size(p); /* no block */
    plain_number(p, plain_checksum(p->out.at + p->object, p->out.size - p->object), 4);
}

static void open_message(plain_t *p, int type) {
    p->message = p->out.size;
    plain_number(p, (uint64_t)type, 4); /* the size, two bytes of it, comes with the end */
}

static void close_message(plain_t *p) {
    encode(p->out.at + p->message + 1, p->out.size - p->message - 4, 2);
}

void plain_users(plain_t *p, size_t users) {
    open_message(p, PLAIN_USERS);
    plain_number(p, 0, 1);
    plain_number(p, users, 4);
    close_message(p);
}

/* What is left of the room is a message of nothing. */
void plain_continue(plain_t *p, uint64_t block, size_t size, size_t room) {
    size_t sum = 4, messages = room - sum - OBJECT_HEAD + 3;
    if (width_of(messages)) messages--;
    open_message(p, PLAIN_CONTINUED);
    plain_number(p, block, 8);
    plain_number(p, size, 8);
    close_message(p);
    open_message(p, 0);
    while (p->out.size - p->object - OBJECT_HEAD < messages) plain_number(p, 0, 1);
    close_message(p);
}

static void put_nowhere(plain_t *p, int type) {
    open_message(p, type);
    plain_number(p, 0, 2); /* version and flags */
    plain_number(p, PLAIN_NOWHERE, 8);
    plain_number(p, PLAIN_NOWHERE, 8);
    close_message(p);
}

void plain_group(plain_t *p) {
    put_nowhere(p, PLAIN_LINKS);
    open_message(p, PLAIN_GROUP);
    plain_number(p, 0, 2);
    close_message(p);
}

void plain_link(plain_t *p, const char *name, uint64_t address) {
    size_t length = strlen(name);
    open_message(p, PLAIN_LINK);
    plain_put(p, "\1\0", 2);
    plain_number(p, length, 1);
    plain_put(p, name, length);
    plain_number(p, address, 8);
    close_message(p);
}

/* --- types and extents --- */

static void put_float(plain_t *p, int bytes) {
    static const unsigned char of_double[] = {0x11, 0x20, 63, 0,  8, 0,  0,    0, 0, 0,
                                              64,   0,    52, 11, 0, 52, 0xff, 3, 0, 0};
    static const unsigned char of_float[] = {0x11, 0x20, 31, 0, 4, 0,  0,   0, 0, 0,
                                             32,   0,    23, 8, 0, 23, 127, 0, 0, 0};
    plain_put(p, bytes == 8 ? of_double : of_float, sizeof of_double);
}

static void put_integer(plain_t *p, int bytes, int is_signed) {
    plain_put(p, is_signed ? "\x10\x08\0\0" : "\x10\0\0\0", 4);
    plain_number(p, (uint64_t)bytes, 4);
    plain_number(p, 0, 2);
    plain_number(p, (uint64_t)bytes * 8, 2);
}

static void put_text_type(plain_t *p, size_t size, int is_utf8) {
    plain_put(p, is_utf8 ? "\x13\x10\0\0" : "\x13\0\0\0", 4);
    plain_number(p, size, 4);
}

/* Of variable length: of letters, and of references to objects. */
static void put_any_text_type(plain_t *p) {
    static const unsigned char type[] = {0x19, 1, 1, 0, 16, 0, 0, 0, 0x10, 0,
                                         0,    0, 1, 0, 0,  0, 0, 0, 8,    0};
    plain_put(p, type, sizeof type);
}

static void put_references_type(plain_t *p) {
    plain_put(p, "\x19\0\0\0\20\0\0\0\x17\0\0\0\10\0\0\0", 16);
}

static void put_type(plain_t *p, const record_item_t *item) {
    open_message(p, PLAIN_TYPE);
    int bytes = (int)record_type_size(item->type);
    if (item->type == RECORD_TEXT)
        put_text_type(p, strlen(item->data) + 1, 1);
    else if (item->type == RECORD_F64 || item->type == RECORD_F32)
        put_float(p, bytes);
    else
        put_integer(p, bytes, 1);
    close_message(p);
}

static void put_extent(plain_t *p, int rank, const size_t *shape) {
    plain_number(p, 2, 1);
    plain_number(p, (uint64_t)rank, 1);
    plain_number(p, 0, 1);
    plain_number(p, rank > 0, 1);
    for (int i = 0; i < rank; i++) plain_number(p, shape[i], 8);
}

static void put_space(plain_t *p, int rank, const size_t *shape) {
    open_message(p, PLAIN_SPACE);
    put_extent(p, rank, shape);
    close_message(p);
}

/* --- arrays --- */

static size_t bytes_of(const record_item_t *item) {
    return record_item_count(item) * record_type_size(item->type);
}

int plain_is_large(const record_item_t *item) { return bytes_of(item) > PLAIN_COMPACT_MAX; }

void plain_put_chunk(plain_t *p, const record_item_t *item, plain_chunk_t *chunk) {
    size_t size = bytes_of(item);
    *chunk = (plain_chunk_t){.address = plain_here(p), .size = size + 4};
    if (p->is_draft) {
        make_room(p, size + 4);
        p->out.size += size + 4;
        return;
    }
    plain_put(p, item->data, size);
    plain_number(p, plain_fletcher(item->data, size), 4);
}

/* What a chunk that was never written would be filled with: nothing, for there is none. */
static void put_fill(plain_t *p) {
    open_message(p, PLAIN_FILL);
    plain_put(p, "\3\7", 2); /* version; memory with the data, never filled */
    close_message(p);
}

static void put_filters(plain_t *p, int is_deflated) {
    open_message(p, PLAIN_FILTERS);
    plain_number(p, 2, 1);
    plain_number(p, is_deflated ? 2 : 1, 1);
    if (is_deflated) plain_put(p, "\1\0\1\0\1\0\11\0\0\0", 10); /* optional; one value: level 9 */
    plain_put(p, "\3\0\0\0\0\0", 6);
    close_message(p);
}

/* One chunk as large as the array. */
static void put_chunk_layout(plain_t *p, const plain_chunk_t *chunk, int rank, const size_t *shape,
                             size_t element) {
    open_message(p, PLAIN_LAYOUT);
    plain_put(p, "\4\2\2", 3); /* version, chunked, "the one chunk went through filters" */
    plain_number(p, (uint64_t)rank + 1, 1);
    plain_number(p, 4, 1); /* bytes of each length of the chunk */
    for (int i = 0; i < rank; i++) plain_number(p, shape[i], 4);
    plain_number(p, element, 4);
    plain_number(p, 1, 1); /* index: a single chunk */
    plain_number(p, chunk->size, 8);
    plain_number(p, 0, 4);
    plain_number(p, chunk->address, 8);
    close_message(p);
}

static void put_compact_layout(plain_t *p, const record_item_t *item) {
    size_t size = bytes_of(item);
    open_message(p, PLAIN_LAYOUT);
    plain_put(p, "\3\0", 2);
    plain_number(p, size, 2);
    plain_put(p, item->data, size);
    close_message(p);
}

/* A long text is a scalar, and chunks are for arrays, of less than 4 GiB: others lie there as they
 * are. */
static void put_contiguous_layout(plain_t *p, const plain_chunk_t *chunk) {
    open_message(p, PLAIN_LAYOUT);
    plain_put(p, "\3\1", 2);
    plain_number(p, chunk->address, 8);
    plain_number(p, chunk->size - 4, 8);
    close_message(p);
}

void plain_array(plain_t *p, const record_item_t *item, const plain_chunk_t *chunk) {
    put_space(p, item->rank, item->shape);
    put_type(p, item);
    if (chunk) put_fill(p);
    if (!chunk) {
        put_compact_layout(p, item);
    } else if (item->rank == 0 || bytes_of(item) > UINT32_MAX) {
        put_contiguous_layout(p, chunk);
    } else {
        put_filters(p, 0);
        put_chunk_layout(p, chunk, item->rank, item->shape, record_type_size(item->type));
    }
}

void plain_texts(plain_t *p, const plain_chunk_t *chunk) {
    put_space(p, 1, &chunk->rows);
    open_message(p, PLAIN_TYPE);
    put_text_type(p, chunk->letters, 1);
    close_message(p);
    put_fill(p);
    put_filters(p, chunk->is_deflated);
    put_chunk_layout(p, chunk, 1, &chunk->rows, chunk->letters);
}

/* --- the heap --- */

/* One more object; returns what refers to it: how many entries, where, which. */
static void put_into_heap(plain_t *p, const void *bytes, size_t size, size_t entries) {
    unsigned char head[HEAP_HEAD] = {0};
    size_t padded = (size + 7) / 8 * 8, room = p->heap.size + HEAP_HEAD + padded;
    encode(head, ++p->heap_count, 2);
    encode(head + 8, size, 8);
    p->heap.at = memory_grow(p->heap.at, room, 1, "a result file");
    memset(p->heap.at + p->heap.size, 0, HEAP_HEAD + padded);
    memcpy(p->heap.at + p->heap.size, head, HEAP_HEAD);
    memcpy(p->heap.at + p->heap.size + HEAP_HEAD, bytes, size);
    p->heap.size = room;
    plain_number(p, entries, 4);
    plain_number(p, p->heap_address, 8);
    plain_number(p, p->heap_count, 4);
}

/* What is left of it is a free object, number 0. */
void plain_put_heap(plain_t *p) {
    static const unsigned char zeros[HEAP_MIN];
    size_t used = HEAP_HEAD + p->heap.size + HEAP_HEAD;
    size_t size = used < HEAP_MIN ? HEAP_MIN : used, rest = size - used + HEAP_HEAD;
    p->heap_address = plain_here(p);
    plain_put(p, "GCOL\1\0\0\0", 8);
    plain_number(p, size, 8);
    plain_put(p, p->heap.at, p->heap.size);
    plain_number(p, 0, 8);
    plain_number(p, rest, 8);
    plain_put(p, zeros, rest - HEAP_HEAD);
}

/* --- attributes --- */

void plain_attributes(plain_t *p) { put_nowhere(p, PLAIN_ATTRIBUTES); }

/* Up to its type, whose size and that of its extent come with `attribute_extent`. */
static void open_attribute(plain_t *p, const char *name) {
    size_t size = strlen(name) + 1;
    open_message(p, PLAIN_ATTRIBUTE);
    plain_put(p, "\3\0", 2);
    plain_number(p, size, 2);
    plain_number(p, 0, 5); /* sizes of type and extent; letters of the name are ASCII */
    plain_put(p, name, size);
    p->attribute = p->out.size;
}

static void attribute_extent(plain_t *p, int rank, size_t count) {
    encode(p->out.at + p->message + 8, p->out.size - p->attribute, 2);
    encode(p->out.at + p->message + 10, rank ? 12 : 4, 2);
    put_extent(p, rank, &count);
}

void plain_attribute_text(plain_t *p, const char *name, const char *text) {
    open_attribute(p, name);
    put_any_text_type(p);
    attribute_extent(p, 0, 0);
    put_into_heap(p, text, strlen(text), strlen(text));
    close_message(p);
}

void plain_attribute_f64(plain_t *p, const char *name, double value) {
    open_attribute(p, name);
    put_float(p, 8);
    attribute_extent(p, 0, 0);
    put_double(p, value);
    close_message(p);
}

static void put_attribute_integer(plain_t *p, const char *name, uint64_t value, int is_signed) {
    open_attribute(p, name);
    put_integer(p, 8, is_signed);
    attribute_extent(p, 0, 0);
    plain_number(p, value, 8);
    close_message(p);
}

void plain_attribute_i64(plain_t *p, const char *name, int64_t value) {
    put_attribute_integer(p, name, (uint64_t)value, 1);
}

void plain_attribute_u64(plain_t *p, const char *name, uint64_t value) {
    put_attribute_integer(p, name, value, 0);
}

static void put_attribute_short(plain_t *p, const char *name, const char *text) {
    open_attribute(p, name);
    put_text_type(p, strlen(text) + 1, 0);
    attribute_extent(p, 0, 0);
    plain_put(p, text, strlen(text) + 1);
    close_message(p);
}

/* --- dimension scales: HDF5's high-level interface, specification of dimension scales --- */

/* {reference to an object, number of its axis} */
static void put_reference_list(plain_t *p, const plain_axis_t *axes, size_t count) {
    open_attribute(p, "REFERENCE_LIST");
    plain_put(p, "\x36\2\0\0\14\0\0\0", 8);
    plain_put(p, "dataset\0\0\x17\0\0\0\10\0\0\0", 17);
    plain_put(p, "dimension\0\10", 11);
    put_integer(p, 4, 1);
    attribute_extent(p, 1, count);
    for (size_t i = 0; i < count; i++) {
        plain_number(p, axes[i].dataset, 8);
        plain_number(p, axes[i].axis, 4);
    }
    close_message(p);
}

void plain_scale(plain_t *p, const char *name, const plain_axis_t *axes, size_t count) {
    plain_attributes(p);
    put_attribute_short(p, "CLASS", "DIMENSION_SCALE");
    put_attribute_short(p, "NAME", name);
    if (count) put_reference_list(p, axes, count);
}

void plain_axes(plain_t *p, int rank, const uint64_t *scales) {
    plain_attributes(p);
    open_attribute(p, "DIMENSION_LIST");
    put_references_type(p);
    attribute_extent(p, 1, (size_t)rank);
    for (int axis = 0; axis < rank; axis++) {
        unsigned char reference[8];
        encode(reference, scales[axis], 8);
        put_into_heap(p, reference, sizeof reference, 1);
    }
    close_message(p);
}
