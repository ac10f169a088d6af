/* file_sizes.h: how large the files of a sweep will be. */
#ifndef CLI_FILE_SIZES_H
#define CLI_FILE_SIZES_H

#include "plan/plan.h"

/* Bytes of one trial's file: the arrays of hdf5_schemas/trial.def at the lengths the configuration
 * asks for, and what HDF5 needs to describe them. Right to about a tenth. */
double file_sizes_trial(const config_t *config);

/* Bytes of the index sweep.h5, before its compression: an upper limit. */
double file_sizes_index(const plan_t *plan);

#endif
