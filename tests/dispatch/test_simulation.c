/* Many simulated workers, handed out to by the real code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "simulation.h"

static simulation_t simulated(int workers, int trials) {
    char folder[] = "/tmp/koopsweep-simulation-XXXXXX", command[64];
    simulation_t result = {.workers = workers, .trials = trials, .message_seconds = 10e-6};
    assert_non_null(mkdtemp(folder));
    status_t status = simulate(folder, &result);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
    if (status != STATUS_OK) fail_msg("%s", status_message());
    return result;
}

static void every_trial_is_run_once(void **state) {
    (void)state;
    simulation_t result = simulated(100, 5000);
    assert_int_equal(result.ended, 5000);
    assert_int_equal(result.most_often, 1);
}

static void a_thousand_workers_are_kept_busy(void **state) {
    (void)state;
    simulation_t result = simulated(1000, 30000);
    assert_true(result.utilisation >= 0.996);
    assert_true(result.makespan < 1.03 * result.lower_bound);
}

/* One worker: the work, and a fraction of a millisecond per trial in between. */
static void one_worker_needs_the_sum(void **state) {
    (void)state;
    simulation_t result = simulated(1, 500);
    assert_true(result.makespan > result.lower_bound);
    assert_true(result.makespan < result.lower_bound + 500 * 0.02);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_trial_is_run_once),
        cmocka_unit_test(a_thousand_workers_are_kept_busy),
        cmocka_unit_test(one_worker_needs_the_sum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
