/* extend.h: a run's sweep grows: a changed spec takes the place of the one that it was begun with.
 *
 * Ids tell configurations, so every finished trial that the new spec has is there already; what it
 * does not have stays on disk and out of all tables (rundir/earlier.h). Orders, ladders and looks
 * (--until-ci) are functions of the plan and of outcomes, and begin anew over the new plan. */
#ifndef DISPATCH_EXTEND_H
#define DISPATCH_EXTEND_H

#include "dispatch/session.h"
#include "rundir/earlier.h"

/* Extends the session's run directory, for which run_dir_check found that growth. What a search had
 * left out is withdrawn first: the new spec may ask for it. Holder of the lock only. */
status_t extend_run(const session_t *session, const growth_t *growth);

#endif
