/* Shuffled passes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "task/epochs.h"

enum { COUNT = 1000 };

static void read_pass(uint64_t seed, uint32_t replica, int64_t pass, int32_t order[COUNT]) {
    epochs_t epochs;
    assert_int_equal(epochs_create(seed, replica, COUNT, &epochs), STATUS_OK);
    for (int i = 0; i < COUNT; i++) order[i] = epochs_sample(&epochs, pass * COUNT + i);
    epochs_destroy(&epochs);
}

static void a_pass_meets_every_sample_once(void **state) {
    (void)state;
    for (int64_t pass = 0; pass < 3; pass++) {
        int32_t order[COUNT];
        int seen[COUNT] = {0};
        read_pass(42, 0, pass, order);
        for (int i = 0; i < COUNT; i++) seen[order[i]]++;
        for (int i = 0; i < COUNT; i++) assert_int_equal(seen[i], 1);
    }
}

static void passes_replicas_and_seeds_differ(void **state) {
    (void)state;
    int32_t orders[4][COUNT];
    read_pass(42, 0, 0, orders[0]);
    read_pass(42, 0, 1, orders[1]);
    read_pass(42, 1, 0, orders[2]);
    read_pass(43, 0, 0, orders[3]);
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < i; j++) assert_memory_not_equal(orders[i], orders[j], sizeof orders[i]);
    }
}

static void positions_may_be_asked_in_any_order(void **state) {
    (void)state;
    epochs_t epochs;
    int32_t order[COUNT];
    read_pass(7, 3, 5, order);
    assert_int_equal(epochs_create(7, 3, COUNT, &epochs), STATUS_OK);
    for (int i = COUNT - 1; i >= 0; i -= 7) {
        assert_int_equal(epochs_sample(&epochs, 5 * COUNT + i), order[i]);
        epochs_sample(&epochs, i);
    }
    epochs_destroy(&epochs);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pass_meets_every_sample_once),
        cmocka_unit_test(passes_replicas_and_seeds_differ),
        cmocka_unit_test(positions_may_be_asked_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
