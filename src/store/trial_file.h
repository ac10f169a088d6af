/* trial_file.h: one trial as the bytes of its file, and back.
 *
 *   / (attributes: hdf5_schemas/attributes.def)
 *   /config            an attribute for each option of the sweep file that is not at its default
 *   /config/defaults   the others, as lines of text (lines.h)
 *   /series/loss ...   the record's arrays (hdf5_schemas/trial.def)
 *   /outcome ...       its scalars, as attributes of their group
 *   /labels            shape, unit, writer and meaning of each of them, a line each (lines.h) */
#ifndef STORE_TRIAL_FILE_H
#define STORE_TRIAL_FILE_H

#include "store/image.h"
#include "store/seal.h"
#include "store/store.h"

/* The complete, sealed file. STATUS_BUG when an item is not as the schema says. */
status_t trial_encode(const trial_t *trial, const char *state, const record_t *record,
                      bytes_t *file);

/* The trial whose file has the name "ID.h5"; NULL when no trial of the plan does. */
const trial_t *trial_of_file(const plan_t *plan, const char *name);

/* Reads the file at `path` and checks every byte and that it is trial `id`'s. STATUS_INCOMPLETE
 * when there is none, STATUS_CORRUPT when it is damaged. The caller frees the bytes in any case. */
status_t trial_read_file(const char *path, const char *id, bytes_t *file, seal_t *seal);

/* What can be known of a trial's file without reading it whole: its seal is there, it is trial
 * `id`'s, and as long as the seal says. Otherwise as trial_read_file. */
status_t trial_glance(const char *path, const char *id, seal_t *seal, disk_about_t *about);

/* The items of a file whose seal was checked: all of them, or those of the NULL-terminated `paths`.
 * On failure the record is empty. */
status_t trial_decode(bytes_t *file, const char *const *paths, record_t *record);

/* The scalars among them only: what the index needs. */
status_t trial_decode_scalars(bytes_t *file, record_t *record);

/* Everything in the file: data sets and scalars as `items` ("rksp/rho"; in files of layout 1 also
 * counters of dimensions, "layer"), the rest as `about`: "@state", "config@train.lr",
 * "rksp/rho@unit". On failure both are empty. */
status_t trial_decode_all(bytes_t *file, record_t *items, record_t *about);

/* The same, of the rest only the attributes of the root. */
status_t trial_decode_brief(bytes_t *file, record_t *items, record_t *about);

#endif
