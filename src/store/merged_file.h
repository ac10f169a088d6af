/* merged_file.h: trials written into a file that HDF5 made, behind what it wrote.
 *
 * HDF5 has closed the file; each trial has an empty group there. Its objects are appended
 * (plain.h), and the group's header then says that its messages go on there. At last the superblock
 * says where the file ends. Whoever dies before leaves a file that HDF5 refuses or that lacks
 * trials: give it its name only then. */
#ifndef STORE_MERGED_FILE_H
#define STORE_MERGED_FILE_H

#include "store/trial_tree.h"

typedef struct merged_file merged_file_t;

/* Opens it for appending. STATUS_ENVIRONMENT, like all below, when the disk refuses. */
status_t merged_open(const char *path, merged_file_t **file);
void merged_close(merged_file_t **file); /* NULL inside is fine */

/* The address of the labels that all trials share, written at the first call; each call is one more
 * link to them. */
status_t merged_labels(merged_file_t *file, const plain_chunk_t *chunk, uint64_t *address);

/* Fills the empty group whose object header stands at `group`. */
status_t merged_put(merged_file_t *file, uint64_t group, trial_tree_t *tree);

/* Writes what is left. */
status_t merged_finish(merged_file_t *file);

#endif
