/* fake_main.h: a program that is a whole sweep of fake trials (tests/dispatch/fake.h), MPI and all.
 */
#ifndef TESTS_SWEEP_FAKE_MAIN_H
#define TESTS_SWEEP_FAKE_MAIN_H

#include "sweep/sweep.h"
#include "tests/dispatch/fake.h"

static inline double fake_number(const char *variable) {
    const char *text = getenv(variable);
    return text ? atof(text) : 0;
}

/* The body of a program `PROGRAM SPEC RUN WORKERS [retry|extend]`; its exit code is the sweep's
 * status. FAKE_SILENCE: seconds after which a silent rank is dead; FAKE_MAX_SECONDS and
 * FAKE_MAX_FAILS: budgets; FAKE_FAIL: every trial fails; FAKE_UNTIL_CI: the half-width at which it
 * stops, with 5 of each. */
static inline int fake_main(int argc, char **argv) {
    sweep_options_t options = {.spec_path = argv[1],
                               .run_dir = argv[2],
                               .workers = atoi(argv[3]),
                               .max_seconds = fake_number("FAKE_MAX_SECONDS"),
                               .max_fails = (int)fake_number("FAKE_MAX_FAILS"),
                               .until = {fake_number("FAKE_UNTIL_CI"), 5},
                               .until_score = "m_near_unit",
                               .is_quiet = getenv("FAKE_QUIET") != NULL,
                               .silence = getenv("FAKE_SILENCE") ? fake_number("FAKE_SILENCE") : 60,
                               .retry_failed = argc > 4 && !strcmp(argv[4], "retry"),
                               .extend = argc > 4 && !strcmp(argv[4], "extend"),
                               .run = fake_run,
                               .estimate = fake_estimate,
                               .screen = fake_screen,
                               .field_sets = fake_sets};
    status_t status = sweep_run(&options, argc, argv);
    if (status != STATUS_OK && *status_message()) fprintf(stderr, "error: %s\n", status_message());
    return (int)status;
}

#endif
