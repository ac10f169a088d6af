/* plain.h: HDF5's own bytes, written one after the other without its library.
 *
 * The library takes ten to twenty microseconds for each object and attribute, and a trial's file
 * has hundreds; written like this the whole takes less than one of them. Few forms are used, which
 * HDF5 1.10 and all later versions read: object headers of version 2 with all messages in one
 * block, small arrays within them (compact), large ones as one chunk with Fletcher32, links and
 * attributes compact, texts of attributes in one global heap. Facts of the format: The HDF Group,
 * "HDF5 File Format Specification Version 3.0".
 *
 * Objects refer to each other by address, back and forth, and sizes do not depend on addresses: a
 * file is written twice over, the second time with the addresses that the first one gave. */
#ifndef STORE_PLAIN_H
#define STORE_PLAIN_H

#include <stdint.h>

#include "base/disk.h"
#include "base/record.h"

/* Types of header messages (section IV.A.2 of the specification). */
enum {
    PLAIN_SPACE = 1,
    PLAIN_LINKS = 2,
    PLAIN_TYPE = 3,
    PLAIN_FILL = 5,
    PLAIN_LINK = 6,
    PLAIN_LAYOUT = 8,
    PLAIN_GROUP = 10,
    PLAIN_FILTERS = 11,
    PLAIN_ATTRIBUTE = 12,
    PLAIN_CONTINUED = 16,
    PLAIN_USERS = 22,
    PLAIN_ATTRIBUTES = 21
};
enum {
    PLAIN_HEAD = 48,            /* bytes of a superblock                                  */
    PLAIN_CONTINUED_SIZE = 38,  /* of one that only says where its messages go on, or more */
    PLAIN_COMPACT_MAX = 1 << 15 /* bytes of data in an object header; it takes 64 KiB     */
};
#define PLAIN_NOWHERE UINT64_MAX

typedef struct plain {
    bytes_t out; /* owned; .size is what is written so far */
    size_t capacity;
    uint64_t origin;                   /* address of out.at[0] in the file */
    size_t object, message, attribute; /* where the open ones begin        */
    bytes_t heap;                      /* owned: objects of the global heap so far, of fixed room */
    unsigned heap_count;               /* objects in it                    */
    uint64_t heap_address;             /* known the second time            */
    int is_draft; /* the first time: chunks, whose bytes no address depends on, are left out */
} plain_t;

void plain_free(plain_t *p); /* {0} is fine */

/* Begins (anew) at address `origin`, `before` bytes behind the beginning of p->out, which are the
 * caller's to fill in; keeps the heap's address. */
void plain_begin(plain_t *p, uint64_t origin, size_t before);

/* The address of the next byte. */
uint64_t plain_here(const plain_t *p);

/* Little-endian numbers, and bytes as they are. */
void plain_put(plain_t *p, const void *bytes, size_t size);
void plain_number(plain_t *p, uint64_t value, int bytes);

/* Superblock of a file whose root group has its header at `root` and that ends at `end`, counted
 * from the first byte on disk; addresses begin at `base` there. 48 bytes. */
void plain_superblock(unsigned char to[PLAIN_HEAD], uint64_t base, uint64_t root, uint64_t end);

/* An object header around messages; and a block that continues one. */
void plain_open_object(plain_t *p);
void plain_open_block(plain_t *p);
void plain_close_object(plain_t *p);

/* How many links lead to the object, where that is more than one. */
void plain_users(plain_t *p, size_t users);

/* The messages of an object header of `room` bytes in all (at least PLAIN_CONTINUED_SIZE) that go
 * on in a block of `size` bytes at `block`. */
void plain_continue(plain_t *p, uint64_t block, size_t size, size_t room);

/* A group's first messages; its attributes and links follow. */
void plain_group(plain_t *p);
void plain_link(plain_t *p, const char *name, uint64_t address);

/* Where an array's data lie when they are too many for its header: written before the object. */
typedef struct plain_chunk {
    uint64_t address;
    size_t size;          /* bytes in the file                     */
    int is_deflated;      /* else Fletcher32 alone                 */
    size_t rows, letters; /* of a list of texts, of each text      */
    const void *borrowed; /* its bytes, ready for the file         */
} plain_chunk_t;

/* Does the item need one? Writes it; `chunk` tells where. */
int plain_is_large(const record_item_t *item);
void plain_put_chunk(plain_t *p, const record_item_t *item, plain_chunk_t *chunk);

/* Messages of an array or scalar: `chunk` NULL: the data stand here. */
void plain_array(plain_t *p, const record_item_t *item, const plain_chunk_t *chunk);

/* Those of a list of texts whose chunk is there. */
void plain_texts(plain_t *p, const plain_chunk_t *chunk);

/* "This object has attributes", before the first. */
void plain_attributes(plain_t *p);
void plain_attribute_text(plain_t *p, const char *name, const char *text);
void plain_attribute_f64(plain_t *p, const char *name, double value);
void plain_attribute_i64(plain_t *p, const char *name, int64_t value);
void plain_attribute_u64(plain_t *p, const char *name, uint64_t value);

/* Attributes of a dimension scale called `name`, over which `count` axes lie. */
typedef struct plain_axis {
    uint64_t dataset; /* address */
    unsigned axis;
} plain_axis_t;
void plain_scale(plain_t *p, const char *name, const plain_axis_t *axes, size_t count);

/* Attributes of an array whose axes have these scales. */
void plain_axes(plain_t *p, int rank, const uint64_t *scales);

/* Writes the heap, the last of all. */
void plain_put_heap(plain_t *p);

/* The checksum of HDF5's metadata: lookup3 (Bob Jenkins, 2006, public domain). */
uint32_t plain_checksum(const void *bytes, size_t size);

/* That of the filter Fletcher32, as HDF5 has it: of 16-bit words, high byte first. */
uint32_t plain_fletcher(const void *bytes, size_t size);

#endif
