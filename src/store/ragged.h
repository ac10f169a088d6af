/* ragged.h: the arrays of many trials, one behind the other, in one HDF5 file.
 *
 *   /rksp/rho        [entries, layer]: each array under its own path, along its first axis
 *   /trial_of_probe  [entries]: row of the table that the entry is of; the scale of these axes
 *   /first/probe     [trial]: where a trial's entries begin
 *   /count/probe     [trial]: how many it has; likewise of other axes: /count/layer
 *
 * Other axes are as long as the longest; NaN (float) and the attribute _FillValue (integers) stand
 * where a trial has less than that, or has not that array. */
#ifndef STORE_RAGGED_H
#define STORE_RAGGED_H

#include "store/image.h"
#include "store/store.h"

typedef struct ragged ragged_t;

/* Of an open file, which must live as long, with the column `id` of so many trials. Ends the
 * process when memory is out; the caller destroys. */
ragged_t *ragged_create(hid_t file, size_t trials);
void ragged_destroy(ragged_t **ragged); /* NULL inside is fine */

/* Adds the arrays of the trial of that row; rows in ascending order. STATUS_CORRUPT when an item is
 * not as the schema says, STATUS_ENVIRONMENT when the disk does not take it. */
status_t ragged_add(ragged_t *ragged, size_t row, const record_t *items);

/* Writes what is left, columns and scales. */
status_t ragged_finish(ragged_t *ragged);

#endif
