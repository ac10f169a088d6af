/* identity.h: by what a file system tells one state of a file from another. */
#ifndef TASK_IDENTITY_H
#define TASK_IDENTITY_H

#include <stdint.h>
#include <sys/stat.h>

/* Not the device: its number on a server's files differs from node to node. */
typedef struct identity {
    uint64_t inode, size;
    int64_t modified[2]; /* seconds, nanoseconds                    */
    int64_t changed[2];  /* ctime: no user can set that one back    */
} identity_t;

identity_t identity_of(const struct stat *about);
identity_t identity_at(const char *path); /* all 0, which no file has, when it cannot be told */
int identity_is_same(const identity_t *a, const identity_t *b);

/* 1 when nothing had changed the file for IDENTITY_REST seconds at clock_unix `now`: then any later
 * change shows. Clocks of file systems tick up to every two seconds, and a second change within a
 * tick leaves no trace. */
#define IDENTITY_REST 3.0
int identity_has_rested(const identity_t *identity, double now);

#endif
