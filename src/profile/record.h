/* record.h: profiles as the items of hdf5_schemas/profile.def. */
#ifndef PROFILE_RECORD_H
#define PROFILE_RECORD_H

#include "base/record.h"
#include "profile/profile.h"

/* All of one network: of the same layers, width and rows. */
void profile_record(const char *source, const profile_t *profiles, size_t count, record_t *record);

/* The profiles of such a record without their modes, profiles[0..*count), at most `most`; the
 * caller clears them. STATUS_CORRUPT: it lacks something, or a convention is none we know. */
status_t profile_from_record(const record_t *record, profile_t *profiles, size_t most,
                             size_t *count);

#endif
