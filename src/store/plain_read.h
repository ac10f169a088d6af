/* plain_read.h: files that plain.h wrote, read back without HDF5's library.
 *
 * Nothing is copied and nothing is trusted: every address and length is checked against the bytes
 * there are, every object header against its checksum, every chunk against its Fletcher32. Whoever
 * hands bytes in keeps them for as long as what was found is used. */
#ifndef STORE_PLAIN_READ_H
#define STORE_PLAIN_READ_H

#include "store/plain.h"

typedef struct plain_file {
    const unsigned char *at; /* borrowed: the byte of address 0 */
    size_t size;
    uint64_t root; /* address of the root group */
} plain_file_t;

/* 1 when the bytes (from the superblock on) are of a file that plain.h wrote. */
int plain_open(const void *bytes, size_t size, plain_file_t *file);

/* The messages of an object header. */
typedef struct plain_object {
    const unsigned char *at; /* borrowed: the messages left to read */
    size_t size;
} plain_object_t;
status_t plain_find(const plain_file_t *file, uint64_t address, plain_object_t *object);

typedef struct plain_message {
    int type; /* PLAIN_SPACE ... */
    const unsigned char *at;
    size_t size;
} plain_message_t;

/* Takes the next message; 0 when there is none left. */
int plain_next(plain_object_t *object, plain_message_t *message);

/* A link: its name, terminated, and where it leads. STATUS_CORRUPT, like all below, when the
 * message is no such thing. */
status_t plain_read_link(const plain_message_t *message, char name[RECORD_PATH_MAX],
                         uint64_t *address);

/* An attribute of one number or text as an item: put into `record` as PREFIX@NAME (unsigned ones as
 * their bits). */
status_t plain_read_attribute(const plain_file_t *file, const plain_message_t *message,
                              const char *prefix, record_t *record);

/* An array or scalar. Data of a list of texts that is deflated are as they are in the file. */
typedef struct plain_data {
    int is_group; /* nothing else is set then */
    record_type_t type;
    int rank;
    size_t shape[RECORD_RANK_MAX];
    const unsigned char *at; /* borrowed, perhaps not aligned */
    size_t size;             /* bytes                         */
    size_t element;          /* bytes of each: of a text, too */
    int is_filtered, is_deflated;
} plain_data_t;
status_t plain_read_data(const plain_file_t *file, plain_object_t object, plain_data_t *data);

#endif
