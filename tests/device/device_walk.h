/* device_walk.h: the claims of op_walk.h on every device of this program, one after the other. A
 * device that the machine lacks is skipped, unless TEST_DEVICE asks for it alone. */
#ifndef TESTS_DEVICE_DEVICE_WALK_H
#define TESTS_DEVICE_DEVICE_WALK_H

#include "device/only_device.h"
#include "kernel/op_walk.h"

static int walk(const backend_t *device) {
    const struct CMUnitTest tests[] = {WALK_TESTS};
    const backend_options_t options = {.gpus_per_process = 1};
    if (device->open(&options)) {
        print_message("skipped: %s: %s\n", device->name, status_message());
        return is_needed(device);
    }
    backend = device;
    return cmocka_run_group_tests_name(device->name, tests, NULL, NULL);
}

int main(void) {
    int failures = is_unknown_device();
    gemm_start(1);
    for (const backend_t *const *row = backend_rows(); *row; row++)
        if (*row != &backend_host && is_asked_for(*row)) failures += walk(*row);
    return failures;
}

#endif
