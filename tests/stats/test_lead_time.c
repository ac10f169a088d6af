/* An alarm is as rare among stable runs as was asked for, and the steps before divergence that it
 * leaves are counted from its first sounding. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "stats/lead_time.h"

enum { RUNS = 100, STEPS = 20 };

static void at_most_the_share_asked_for_is_a_false_alarm(void **state) {
    (void)state;
    static double step[STEPS], signal[RUNS][STEPS];
    watched_t run[RUNS];
    rng_t rng = rng_open(1, 0, "lead", 0);
    for (int s = 0; s < STEPS; s++) step[s] = s;
    for (int r = 0; r < RUNS; r++) {
        for (int s = 0; s < STEPS; s++) signal[r][s] = s % 7 ? rng_normal(&rng) : NAN;
        run[r] = (watched_t){.count = STEPS, .step = step, .signal = signal[r]};
    }
    for (int percent = 0; percent <= 20; percent += 5) {
        double threshold = lead_time_threshold(RUNS, run, percent / 100.0);
        int alarms = 0;
        for (int r = 0; r < RUNS; r++) alarms += !isnan(lead_time(&run[r], threshold));
        assert_int_equal(alarms, percent);
    }
}

static void it_counts_from_the_first_alarm(void **state) {
    (void)state;
    const double step[] = {0, 10, 20, 30}, signal[] = {1, NAN, 5, 9}, calm[] = {1, 1, 1, 1};
    const watched_t run = {4, step, signal, 1, 37}, quiet = {4, step, calm, 1, 37};
    assert_true(lead_time(&run, 4) == 17);
    assert_true(isnan(lead_time(&quiet, 4)));
    assert_true(isnan(lead_time_threshold(1, &run, 0.05))); /* none is stable */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_most_the_share_asked_for_is_a_false_alarm),
        cmocka_unit_test(it_counts_from_the_first_alarm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
