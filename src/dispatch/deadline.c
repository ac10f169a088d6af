#include "dispatch/deadline.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"

/* Saving takes as long as the step under way and a checkpoint's way to the disk: seconds. A minute
 * leaves room for a slow file system, a tenth keeps jobs of a few minutes from doing nothing else.
 */
#define SAVING_SHARE   0.1  /* of the time left at the start                    */
#define SAVING_SECONDS 60.0 /* at most                                          */
#define RESERVE        0.3  /* of the time for saving: to write index and leave */
#define WARNING_LEAD   300.0
#define WORTH          0.05 /* less is hardly more than to open the trial twice */

static deadline_t of_batch_system(double now) {
    const char *text = getenv("SLURM_JOB_END_TIME");
    double end = text ? strtod(text, NULL) : 0, left = end - clock_unix();
    if (!(end > 0)) return (deadline_t){INFINITY, INFINITY, INFINITY, 0, 0};
    double saving = fmin(SAVING_SHARE * fmax(left, 0), SAVING_SECONDS);
    end = now + left;
    return (deadline_t){.stop = end - saving, .give_up = end - RESERVE * saving, .end = end};
}

deadline_t deadline_create(double now, double budget) {
    deadline_t deadline = of_batch_system(now);
    if (budget > 0 && now + budget < deadline.stop) {
        deadline.stop = now + budget;
        deadline.give_up = fmin(deadline.give_up, deadline.stop + SAVING_SECONDS);
        deadline.is_budget = 1;
    }
    return deadline;
}

int deadline_is_here(const deadline_t *deadline, double now) { return now >= deadline->stop; }

int deadline_is_past(const deadline_t *deadline, double now) { return now >= deadline->give_up; }

int deadline_explains_warning(const deadline_t *deadline, double now) {
    return deadline->end - now <= WARNING_LEAD;
}

/* By the slowest: a trial that is begun too late is lost time, one that is not begun waits for the
 * next job. */
void deadline_calibrate(deadline_t *deadline, double flops, double seconds) {
    if (flops > 0) deadline->slowest = fmax(deadline->slowest, seconds / flops);
}

double deadline_affordable(const deadline_t *deadline, double now) {
    double left = deadline->stop - now;
    return deadline->slowest > 0 ? left / deadline->slowest : INFINITY;
}

int deadline_is_worth_beginning(const deadline_t *deadline, double now, double flops) {
    return WORTH * flops <= deadline_affordable(deadline, now);
}
