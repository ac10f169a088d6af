/* Which GPU a rank takes, from what the launcher says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "kernel/backend.h"

static int turn_of(int rank, double share, int count) {
    char text[24];
    const backend_options_t options = {.gpus_per_process = share};
    snprintf(text, sizeof text, "%d", rank);
    setenv("OMPI_COMM_WORLD_LOCAL_RANK", text, 1);
    int turn = backend_turn(&options, count);
    unsetenv("OMPI_COMM_WORLD_LOCAL_RANK");
    return turn;
}

/* Rank 0 hands out; the workers 1 .. n fill the GPUs exactly when n shares do. */
static void workers_fill_the_gpus(void **state) {
    (void)state;
    static const double shares[] = {1, 0.5, 0.25, 0.2, 0.1, 0.3, 0.6, 0.15};
    static const int processes[] = {1, 2, 4, 5, 10, 3, 1, 6}; /* that fit on one GPU */
    for (int s = 0; s < 8; s++)
        for (int gpus = 1; gpus <= 8; gpus++) {
            int each = processes[s], load[8] = {0};
            for (int rank = 1; rank <= each * gpus; rank++) load[turn_of(rank, shares[s], gpus)]++;
            for (int g = 0; g < gpus; g++) assert_int_equal(load[g], each);
        }
}

static void a_process_of_its_own_takes_the_first(void **state) {
    (void)state;
    const backend_options_t options = {.gpus_per_process = 1};
    unsetenv("SLURM_LOCALID");
    assert_int_equal(backend_turn(&options, 4), 0);
    setenv("SLURM_LOCALID", "3", 1);
    assert_int_equal(backend_turn(&options, 4), 3);
    unsetenv("SLURM_LOCALID");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workers_fill_the_gpus),
        cmocka_unit_test(a_process_of_its_own_takes_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
