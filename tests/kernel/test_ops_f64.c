/* Every operator in double: forward, backward and the tangents of both against differences of the
 * operator's definition. */
#include "kernel/op_walk.h"

int main(void) {
    const struct CMUnitTest tests[] = {WALK_TESTS};
    gemm_start(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
