/* deadline.h: when the batch system takes the machine back, or the user has had enough, and what
 * still fits in before.
 *
 * Decided by our own clock and SLURM_JOB_END_TIME (seconds since 1970; job scripts set it where
 * Slurm does not), never by when a signal comes: Slurm may send it a minute early, and for a job
 * shorter than its lead, at once. */
#ifndef DISPATCH_DEADLINE_H
#define DISPATCH_DEADLINE_H

typedef struct deadline {
    double stop;    /* clock_seconds from which trials are to be checkpointed; INFINITY = never */
    double give_up; /* clock_seconds from which nobody is waited for any more                 */
    double end;     /* clock_seconds at which all is killed                                   */
    double slowest; /* seconds per FLOP of the slowest trial that ended here; 0 = none yet     */
    int is_budget;  /* it is the user's, not the batch system's                                */
} deadline_t;

/* The batch system's: the last tenth of the time left from `now` on, at most a minute, is for
 * saving. Or, when that is earlier, the user's: `budget` seconds from now (0 = none); saving begins
 * then. */
deadline_t deadline_create(double now, double budget);

/* Below, `now` is in clock_seconds. */

/* 1 when the time for saving has come. */
int deadline_is_here(const deadline_t *deadline, double now);

/* 1 when most of that is gone as well: ranks that have not answered are left behind. */
int deadline_is_past(const deadline_t *deadline, double now);

/* 1 when the end is so near that a batch system may be warning of it (five minutes): its signal
 * says nothing new then. */
int deadline_explains_warning(const deadline_t *deadline, double now);

/* A trial that was expected to take `flops` took `seconds`. */
void deadline_calibrate(deadline_t *deadline, double flops, double seconds);

/* The largest trial, in expected FLOPs, that ends in time at the slowest pace seen; INFINITY as
 * long as nothing is known. */
double deadline_affordable(const deadline_t *deadline, double now);

/* Is a trial that will not end in time worth beginning? Yes, when a twentieth of it can be done:
 * the rest goes on from its checkpoint. */
int deadline_is_worth_beginning(const deadline_t *deadline, double now, double flops);

#endif
