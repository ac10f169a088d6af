/* cache.h: where what was worked out from data files is kept between trials and sweeps:
 * $XDG_CACHE_HOME/koopsweep, else $HOME/.cache/koopsweep. A folder that cannot be used costs time,
 * nothing else. */
#ifndef TASK_CACHE_H
#define TASK_CACHE_H

#include <stdint.h>

/* Writes the path of the file KEY.KIND of the cache into path[0..DATA_PATH_MAX) (data_file.h); 0
 * when there is no home to keep it in. */
int cache_path(uint64_t key, const char *kind, char *path);

/* Makes the folder of such a path and those above it, as far as they can be made. */
void cache_make_folder(const char *path);

#endif
