/* ticker.h: a thread that does one small thing again and again, whatever the main thread is at.
 *
 * It goes by a clock that is never set (CLOCK_MONOTONIC): a machine whose date is put back by an
 * hour must not miss an hour of heartbeats. It takes no signals: those belong to the main thread.
 */
#ifndef RUNDIR_TICKER_H
#define RUNDIR_TICKER_H

typedef struct ticker ticker_t;

/* Calls tick(context) at once and then every `seconds`, until ticker_stop. NULL when there is no
 * memory or no thread for it. */
ticker_t *ticker_start(double seconds, void (*tick)(void *context), void *context);

/* Ends the thread: `tick` is not called again. NULL inside is fine. */
void ticker_stop(ticker_t **ticker);

#endif
