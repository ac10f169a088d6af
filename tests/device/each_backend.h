/* each_backend.h: runs a group of tests on every backend of this program that the machine has. */
#ifndef TESTS_DEVICE_EACH_BACKEND_H
#define TESTS_DEVICE_EACH_BACKEND_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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
    int failures = 0;                                                                              \
    gemm_start(1);                                                                                 \
    for (const backend_t *const *row = backend_rows() + (first); *row; row++)                      \
        if (is_open(backend = *row))                                                               \
            failures += cmocka_run_group_tests_name(backend->name, tests, NULL, NULL);             \
    return failures

#endif
