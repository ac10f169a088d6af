#include "dispatch/ending.h"

#include <stdio.h>
#include <string.h>

#include "dispatch/stop.h"
#include "rundir/cancel.h"

int ending_has_come(const ending_t *ending) { return ending->status != STATUS_OK; }

void ending_stop(ending_t *ending, status_t status, const char *text) {
    /* Changed data are news also to whoever stopped the sweep himself. */
    int is_graver = status == STATUS_CORRUPT && ending->status != STATUS_CORRUPT;
    if (ending_has_come(ending) && !is_graver) return;
    ending->status = status;
    snprintf(ending->text, sizeof ending->text, "%s", text);
}

void ending_stop_for_good(ending_t *ending, const char *text) {
    if (!ending_has_come(ending)) cancel_mark(ending->run_dir);
    ending_stop(ending, STATUS_INCOMPLETE, text);
}

/* The user's time is up for good, the batch system's until the next job. */
void ending_stop_for_time(ending_t *ending, const char *why) {
    char text[128];
    snprintf(text, sizeof text, "stopped because %s", why);
    if (ending->deadline.is_budget)
        ending_stop_for_good(ending, "stopped because the time of --max-hours is used up");
    else
        ending_stop(ending, STATUS_REQUEUE, text);
}

/* A warning asks to be run again, unless it only says what the clock says better. */
void ending_look(ending_t *ending, const board_t *board, double now) {
    char text[96];
    int number = stop_requested();
    if (!number && board) number = atomic_load(&board->stop);
    int is_warning = stop_is_warning(number);
    if (number && !(is_warning && deadline_explains_warning(&ending->deadline, now))) {
        snprintf(text, sizeof text, "stopped by signal %d (%s)", number, strsignal(number));
        ending_stop(ending, is_warning ? STATUS_REQUEUE : STATUS_INCOMPLETE, text);
    }
    if (deadline_is_here(&ending->deadline, now))
        ending_stop_for_time(ending, "the job's time is running out");
}
