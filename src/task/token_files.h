/* token_files.h: files of token ids that were made elsewhere: one .npy array each, or nothing but
 * ids of one type (nanoGPT's train.bin), in the byte order of PCs. */
#ifndef TASK_TOKEN_FILES_H
#define TASK_TOKEN_FILES_H

#include "task/data_file.h"
#include "task/token_stream.h"

const char *const *
token_types(void); /* of ids in files that do not say; NULL-terminated, for specs */

typedef struct token_files {
    data_file_t *files; /* owned [count] */
    int count;
    token_stream_t stream; /* owned: views into the files, in their order */
    int64_t largest;       /* id that occurs; -1: there are no ids        */
} token_files_t;           /* {0} is a closed one */

/* The files that `name` stands for in the data directory: one, or those that fit a pattern (glob),
 * in the order of the names, numbers in them by their value: part_9 before part_10. `type` is that
 * of files that are no .npy. All ids are looked at, once in a process: one that is negative or
 * beyond 2^31-1, like a file that is damaged, of another format or of none, is STATUS_CORRUPT. */
status_t token_files_open(const char *data_dir, const char *name, const char *type,
                          token_files_t *files);
void token_files_close(token_files_t *files);

/* STATUS_CORRUPT with file and place of the first id that is not in 0 .. vocab-1. */
status_t token_files_check_vocab(const token_files_t *files, int vocab);

#endif
