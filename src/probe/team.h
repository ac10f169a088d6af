/* team.h: the layers of a profile over the processes that work on one trial together. */
#ifndef PROBE_TEAM_H
#define PROBE_TEAM_H

#include "kernel/flt.h"
#include "probe/profiles.h"

/* All of it borrowed. sum: x[n] := the sum of all processes' x, the same on all; collective. */
typedef struct probe_team {
    int rank, size;
    void (*sum)(void *context, flt *x, size_t n);
    void *context;
} probe_team_t; /* {0}: a process by itself */

/* Does this process profile the layer? Each is one's. */
int probe_team_owns(const probe_team_t *team, int layer);

/* Every process gets all layers of the profile being gathered, bit for bit, from those whose they
 * are. Collective, also after a failure of one: `mine` is how this process fared; not STATUS_OK on
 * all where it is not on one. */
status_t probe_team_share(const probe_team_t *team, status_t mine, profiles_t *profiles);

#endif
