/* worker.h: a rank that computes trials. */
#ifndef SWEEP_WORKER_H
#define SWEEP_WORKER_H

#include "sweep/message.h"
#include "sweep/team.h"

/* Worker only. Serves the master until it says stop. `ready` is whether this rank could load its
 * session; if not, its sentence is passed on. Sets is_orderly to 0 when MPI must be left without
 * MPI_Finalize because a rank died. Returns the sweep's status, its sentence told by the master. */
status_t worker_serve(session_t *session, status_t ready, post_t *post, team_t *team,
                      int *is_orderly);

#endif
