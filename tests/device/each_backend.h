/* each_backend.h: runs a group of tests on every backend of this program that the machine has; or,
 * with TEST_DEVICE=NAME in the environment, on that one alone, which must be there then. */
#ifndef TESTS_DEVICE_EACH_BACKEND_H
#define TESTS_DEVICE_EACH_BACKEND_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "device/only_device.h"
#include "kernel/backend.h"
#include "kernel/gemm.h"

static const backend_t *backend; /* under test */

static int is_open(const backend_t *row) {
    const backend_options_t options = {.gpus_per_process = 1};
    if (row->open(&options) == STATUS_OK) return 1;
    print_message("skipped: %s: %s\n", row->name, status_message());
    return 0;
}

/* `first`: 0 for all, 1 for the devices only, the host being the first. */
#define RUN_ON_EACH(first, tests)                                                                  \
    int failures = is_unknown_device();                                                            \
    gemm_start(1);                                                                                 \
    for (const backend_t *const *row = backend_rows() + (first); *row; row++)                      \
        if (is_asked_for(*row) && is_open(backend = *row))                                         \
            failures += cmocka_run_group_tests_name(backend->name, tests, NULL, NULL);             \
        else                                                                                       \
            failures += is_needed(*row);                                                           \
    return failures

#endif
