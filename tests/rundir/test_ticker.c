/* A ticker ticks on when the machine's date is put back, and not any more when it was stopped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "rundir/ticker.h"

/* In place of libc's: the date seems to be a day later than the kernel, who wakes sleepers, thinks.
 * So a machine looks whose date was put back by a day just after a program had asked for it. */
int clock_gettime(clockid_t id, struct timespec *time) {
    int code = (int)syscall(SYS_clock_gettime, id, time);
    if (id == CLOCK_REALTIME) time->tv_sec += 86400;
    return code;
}

static void count(void *context) { atomic_fetch_add((atomic_int *)context, 1); }

/* For as long as that takes: a ticker that sleeps for a day hangs the test. */
static void await(const atomic_int *ticks, int wanted) {
    while (atomic_load(ticks) < wanted) usleep(1000);
}

static void a_date_put_back_delays_no_tick(void **state) {
    (void)state;
    atomic_int ticks = 0;
    ticker_t *ticker = ticker_start(0.001, count, &ticks);
    assert_non_null(ticker);
    await(&ticks, 3);
    ticker_stop(&ticker);
    assert_null(ticker);
}

static void the_first_tick_does_not_wait(void **state) {
    (void)state;
    atomic_int ticks = 0;
    ticker_t *ticker = ticker_start(86400, count, &ticks);
    await(&ticks, 1);
    ticker_stop(&ticker); /* nor does the end */
    assert_int_equal(atomic_load(&ticks), 1);
}

static void a_stopped_ticker_is_silent(void **state) {
    (void)state;
    atomic_int ticks = 0;
    ticker_t *ticker = ticker_start(0.001, count, &ticks);
    await(&ticks, 1);
    ticker_stop(&ticker);
    int last = atomic_load(&ticks);
    usleep(20000);
    assert_int_equal(atomic_load(&ticks), last);
    ticker_stop(&ticker); /* nothing is there */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_date_put_back_delays_no_tick),
        cmocka_unit_test(the_first_tick_does_not_wait),
        cmocka_unit_test(a_stopped_ticker_is_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
